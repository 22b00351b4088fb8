"""The collector adds a run's events up to its summary."""

from __future__ import annotations

from typing import Any

from opsflow.core.collect import Collector
from opsflow.core.events import (
    Event,
    HostFinished,
    HostStarted,
    PlayStarted,
    RunStarted,
    TaskInfo,
    TaskStarted,
)
from opsflow.core.origin import Origin
from opsflow.core.results import PackageChange, RunSummary, Stats, Status, TaskResult

TASK = TaskInfo(1, "Upgrade", "apt", Origin("site.yml", 7, 5))


def ended(host: str, status: Status, *, rescued: bool = False, censored: bool = False, **data: Any) -> Event:
    return HostFinished(TASK, host, TaskResult(status, data, censored=censored), rescued=rescued)


def collect(*events: Event) -> RunSummary:
    collector = Collector()
    for event in events:
        collector(event)
    return collector.summary()


def test_counts_are_those_of_ansibles_recap() -> None:
    summary = collect(*(ended("a", status) for status in Status))
    assert summary.hosts["a"].stats == Stats(ok=3, changed=1, unreachable=1, failed=1, skipped=1, ignored=1)
    assert summary.tasks[0].counts == {status.value: 1 for status in Status}
    assert summary.exit_code == 4


def test_a_rescued_failure_counts_as_rescued_and_fails_nothing() -> None:
    summary = collect(ended("a", Status.FAILED, rescued=True, msg="no"))
    assert summary.hosts["a"].stats == Stats(rescued=1)
    assert summary.hosts["a"].failures == []
    assert summary.exit_code == 0


def test_hosts_come_in_the_order_of_the_play_and_only_when_something_happened_to_them() -> None:
    play = PlayStarted("p", ["c", "b", "a"], 1)
    summary = collect(play, ended("a", Status.OK), ended("c", Status.OK))
    assert list(summary.hosts) == ["c", "a"]


def test_package_changes_of_several_tasks_add_up_from_first_old_to_last_new() -> None:
    first = [{"name": "vim", "old": "1", "new": "2"}, {"name": "gone", "old": "1", "new": None}]
    second = [{"name": "vim", "old": "2", "new": "3"}, {"name": "fresh", "old": None, "new": "1"}]
    summary = collect(ended("a", Status.CHANGED, packages=first), ended("a", Status.CHANGED, packages=second))
    assert summary.hosts["a"].packages == [
        PackageChange("vim", "1", "3"),
        PackageChange("gone", "1", None),
        PackageChange("fresh", None, "1"),
    ]


def test_effects_of_a_loops_items_count_and_go_to_the_delegate() -> None:
    data = {"results": [{"packages": [{"name": "vim", "old": "1", "new": "2"}]}, {"rebooted": True}]}
    event = HostFinished(TASK, "a", TaskResult(Status.CHANGED, data), delegated_to="b")
    summary = collect(event)
    assert summary.hosts["b"].packages == [PackageChange("vim", "1", "2")]
    assert summary.hosts["b"].rebooted
    assert not summary.hosts["a"].rebooted


def test_what_other_modules_call_packages_is_no_change() -> None:
    for other in (["vim"], "vim", {"vim": 1}, [{"name": "vim"}], [{"old": "1"}]):
        assert collect(ended("a", Status.OK, packages=other)).hosts["a"].packages == []


def test_a_failure_names_task_place_message_exit_code_and_the_end_of_the_error_text() -> None:
    stderr = "\n".join(f"line {n}" for n in range(30))
    summary = collect(ended("a", Status.FAILED, msg="apt failed", rc=100, stderr=stderr, stdout="x"))
    (failure,) = summary.hosts["a"].failures
    assert (failure.task, failure.origin, failure.message) == ("Upgrade", TASK.origin, "apt failed (rc 100)")
    assert failure.log.splitlines()[0] == "… (10 lines before)"
    assert failure.log.splitlines()[-1] == "line 29"


def test_a_failed_loop_tells_of_its_first_failed_item() -> None:
    items = [
        {"item": "x", "msg": "fine"},
        {"item": {"n": 1}, "failed": True, "msg": "bad"},
        {"item": "z", "failed": True},
    ]
    summary = collect(ended("a", Status.FAILED, msg="One or more items failed", results=items))
    assert summary.hosts["a"].failures[0].message == 'item {"n": 1}: bad (and 1 more)'


def test_nothing_of_a_censored_result_gets_into_the_summary() -> None:
    secret = [{"name": "secret", "old": None, "new": "1"}]
    summary = collect(
        ended("a", Status.FAILED, censored=True, msg="secret", stderr="secret", packages=secret)
    )
    assert "secret" not in repr(summary)
    assert summary.hosts["a"].failures[0].message == "(hidden: no_log)"


def test_durations_are_measured_from_first_start_to_last_end() -> None:
    now = [10.0]
    collector = Collector(clock=lambda: now[0])
    collector(RunStarted("r1", ["site.yml"], 1000.0, True))
    for at, event in ((11.0, TaskStarted(TASK, ["a", "b"])), (15.0, ended("a", Status.OK))):
        now[0] = at
        collector(event)
    now[0] = 20.0
    summary = collector.summary(stopped="too many failed", not_reached=["z"])
    assert (summary.tasks[0].duration, summary.duration) == (4.0, 10.0)
    assert (summary.run_id, summary.playbooks, summary.started, summary.check) == (
        "r1",
        ["site.yml"],
        1000.0,
        True,
    )
    assert (summary.stopped, summary.not_reached, summary.outcome) == ("too many failed", ["z"], "stopped")


def test_an_interrupted_run_says_so_and_names_what_was_broken_off() -> None:
    collector = Collector()
    for event in (HostStarted(TASK, "a"), ended("a", Status.OK), HostStarted(TASK, "b")):
        collector(event)
    summary = collector.summary(stopped="interrupted by a person", interrupted=True)
    assert (summary.exit_code, summary.outcome) == (99, "interrupted")
    assert summary.unfinished == {TASK.name: ["b"]}
    assert collector.summary().unfinished == {}
