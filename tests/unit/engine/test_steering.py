"""What people decide while a run goes on: told from within its own events, so that no test waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from opsflow.api import prepare
from opsflow.connection.settings import ConnectionDefaults
from opsflow.core.errors import OpsFlowError
from opsflow.core.events import Decided, Event, HostFinished, PlayStarted, TaskStarted
from opsflow.engine.options import RunOptions
from opsflow.engine.run import Run
from tests.support.plays import Played, Player

TWO_TASKS = """
- hosts: all
  gather_facts: false
  tasks:
  - {name: one, ping: }
  - {name: two, ping: }
"""

When = Callable[[Event], bool]


def decided(what: Any, *hosts: str, who: str = "anna", **more: Any) -> Decided:
    return Decided(what, who, "ops1", 1_700_000_000.0, hosts=list(hosts), **more)


def ended(task: str) -> When:
    """Return what is true of the end of a task on a host."""
    return lambda event: isinstance(event, HostFinished) and event.task.name == task


def begun(task: str) -> When:
    return lambda event: isinstance(event, TaskStarted) and event.task.name == task


class Steered:
    """Plays a playbook; what is decided at which event is given before."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.said: list[str] = []

    async def __call__(self, playbook: str, *steps: tuple[When, Decided], **options: Any) -> Played:
        path = self.player.write("play.yml", playbook)
        events: list[Event] = []
        chosen = RunOptions(connection=ConnectionDefaults(connection="local"), **options)
        run = prepare([path], ["a,b,c,"], chosen, subscribers=[events.append])
        waiting = list(steps)

        def look(event: Event) -> None:
            while waiting and waiting[0][0](event):
                self.said.append(run.steering.take(waiting.pop(0)[1]))

        run.events.subscribe(look)
        run.steering.cancel = self.task(run).cancel
        try:
            summary = await self.running
        except asyncio.CancelledError:
            assert run.summary is not None
            summary = run.summary
        assert not waiting
        return Played(summary, events)

    def task(self, run: Run) -> asyncio.Task[Any]:
        self.running = asyncio.ensure_future(run.run())
        return self.running


@pytest.fixture
def steered(play: Player) -> Steered:
    return Steered(play)


async def test_nothing_begins_while_a_run_is_paused(steered: Steered) -> None:
    path, done = steered.player.write("play.yml", TWO_TASKS), asyncio.Event()
    events: list[Event] = []
    options = RunOptions(connection=ConnectionDefaults(connection="local"))
    run = prepare([path], ["a,b,c,"], options, subscribers=[events.append])

    def look(event: Event) -> None:
        if ended("one")(event) and not run.steering.paused:
            run.steering.take(decided("pause"))
        if sum(isinstance(one, HostFinished) for one in events) == 3:
            done.set()

    run.events.subscribe(look)
    going = asyncio.ensure_future(run.run())
    await done.wait()
    for _ in range(100):
        await asyncio.sleep(0)
    assert not any(map(begun("two"), events))
    assert run.steering.paused
    assert "already, by anna at ops1" in run.steering.take(decided("pause", who="ben"))
    assert "paused by anna at ops1" in run.steering.take(decided("resume", who="ben"))
    summary = await going
    assert (summary.exit_code, summary.stopped) == (0, None)
    assert set(Played(summary, events).results("two")) == {"a", "b", "c"}
    assert [(e.what, e.who) for e in events if isinstance(e, Decided)] == [
        ("pause", "anna"), ("pause", "ben"), ("resume", "ben"),
    ]  # fmt: skip
    with pytest.raises(OpsFlowError, match="not paused"):
        run.steering.take(decided("resume"))


@pytest.mark.parametrize("strategy", ["linear", "free", "host_pinned"])
async def test_a_skipped_host_ends_its_task_and_does_no_other(steered: Steered, strategy: str) -> None:
    played = await steered(
        TWO_TASKS.replace("gather_facts", f"strategy: {strategy}\n  gather_facts")
        + "- hosts: all\n  gather_facts: false\n  tasks:\n  - {name: three, ping: }\n",
        (begun("one"), decided("skip", "b", reason="being repaired")),
        forks=1,
    )
    assert {"a", "c"} <= set(played.results("one"))
    for task in ("two", "three"):
        assert set(played.results(task)) == {"a", "c"}
    assert played.summary.skipped == {"b": "anna at ops1: being repaired"}
    assert (played.summary.exit_code, played.summary.not_reached) == (0, [])
    assert steered.said == ["skipped b: it takes no further part in the run"]


async def test_all_hosts_of_a_wave_may_be_skipped(steered: Steered) -> None:
    played = await steered(
        TWO_TASKS.replace("gather_facts", "serial: 1\n  gather_facts"), (begun("one"), decided("skip", "a"))
    )
    assert set(played.results("two")) == {"b", "c"}
    assert played.summary.outcome == "ok"


async def test_a_task_for_one_host_is_done_by_another_when_that_one_is_skipped(steered: Steered) -> None:
    played = await steered(
        TWO_TASKS.replace("{name: two, ping: }", "{name: two, ping: , run_once: true}"),
        (begun("two"), decided("skip", "a")),
    )
    assert list(played.results("two")) == ["b"]


async def test_an_unknown_host_is_not_skipped_nor_are_those_beside_it(steered: Steered) -> None:
    run = prepare([steered.player.write("play.yml", TWO_TASKS)], ["web1,web2,"], RunOptions(), subscribers=[])
    with pytest.raises(OpsFlowError, match="knows no host 'wbe2'") as caught:
        run.steering.take(decided("skip", "web1", "wbe2"))
    assert caught.value.hint == "did you mean 'web2'?"
    assert (run.steering.skipped, run.steering.asked) == ({}, False)


HANDLERS = """
- hosts: all
  serial: 2
  gather_facts: false
  STRATEGY
  tasks:
  - {name: one, ping: , changed_when: true, notify: later}
  - {name: two, ping: }
  handlers:
  - {name: later, ping: }
- hosts: all
  gather_facts: false
  tasks:
  - {name: three, ping: }
"""


@pytest.mark.parametrize("strategy", ["linear", "free"])
async def test_an_aborted_run_ends_with_what_runs(steered: Steered, strategy: str) -> None:
    played = await steered(
        HANDLERS.replace("STRATEGY", f"strategy: {strategy}\n  force_handlers: true"),
        (ended("two"), decided("abort", reason="wrong inventory")),
    )
    assert set(played.results("one")) <= {"a", "b"}  # `free` may have left one of them behind
    assert played.results("later") == {}
    assert played.results("three") == {}
    assert played.summary.stopped == "aborted by anna at ops1: wrong inventory"
    assert (played.summary.outcome, played.summary.exit_code) == ("stopped", 6)
    assert "c" in played.summary.not_reached
    assert len([event for event in played.events if isinstance(event, PlayStarted)]) == 1


async def test_an_abort_between_hosts_of_a_task(steered: Steered) -> None:
    played = await steered(TWO_TASKS, (ended("one"), decided("abort")), forks=1)
    assert len(played.results("one")) == 1
    assert played.summary.outcome == "stopped"


async def test_an_abort_ends_a_pause(steered: Steered) -> None:
    played = await steered(
        TWO_TASKS, (ended("one"), decided("pause")), (ended("one"), decided("abort", reason="enough"))
    )
    assert played.summary.stopped == "aborted by anna at ops1: enough"


async def test_an_abort_at_once_breaks_tasks_off(steered: Steered) -> None:
    played = await steered(
        TWO_TASKS.replace("{name: two, ping: }", "{name: two, command: sleep 600}"),
        (begun("two"), decided("abort", now=True, reason="stop")),
    )
    assert played.results("two") == {}
    assert played.summary.stopped == "aborted by anna at ops1: stop"
    assert (played.summary.outcome, played.summary.exit_code) == ("interrupted", 99)
