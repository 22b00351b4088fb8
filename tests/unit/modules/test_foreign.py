"""What is for other systems may stand in a role, and is told of where a host gets to it."""

import pytest

from tests.support.plays import Player


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("dnf: {name: a, enablerepo: b}", "this module is for other systems than Debian and Ubuntu"),
        ("package: {name: a, disablerepo: b, use: apt}", "apt has no option 'disablerepo'"),
    ],
)
async def test_it_fails_where_a_host_gets_to_it(play: Player, task: str, told: str) -> None:
    run = await play(f"[{{hosts: all, gather_facts: false, tasks: [{{name: it, {task}}}]}}]", ["a"])
    assert run.results("it")["a"].data["msg"] == told


async def test_an_option_of_no_package_manager_is_refused(play: Player) -> None:
    problems = await play.problems("[{hosts: all, tasks: [{package: {name: a, disablrepo: b}}]}]")
    assert [problem.partition(" ")[2] for problem in problems] == ["package: there is no option 'disablrepo'"]
