"""How the benchmarks' figures become tables, goals and a page."""

from pathlib import Path

from benchmarks import goals, page, plot, report
from benchmarks.bench import Section, ratios
from benchmarks.contenders import FLOOR, OPSFLOW, PYINFRA
from benchmarks.goals import Goal
from benchmarks.measure import Figures
from benchmarks.page import Found, Page


def test_medians_are_taken_figure_by_figure():
    runs = [Figures(1, 9, 5), Figures(2, 8, 5), Figures(9, 1, 5)]
    assert report.medians(runs) == Figures(2, 8, 5)


def test_a_table_has_ratios_to_the_unit_and_no_column_that_nobody_counted():
    text = report.table({OPSFLOW: [Figures(2, 1, 50)], PYINFRA: [Figures(30, 1.5, 25)]}, OPSFLOW)
    assert text.splitlines() == [
        "| | wall clock | ratio | control-node CPU | ratio | peak memory | ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
        "| OpsFlow | 2.00 s | 1.0 | 1.00 s | 1.0 | 50 MiB | 1.0 |",
        "| pyinfra | 30.00 s | 15 | 1.50 s | 1.5 | 25 MiB | 0.5 |",
    ]


def test_a_table_tells_bytes_and_round_trips_that_were_counted():
    text = report.table({OPSFLOW: [Figures(2, 1, 50, 1.5, 1200)]}, OPSFLOW)
    assert "| on the wire | ratio | round trips | ratio |" in text
    assert text.endswith("| 1.50 MiB | 1.0 | 1,200 | 1.0 |")


def test_a_ratio_to_nothing_is_a_dash():
    assert [report.times(3, 0), report.times(3, 2), report.times(9.96, 1), report.times(25, 1)] == [
        "-",
        "1.5",
        "10",
        "25",
    ]


def test_a_goal_is_met_at_the_figure_itself():
    assert Goal("a", 3, 3, least=True).met
    assert Goal("a", 3, 3).met
    assert not Goal("a", 3, 2.99, least=True).met
    assert not Goal("a", 3, 3.01).met


def test_goals_stand_beside_what_was_reached():
    text = goals.table(
        [Goal("wall clock", 30, 31.7, "times", least=True), Goal("one task", 0.5, 0.734, "ms")]
    )
    assert text.splitlines()[2:] == [
        "| wall clock | ≥ 30 times | 31.7 times | yes |",
        "| one task | ≤ 0.5 ms | 0.734 ms | **no** |",
    ]


def test_ratios_are_goals_for_those_who_took_part():
    runs = {OPSFLOW: [Figures(2, 1, 1)], PYINFRA: [Figures(8, 1, 1)]}
    assert ratios("x", runs, {PYINFRA: 3, "another": 9}) == [
        Goal("x against pyinfra", 3, 4, "times", least=True)
    ]


def test_the_plot_leaves_out_parts_without_others():
    parts = {
        "one": {OPSFLOW: Figures(2, 1, 1), FLOOR: Figures(1, 1, 1)},
        "two": {OPSFLOW: Figures(2, 1, 1)},
        "three": {},
    }
    assert plot.ratios(parts, "wall") == {OPSFLOW: {"one": 1.0}, FLOOR: {"one": 0.5}}


def test_a_part_replaces_its_own_figures_and_leaves_others(tmp_path: Path):
    path = tmp_path / "benchmarks.md"
    path.write_text(f"before\n{page.BEGIN}\n{page.END}\nafter\n")
    kept = Page(path)
    kept.keep("second", Found("yesterday", Section("B", "old")), ["first", "second"])
    kept.keep("first", Found("today", Section("A", "a", [Goal("g", 1, 2)])), ["first", "second"])
    kept.keep("second", Found("today", Section("B", "new")), ["first", "second"])
    text = path.read_text()
    assert text.startswith(f"before\n{page.BEGIN}\n### Goals\n")
    assert text.endswith(f"### A\n\na\n\n*today*\n\n### B\n\nnew\n\n*today*\n{page.END}\nafter\n")
    assert "| g | ≤ 1 | 2 | **no** |" in text
