"""Tasks and items that go to a host in one flight, over SSH: the same is done in the same order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from opsflow.api import prepare
from opsflow.connection.settings import ConnectionDefaults
from opsflow.core.events import Decided, Event, HostFinished, HostStarted, ItemFinished, RunFinished
from opsflow.core.results import Status
from opsflow.engine.ahead import Ahead
from opsflow.engine.options import RunOptions
from opsflow.engine.run import Run
from opsflow.playbook.model import Task
from tests.support.plays import Played, Player
from tests.unit.connection.conftest import USER, Server
from tests.unit.connection.conftest import server as server  # a fixture

Play = Callable[..., Awaitable[Played]]
Steps = Callable[[Run, Event], None]

INVENTORY = """
all:
  hosts: {{a: , b: }}
  vars:
    ansible_connection: ssh
    ansible_host: 127.0.0.1
    ansible_port: {port}
    ansible_user: {user}
    ansible_ssh_private_key_file: {key}
    ansible_ssh_common_args: -F none -o UserKnownHostsFile={known} -o GlobalKnownHostsFile=none
    log: {log}
"""


@pytest.fixture
def player(play: Player) -> Player:
    return play


@pytest.fixture
def far(server: Server, player: Player) -> Play:
    """Yield what plays tasks on hosts that are reached over SSH; `log` is the file of a host."""

    async def play(
        tasks: str, *, strategy: str = "free", limit: str = "a", step: Steps | None = None
    ) -> Played:
        log = player.base / "log-{{ inventory_hostname }}"
        inventory = INVENTORY.format(
            port=server.port, user=USER, key=server.key_file, known=server.known_hosts, log=log
        )
        head = f"- hosts: all\n  gather_facts: false\n  strategy: {strategy}\n  tasks:\n"
        book = player.write("play.yml", head + tasks)
        events: list[Event] = []
        options = RunOptions(connection=ConnectionDefaults(connection="ssh"), limit=limit)
        run = prepare(
            [book], [str(player.write("hosts.yml", inventory))], options, subscribers=[events.append]
        )
        if step:
            run.events.subscribe(lambda event: step(run, event))
        return Played(await run.run(), events)

    return play


def trips(played: Played) -> dict[str, int]:
    return next(event.details["round_trips"] for event in played.events if isinstance(event, RunFinished))


def log(player: Player, host: str = "a") -> list[str]:
    path = player.base / f"log-{host}"
    return path.read_text().split() if path.exists() else []


async def test_twenty_independent_tasks_are_one_round_trip(far: Play, player: Player) -> None:
    tasks = "".join(f"  - shell: echo {number} >> {{{{ log }}}}\n" for number in range(20))
    played = await far(tasks, limit="all")
    assert trips(played) == {"a": 1, "b": 1}
    for host in "ab":
        assert log(player, host) == [str(number) for number in range(20)]


async def test_a_host_alone_in_its_wave_waits_for_no_other_one(far: Play) -> None:
    tasks = "  - command: echo one\n  - command: echo two\n  - setup:\n  - command: echo three\n"
    assert trips(await far(tasks, strategy="linear")) == {"a": 3}
    assert trips(await far(tasks, strategy="linear", limit="all")) == {"a": 4, "b": 4}
    assert trips(await far(tasks, strategy="host_pinned", limit="all")) == {"a": 3, "b": 3}


async def test_the_items_of_a_loop_are_one_round_trip(far: Play, player: Player) -> None:
    tasks = """\
  - shell: echo {{ item }} >> {{ log }}; test {{ item }} -ne 50
    loop: "{{ range(100) }}"
    register: done
    ignore_errors: true
    no_log: "{{ item == 60 }}"
  - debug: {msg: "{{ done.results | map(attribute='rc') | sum }}"}
"""
    for strategy in ("linear", "free"):
        played = await far(tasks, strategy=strategy, limit="all")
        assert trips(played) == {"a": 1, "b": 1}
        assert played.said("a") == ["1"] or played.said("a") == [1]
    assert log(player) == [str(number) for number in range(100)] * 2


HANDLERS = """\
  - shell: echo changed >> {{ log }}
    notify: [one, two]
  - meta: flush_handlers
  - set_fact: {left_out: true}
  - shell: echo behind >> {{ log }}
  handlers:
  - {name: one, shell: "echo one >> {{ log }}"}
  - {name: two, shell: "echo two {{ left_out is defined }} >> {{ log }}"}
"""


async def test_handlers_are_done_before_what_stands_behind_them(far: Play, player: Player) -> None:
    await far(HANDLERS)
    assert " ".join(log(player)) == "changed one two False behind"


FAILING = """\
  - shell: rm -f {{ log }}; echo one >> {{ log }}
  - block:
    - shell: echo two >> {{ log }}
    - shell: echo three >> {{ log }}; exit 3
    - shell: echo never >> {{ log }}
    rescue:
    - shell: echo four {{ ansible_failed_result.rc }} >> {{ log }}
    always:
    - shell: echo five >> {{ log }}
  - shell: echo six >> {{ log }}; false
    ignore_errors: true
  - shell: echo seven{{ item }} >> {{ log }}; test {{ item }} -ne 1
    loop: [0, 1, 2]
  - shell: echo never >> {{ log }}
"""


@pytest.mark.parametrize("strategy", ["linear", "free"])
async def test_what_stands_behind_a_failure_is_not_done(far: Play, player: Player, strategy: str) -> None:
    played = await far(FAILING, strategy=strategy)
    assert log(player) == ["one", "two", "three", "four", "3", "five", "six", "seven0", "seven1", "seven2"]
    assert played.summary.hosts["a"].stats.failed == 1
    assert played.summary.hosts["a"].stats.rescued == 1
    statuses = [event.result.status for event in played.events if isinstance(event, HostFinished)]
    assert len(statuses) == 7
    begun = [event for event in played.events if isinstance(event, HostStarted)]
    assert len(begun) == len(statuses)


async def test_a_task_sees_what_those_before_it_found(far: Play, player: Player) -> None:
    tasks = """\
  - shell: echo one >> {{ log }}; echo found
    register: first
  - shell: echo two >> {{ log }}
  - set_fact: {known: "{{ first.stdout }}"}
  - shell: echo {{ known }} >> {{ log }}
    when: first is changed
  - set_fact: {later: 4}
  - shell: echo {{ later }} {{ hostvars.a.known }} >> {{ log }}
    register: first
  - debug: {msg: "{{ first.cmd }}"}
  - shell: echo {{ vars.later }} >> {{ log }}
    when: first.stdout == ""
  - debug: {msg: "{{ undefined_name | default('none') }}"}
"""
    played = await far(tasks)
    assert log(player) == ["one", "two", "found", "4", "found", "4"]
    assert played.said("a")[1:] == ["none"]
    assert played.summary.exit_code == 0


async def test_what_one_host_missed_no_other_one_tries(
    far: Play, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    early: list[str] = []
    begin = Ahead._begin

    def begun(self: Ahead, task: Task, *args: Any, **kwargs: Any) -> Any:
        early.extend([task.own_name] * kwargs["early"])
        return begin(self, task, *args, **kwargs)

    monkeypatch.setattr(Ahead, "_begin", begun)
    tasks = """\
  - {name: asks, shell: "echo found {{ inventory_hostname }}", register: first}
  - {name: needs, shell: "echo {{ first.stdout }} >> {{ log }}"}
  - {name: free, shell: "echo free >> {{ log }}"}
"""
    played = await far(tasks, strategy="free\n  serial: 1", limit="all")
    assert (log(player, "a"), log(player, "b")) == (["found", "a", "free"], ["found", "b", "free"])
    assert early == ["needs", "free", "free"]
    assert trips(played) == {"a": 2, "b": 2}


async def test_what_is_asked_outside_is_asked_in_its_turn(far: Play, player: Player) -> None:
    tasks = """\
  - shell: echo one >> {{ log }}
  - shell: echo {{ lookup('pipe', 'cat ' ~ log) }} two >> {{ log }}
  - shell: "echo {{ item }} {{ lookup('pipe', 'wc -l < ' ~ log) }} >> {{ log }}"
    loop: [x, y, z]
"""
    await far(tasks)
    assert log(player) == ["one", "one", "two", "x", "2", "y", "3", "z", "4"]


async def test_content_that_needs_several_calls_is_there_for_those_behind(far: Play, player: Player) -> None:
    big = "".join(f"{number}\n" for number in range(20_000))
    tasks = """\
  - copy: {src: FILE, dest: "{{ log }}"}
  - shell: wc -l < {{ log }} >> {{ log }}.lines
  - copy: {src: "{{ item }}", dest: "{{ log }}"}
    loop: [SMALL, FILE, SMALL]
  - shell: wc -l < {{ log }} >> {{ log }}.lines
""".replace("FILE", str(player.write("big", big))).replace("SMALL", str(player.write("small", "1\n")))
    await far(tasks)
    assert (player.base / "log-a.lines").read_text().split() == ["20000", "1"]


async def test_a_failure_that_is_judged_here_holds_back_what_follows(far: Play, player: Player) -> None:
    tasks = """\
  - shell: echo one >> {{ log }}
    register: out
    failed_when: out.rc == 0
  - shell: echo never >> {{ log }}
"""
    assert (await far(tasks)).summary.exit_code == 2
    tasks = tasks.replace("failed_when: out.rc == 0", "changed_when: out.nonsense.more")
    assert (await far(tasks)).summary.exit_code == 2
    tasks = "  - assert: {that: false}\n  - shell: echo never >> {{ log }}\n"
    assert (await far(tasks)).summary.exit_code == 2
    assert log(player) == ["one", "one"]


async def test_a_paused_run_begins_nothing_more_and_forgets_nothing(far: Play, player: Player) -> None:
    tasks = "".join(f"  - shell: echo {number} >> {{{{ log }}}}; sleep 0.3\n" for number in range(5))
    begun: list[int] = []

    def resume(run: Run) -> None:
        begun.append(len(log(player)))
        run.steering.take(Decided("resume", "anna", "ops1", 0.0))

    def step(run: Run, event: Event) -> None:
        if isinstance(event, HostFinished) and not run.steering.asked:
            run.steering.take(Decided("pause", "anna", "ops1", 0.0))
            asyncio.get_running_loop().call_later(1.5, resume, run)

    played = await far(tasks, step=step)
    assert log(player) == [str(number) for number in range(5)]
    assert begun[0] <= 2  # the second one may have begun before the pause reached the host
    assert trips(played)["a"] > 1


async def test_a_skipped_host_tells_what_it_has_done(far: Play, player: Player) -> None:
    tasks = "".join(f"  - shell: echo {number} >> {{{{ log }}}}; sleep 0.8\n" for number in range(10))

    def step(run: Run, event: Event) -> None:
        if isinstance(event, HostFinished) and not run.steering.skipped:
            run.steering.take(Decided("skip", "anna", "ops1", 0.0, hosts=["a"]))

    played = await far(tasks, step=step)
    done = [event for event in played.events if isinstance(event, HostFinished)]
    assert len(done) == len(log(player)) <= 3


async def test_all_that_was_done_when_a_host_is_taken_out_is_told(far: Play, player: Player) -> None:
    """Several tasks are done there before the first one's result is looked at."""
    tasks = "".join(f"  - shell: echo {number} >> {{{{ log }}}}\n" for number in range(6))

    def step(run: Run, event: Event) -> None:
        if isinstance(event, HostFinished) and not run.steering.skipped:
            while len(log(player)) < 3:  # what has arrived there is done meanwhile
                time.sleep(0.01)
            time.sleep(0.1)  # and is told, too
            run.steering.take(Decided("skip", "anna", "ops1", 0.0, hosts=["a"]))

    played = await far(tasks, step=step)
    done = log(player)
    assert done == [str(number) for number in range(len(done))]
    assert len([event for event in played.events if isinstance(event, HostFinished)]) == len(done) > 2


async def test_what_a_host_has_done_is_told_where_another_one_ends_its_play(
    far: Play, player: Player
) -> None:
    tasks = """\
  - shell: test {{ inventory_hostname }} = b || { until grep 1 {{ log[:-1] }}b; do sleep 0.01; done; false; }
    any_errors_fatal: true
"""
    tasks += "".join(f"  - shell: echo {number} >> {{{{ log }}}}; sleep 0.3\n" for number in range(8))
    played = await far(tasks, limit="all")
    done = log(player, "b")
    assert 1 <= len(done) < 8
    assert done == [str(number) for number in range(len(done))]
    told = [event for event in played.events if isinstance(event, HostFinished) and event.host == "b"]
    assert len(told) == len(done) + 1


async def test_a_connection_that_is_cut_ends_the_flight(far: Play, player: Player, server: Server) -> None:
    tasks = "".join(f"  - shell: echo {number} >> {{{{ log }}}}; sleep 0.8\n" for number in range(10))

    def step(run: Run, event: Event) -> None:
        if isinstance(event, HostFinished) and event.result.status is Status.CHANGED:
            server.connections[0].abort()

    played = await far(tasks, step=step)
    done = [event.result.status for event in played.events if isinstance(event, HostFinished)]
    assert done[-1] is Status.UNREACHABLE
    assert len(done) == done.count(Status.CHANGED) + 1
    assert len(done) - 1 <= len(log(player)) <= len(done) + 1


async def test_a_stopped_play_stops_the_flights_of_all_its_hosts(far: Play, player: Player) -> None:
    tasks = """\
  - shell: echo one >> {{ log }}
  - shell: test {{ inventory_hostname }} = b || { until grep two {{ log[:-1] }}b; do :; done; false; }
  - shell: echo two >> {{ log }}; sleep 0.5
  - shell: echo three >> {{ log }}; sleep 0.5
  - shell: echo four >> {{ log }}
    """
    played = await far("  - meta: noop\n" + tasks.rstrip() + "\n  max_fail_percentage: 0\n", limit="all")
    assert log(player) == ["one"]
    assert "four" not in log(player, "b")
    told = [event for event in played.events if isinstance(event, HostFinished) and event.host == "b"]
    assert len(told) == len(log(player, "b")) + 1
    assert played.summary.exit_code == 6


async def test_the_options_of_secret_items_stay_secret(far: Play, player: Player) -> None:
    tasks = """\
  - command: echo {{ item.word }}
    loop:
    - {word: open, hide: false}
    - {word: sesame, hide: true}
    - {word: plain, hide: false}
    no_log: "{{ item.hide }}"
"""
    played = await far(tasks)
    items = [event for event in played.events if isinstance(event, ItemFinished)]
    assert [item.result.public().get("stdout") for item in items] == ["open", None, "plain"]
    assert "sesame" not in str([item.label for item in items])
