"""Limits of what is done at once: forks, throttle, and `limits` of groups and hosts."""

import asyncio

import pytest

from opsflow.core.events import HostFinished, HostStarted
from opsflow.engine.limits import Limits
from tests.support.plays import Played, Player

HOSTS = """
    all:
      children:
        web: {hosts: {w1: , w2: , w3: , w4: }}
        db: {hosts: {d1: , d2: }}
    """


def most_at_once(played: Played, prefix: str) -> int:
    running = most = 0
    for event in played.events:
        if isinstance(event, HostStarted | HostFinished) and event.host.startswith(prefix):
            running += 1 if isinstance(event, HostStarted) else -1
            most = max(most, running)
    return most


@pytest.mark.parametrize(
    ("keywords", "options", "web", "everywhere"),
    [
        ("", {}, 4, 6),
        ("", {"forks": 3}, 3, 3),
        ("throttle: 2", {}, 2, 2),
        ("throttle: '{{ many }}'", {"extra_vars": {"many": 1}}, 1, 1),
        ("limits: {web: 1}", {}, 1, 3),
        ("limits: {web: 2, d1: 1, db: 1}", {}, 2, 3),
        ("limits: {web: 3}\n          throttle: 5", {"forks": 4}, 3, 4),
    ],
)
async def test_no_more_are_under_way_than_may_be(
    play: Player, keywords: str, options: dict[str, object], web: int, everywhere: int
) -> None:
    played = await play(
        f"""
        - hosts: all
          gather_facts: false
          {keywords}
          tasks: [{{command: sleep 0.05}}]
        """,
        inventory=HOSTS,
        **options,
    )
    assert played.summary.exit_code == 0
    assert most_at_once(played, "w") <= web
    assert most_at_once(played, "") <= everywhere


async def test_without_limits_all_hosts_go_at_once(play: Player) -> None:
    played = await play("- {hosts: all, gather_facts: false, tasks: [{command: sleep 0.3}]}", inventory=HOSTS)
    assert most_at_once(played, "") == 6


async def test_a_limit_is_a_number_of_one_or_more(play: Player) -> None:
    (problem,) = await play.problems("- {hosts: all, limits: {web: 0}, tasks: []}")
    assert "'limits' must give each group or host a number of 1 or more" in problem


async def test_one_by_one_until_one_comes_to_grief() -> None:
    limits = Limits(forks=5)
    inside: list[str] = []

    async def go(host: str, word: str = "db") -> str:
        async with limits.one_by_one(word, host) as spoilt:
            inside.append(host)
            assert word != "db" or len(inside) == 1
            await asyncio.sleep(0)
            if host == "d3":
                inside.clear()
                raise ZeroDivisionError
            inside.remove(host)
        return spoilt

    assert await asyncio.gather(go("d1"), go("d2")) == ["", ""]
    assert await asyncio.gather(go("w1", ""), go("w2", "")) == ["", ""]
    with pytest.raises(ZeroDivisionError):
        await go("d3")
    assert await go("d4") == "d3 failed in its turn of 'db'"
