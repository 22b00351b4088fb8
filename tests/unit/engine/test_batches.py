"""Waves, and thresholds that stop a run."""

from opsflow.core.events import BatchStarted
from tests.support.plays import Played, Player

FIVE = ["h1", "h2", "h3", "h4", "h5"]


def waves(played: Played) -> list[list[str]]:
    return [event.hosts for event in played.events if isinstance(event, BatchStarted)]


async def test_numbers_and_percentages_mix_and_the_last_repeats(play: Player) -> None:
    played = await play("""
        - hosts: all
          serial: [1, "40%"]
          gather_facts: false
          tasks: [{ping: }]
        """, hosts=FIVE)  # fmt: skip
    assert waves(played) == [["h1"], ["h2", "h3"], ["h4", "h5"]]


async def test_a_percentage_is_at_least_one_host(play: Player) -> None:
    played = await play("""
        - hosts: all
          serial: "1%"
          gather_facts: false
          tasks: [{ping: }]
        """)
    assert waves(played) == [["a"], ["b"], ["c"]]


async def test_max_fail_percentage_stops_the_run_with_the_rest_untouched(play: Player) -> None:
    played = await play("""
        - hosts: all
          serial: [2, 3]
          max_fail_percentage: 49
          gather_facts: false
          tasks:
          - fail: {msg: broken}
            when: inventory_hostname == 'h2'
          - {name: after, ping: }
        """, hosts=FIVE)  # fmt: skip
    assert waves(played) == [["h1", "h2"]]
    assert played.results("after") == {}
    assert "more than max_fail_percentage 49 allows" in str(played.summary.stopped)
    assert played.summary.not_reached == ["h3", "h4", "h5"]
    assert played.summary.exit_code == 6


async def test_a_threshold_that_is_met_but_not_passed_lets_the_run_go_on(play: Player) -> None:
    played = await play("""
        - hosts: all
          max_fail_percentage: 50
          gather_facts: false
          tasks:
          - fail:
            when: inventory_hostname == 'a'
          - {name: after, ping: }
        """, hosts=["a", "b"])  # fmt: skip
    assert list(played.results("after")) == ["b"]
    assert played.summary.exit_code == 2


async def test_a_wave_in_which_every_host_failed_ends_the_run(play: Player) -> None:
    played = await play("""
        - hosts: all
          serial: 1
          gather_facts: false
          tasks: [{fail: }]
        - hosts: all
          gather_facts: false
          tasks: [{name: second, ping: }]
        """)
    assert waves(played) == [["a"]]
    assert played.results("second") == {}


async def test_run_once_runs_once_in_each_wave(play: Player) -> None:
    played = await play("""
        - hosts: all
          serial: 2
          gather_facts: false
          tasks:
          - ping: {data: "{{ inventory_hostname }}"}
            run_once: true
            register: first
          - debug: {msg: "{{ first.ping }}"}
        """)
    assert [played.said(host) for host in ("a", "b", "c")] == [["a"], ["a"], ["c"]]
