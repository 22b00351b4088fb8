"""The lock of a host: runs that change it keep each other off, whoever holds it is named, death frees it."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from opsflow.connection.channel import Flight, Place
from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import ConnectionSettings
from opsflow.core.early import NotYet
from opsflow.core.errors import HostError, Unreachable
from opsflow.core.leases import HostTaken
from tests.support.waiting import until

Begin = Callable[..., Session]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "opsflow.lock"


@pytest.fixture
async def session() -> AsyncIterator[Begin]:
    """Make sessions with this machine, each as from another control node."""
    async with Connections() as pool:
        yield lambda name="localhost": pool.session(ConnectionSettings(name, "local"))


def wish(lock: Path, run: str, kind: str = "exclusive", over: list[str] | None = None) -> str:
    told: dict[str, Any] = {"run": run, "who": "änna", "node": "ops1", "since": 0}
    return json.dumps({"path": str(lock), "kind": kind, "token": f"t-{run}", "over": over or [], **told})


async def test_runs_keep_each_other_off(session: Begin, lock: Path) -> None:
    one, two = session("one"), session("two")
    assert await one.open(None, wish(lock, "one")) == ""
    with pytest.raises(HostTaken, match="two is busy: run one of änna at ops1 has it") as caught:
        await two.open(None, wish(lock, "two"))
    assert caught.value.holder.run == "one"
    with pytest.raises(HostTaken):
        await two.call("ping.run")
    await one.close()
    assert await two.open(None, wish(lock, "two")) == ""
    assert stat.S_IMODE(lock.stat().st_mode) == 0o666
    assert len(lock.read_text().splitlines()) == 1


async def test_runners_of_one_run_share_it(session: Begin, lock: Path) -> None:
    both = [session(name).open(None, wish(lock, "one")) for name in ("a", "b", "c")]
    assert await asyncio.gather(*both) == ["", "", ""]
    with pytest.raises(HostTaken):
        await session("two").open(None, wish(lock, "two"))
    await session("a").close()
    with pytest.raises(HostTaken):
        await session("two").open(None, wish(lock, "two"))


async def test_those_who_look_share_it(session: Begin, lock: Path) -> None:
    assert await session("one").open(None, wish(lock, "one", "shared")) == ""
    assert await session("two").open(None, wish(lock, "two", "shared")) == ""
    await session("one").close()
    with pytest.raises(HostTaken) as caught:
        await session("three").open(None, wish(lock, "three"))
    assert caught.value.holder.run == "two"  # the one that is there still


async def test_of_many_one_gets_it(session: Begin, lock: Path) -> None:
    tries = [session(str(number)).open(None, wish(lock, str(number))) for number in range(6)]
    came = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in came if one == ""] == [""]
    assert sum(isinstance(one, HostTaken) for one in came) == 5


async def test_who_took_the_host_away_ends_the_runner_that_is_left(session: Begin, lock: Path) -> None:
    frozen = session("frozen")
    await frozen.open(None, wish(lock, "one"))
    (line,) = lock.read_text().splitlines()
    pid = json.loads(line)["pid"]
    work = asyncio.ensure_future(frozen.call("command.run", {"cmd": ["sleep", "60.4242"]}))
    await asyncio.sleep(0.2)
    assert await session("two").open(None, wish(lock, "two", over=["t-one"])) == ""
    with pytest.raises(HostError):
        await work
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"60.4242" in read(p)]


async def test_of_a_flight_nothing_more_begins_when_the_host_is_taken_away(
    session: Begin, lock: Path, tmp_path: Path
) -> None:
    """The command that runs does not end at once, and others wait behind it."""
    frozen, flight = session("frozen"), Flight()
    await frozen.open(None, wish(lock, "one"))
    log = tmp_path / "log"
    commands = [f"trap '' TERM; echo 0 >> {log}; sleep 30", *(f"echo {n} >> {log}" for n in range(1, 30))]
    calls: list[asyncio.Future[Any]] = []
    for step, command in enumerate(commands):
        place = Place(flight, step, stops=False, early=step > 0, waits=False)
        args = {"cmd": command, "shell": True}
        calls.append(asyncio.ensure_future(frozen.call("command.run", args, place=place)))
        await place.out.wait()
    await asyncio.to_thread(until, log.exists)
    assert await session("two").open(None, wish(lock, "two", over=["t-one"])) == ""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(one, HostError | NotYet) for one in ended)
    assert log.read_text() == "0\n"


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


async def test_nobody_is_ended_who_does_not_hold_it(session: Begin, lock: Path) -> None:
    """Anybody may write into the file."""
    bystander = await asyncio.create_subprocess_exec("sleep", "60")
    lock.write_text(
        json.dumps({"token": "t-one", "pid": bystander.pid, "kind": "exclusive"}) + "\nnonsense\n"
    )
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with pytest.raises(HostTaken):
            await session("two").open(None, wish(lock, "two", over=["t-one"]))
    assert bystander.returncode is None
    bystander.send_signal(signal.SIGKILL)
    await bystander.wait()


async def test_a_lock_that_is_not_ours_is_told_of(session: Begin, lock: Path) -> None:
    lock.touch()
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(HostTaken, match="a process that OpsFlow does not know"):
            await session("one").open(None, wish(lock, "one"))
    assert await session("one").open(None, wish(lock, "one")) == ""


@pytest.mark.parametrize("trap", ["link", "directory", "pipe", "second name", "nowhere"])
async def test_what_is_no_plain_file_is_left_alone(session: Begin, lock: Path, trap: str) -> None:
    victim = lock.with_name("victim")
    victim.write_text("precious")
    if trap == "link":
        lock.symlink_to(victim)
    elif trap == "directory":
        lock.mkdir()
    elif trap == "pipe":
        os.mkfifo(lock)
    elif trap == "second name":
        lock.hardlink_to(victim)
    else:
        lock = lock / "x" / "y"
    assert str(lock) in await session("one").open(None, wish(lock, "one"))
    assert (await session("one").call("ping.run", {"data": "x"}))["ping"] == "x"
    assert victim.read_text() == "precious"


async def test_without_a_lock_nothing_is_locked(session: Begin, lock: Path) -> None:
    assert await session("one").open(None, "") == ""
    assert not lock.exists()


async def test_a_killed_runner_leaves_no_lock(session: Begin, lock: Path) -> None:
    one = session("one")
    await one.open(None, wish(lock, "one"))
    os.kill(json.loads(lock.read_text())["pid"], signal.SIGKILL)
    with pytest.raises(Unreachable):
        await one._runners[None].call("ping.run")
    assert await session("two").open(None, wish(lock, "two")) == ""
