"""What damaged files have taught: each is refused at its place, and none is a traceback."""

from __future__ import annotations

from random import Random

import pytest

from opsflow.core.errors import InputError
from opsflow.source.loader import load_text
from tests.fuzz.check import check
from tests.fuzz.corpus import seeds
from tests.fuzz.mutate import Mutator, words_of
from tests.support.plays import Player


@pytest.mark.parametrize("kind", ["timestamp", "set", "map", "int", "float", "binary"])
def test_tags_that_do_not_fit(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        load_text(f"a: !!{kind} é\n", "play.yml")
    assert str(caught.value.problems[0].origin) == "play.yml:1:4"


@pytest.mark.parametrize("text", ["{{ " + "(" * 400 + " }}", "{{ " * 400, "{{ " + "not " * 1000 + "x }}"])
async def test_templates_that_are_too_deep(play: Player, text: str) -> None:
    problems = await play.problems(f"""
        - hosts: all
          tasks:
          - debug: {{msg: "{text}"}}
        """)
    assert [problem.partition(" ")[0] for problem in problems] == ["3:18"]


@pytest.mark.parametrize(
    "part",
    [
        "tasks: 5",
        "tasks: '{{ x }}'",
        "tasks: [{block: [], rescue: 5}]",
        "roles: [5]",
        "serial: [true]",
        "serial: inf%",
    ],
)
async def test_values_that_do_not_fit_have_a_place(play: Player, part: str) -> None:
    problems = await play.problems(f"- hosts: all\n  {part}\n")
    assert problems
    assert all(problem[0].isdigit() for problem in problems)


@pytest.mark.parametrize("value", ["1.5", "{a: 1}", "x"])
async def test_dependencies_that_are_no_list(play: Player, value: str) -> None:
    play.write("roles/r/meta/main.yml", f"dependencies: {value}\n")
    problems = await play.problems("- hosts: all\n  roles: [r]\n")
    assert problems[0].endswith("'dependencies' must be a list of roles")


async def test_a_file_of_tasks_that_is_a_number(play: Player) -> None:
    play.write("more.yml", "5\n")
    problems = await play.problems("- hosts: all\n  tasks: [{import_tasks: more.yml}]\n")
    assert problems == ["1:1 a file of tasks is a list of tasks"]


@pytest.mark.parametrize("name", ["x" * 5000, "~nobody_at_all/x", '"a\\0b"'])
async def test_names_that_no_file_can_have(play: Player, name: str) -> None:
    problems = await play.problems(f"""
        - hosts: all
          vars_files: [{name}]
          roles: [{name}]
          tasks:
          - import_tasks: {name}
          - import_role: {{name: {name}}}
        """)
    assert problems
    assert all(problem[0].isdigit() for problem in problems)


def test_a_hundred_damaged_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    corpus, random = seeds(), Random(2019)
    files = [seed.files[seed.victim] for seed in corpus]
    mutator = Mutator(random, words_of(files), files)
    for _ in range(100):
        seed = random.choice(corpus)
        damaged = mutator.damage(seed.files[seed.victim])
        verdict = check(seed, damaged, tmp_path_factory.mktemp("fuzz"))
        assert verdict.outcome in ("accepted", "refused"), (seed.name, verdict, damaged)


async def test_a_null_key_beside_a_mistake(play: Player) -> None:
    problems = await play.problems(
        "- hosts: all\n  vars: {null: 1}\n  tasks: [{debug: {msg: '{{ nope }}'}}]\n"
    )
    assert problems
