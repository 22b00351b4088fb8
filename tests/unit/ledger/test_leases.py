"""Leases: one run has a host, others learn who; who loses it learns that too."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import pytest

from opsflow.core.leases import HostTaken, Kind
from opsflow.ledger import leases
from opsflow.ledger.header import Place, started
from opsflow.ledger.keeper import Keeper
from opsflow.ledger.leases import Clocks
from opsflow.ledger.place import LedgerError
from opsflow.ledger.store import Busy, Store, open_store

from .conftest import BOTH, cut

pytestmark = BOTH

LASTS = 30.0
HERE = Place("anna", "ops1", None, "/", os.getpid(), started(os.getpid()))


@dataclass
class Time:
    """Two clocks that tests set."""

    wall: float = 1_000_000.0
    steady: float = 500.0

    def clocks(self) -> Clocks:
        return Clocks(lambda: self.wall, lambda: self.steady)

    def passes(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


Make = Callable[..., Keeper]


@pytest.fixture
async def keeper(url: str) -> AsyncIterator[Make]:
    """Make keepers of runs; `place` and `time` are whose and when."""
    made: list[Keeper] = []

    def make(run: str, place: Place = HERE, time: Time | None = None, **more: float) -> Keeper:
        clocks = (time or Time()).clocks()
        made.append(Keeper(lambda: open_store(url), run, place, lasts=LASTS, clocks=clocks, **more))
        return made[-1]

    yield make
    for one in made:
        await asyncio.to_thread(one.close)


async def taken(keeper: Keeper, host: str = "h1", kind: Kind = "exclusive") -> str:
    """Take a lease; return the run that is in the way, "" for none."""
    holder = await keeper.take(host, host, kind)
    return holder.run if holder else ""


async def test_a_host_is_one_runs(keeper: Make) -> None:
    first, second = keeper("one"), keeper("two")
    assert not first.holds("h1", "exclusive")
    assert await taken(first) == ""
    assert (first.holds("h1", "exclusive"), first.holds("h1", "shared")) == (True, True)
    holder = await second.take("h1", "h1", "exclusive")
    assert holder
    assert (holder.run, holder.who, holder.node) == ("one", "anna", "ops1")
    assert str(holder).startswith("run one of anna at ops1 has it since ")
    assert not second.holds("h1", "shared")
    assert await taken(second, "h2") == ""
    await asyncio.to_thread(first.close)
    assert await taken(second) == ""


async def test_those_who_look_share_it(keeper: Make) -> None:
    first, second, third = keeper("one"), keeper("two"), keeper("three")
    assert await taken(first, kind="shared") == ""
    assert await taken(second, kind="shared") == ""
    assert not first.holds("h1", "exclusive")
    assert await taken(third) in ("one", "two")
    await asyncio.to_thread(second.close)
    assert await taken(first) == ""
    assert first.holds("h1", "exclusive")
    assert await taken(third, kind="shared") == "one"


async def test_a_wave_is_one_transaction(keeper: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    taking: list[int] = []
    whole = leases.take

    def counted(execute: object, wanted: list[leases.Lease], present: object) -> leases.Taken:
        taking.append(len(wanted))
        return whole(execute, wanted, present)  # type: ignore[arg-type]

    monkeypatch.setattr(leases, "take", counted)
    one = keeper("one")
    names = [f"h{number}" for number in range(450)]
    assert set(await asyncio.gather(*(taken(one, name) for name in names))) == {""}
    twice = [taken(one, "again", "shared"), taken(one, "again")]
    assert await asyncio.gather(*twice) == ["", ""]
    assert taking == [450, 1]
    assert all(one.holds(name, "exclusive") for name in [*names, "again"])


async def test_a_process_that_is_gone_has_nothing(keeper: Make) -> None:
    dead = keeper("dead", replace(HERE, pid_started=1))
    assert await taken(dead) == ""
    after = keeper("after")
    assert await taken(after) == ""
    assert after.over("h1") == [dead.token]


async def test_who_was_frozen_is_fenced(keeper: Make) -> None:
    """By a clock that goes on, and in the database even where the other one has ended."""
    time = Time()
    frozen, other = keeper("frozen", time=time), keeper("other", time=time)
    assert await taken(frozen) == ""
    assert await taken(frozen, "h2") == ""
    time.passes(LASTS - 1)
    assert await taken(other) == "frozen"
    time.passes(2)
    assert not frozen.holds("h1", "exclusive")
    assert await taken(other) == ""
    assert other.over("h1") == [frozen.token]
    await asyncio.to_thread(other.close)
    with pytest.raises(
        HostTaken, match="lost the lease on h1 to run other of anna at ops1; nothing was done"
    ):
        await taken(frozen)
    assert not frozen.holds("h1", "shared")
    assert frozen.holds("h2", "exclusive")  # nobody else wanted it
    with pytest.raises(HostTaken):
        await taken(frozen)


async def test_a_run_elsewhere_is_dead_when_its_lease_is(
    keeper: Make, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    there = keeper("there", replace(HERE, node="ops2", pid=1, pid_started=1), time)
    monkeypatch.setattr(leases, "machine", lambda: "another")
    assert await taken(there) == ""
    monkeypatch.undo()
    here = keeper("here", time=time)
    time.steady += 1000.0  # says nothing of another machine
    assert await taken(here) == "there"
    with store.transaction() as execute:
        execute("UPDATE leases SET until = until - 31")
    assert await taken(here) == ""


@pytest.mark.parametrize("jump", [-86_400.0, 3600.0])
async def test_a_clock_that_jumps_only_means_a_question(keeper: Make, jump: float) -> None:
    time = Time()
    one, two = keeper("one", time=time), keeper("two", time=time)
    assert await taken(one) == ""
    time.wall += jump
    assert not one.holds("h1", "exclusive")
    assert await taken(two) == "one"
    assert await taken(one) == ""
    assert one.holds("h1", "exclusive")


async def test_a_lease_is_renewed(url: str, store: Store) -> None:
    one = Keeper(lambda: open_store(url), "one", HERE, lasts=1)
    assert await taken(one) == ""
    before = leases.every(store)[0].beat
    for _ in range(500):
        if leases.every(store)[0].beat > before + 1:
            break
        await asyncio.sleep(0.02)
    assert one.holds("h1", "exclusive")
    await asyncio.to_thread(one.close)
    assert leases.every(store) == []


async def test_a_persons_lock_keeps_all_off_until_it_ends(keeper: Make, store: Store) -> None:
    def locked(until: float | None) -> None:
        lock = leases.Lease("h1", leases.LOCK, "h1", leases.LOCK, "", "anna", "ops1", "", 0, 0, 5.0, 0.0, 0.0,
                            until, "it burns")  # fmt: skip
        with store.transaction() as execute:
            leases.put(execute, [lock])

    locked(None)
    one = keeper("one")
    holder = await one.take("h1", "h1", "shared")
    assert holder
    assert str(holder).startswith("locked by anna at ops1 since 1970-01-01")
    assert str(holder).endswith(": it burns")
    locked(6.0)
    assert await taken(one) == ""
    assert [lease.kind for lease in leases.every(store)] == ["exclusive"]


async def test_a_ledger_that_fails_is_asked_again(url: str, keeper: Make) -> None:
    broken: list[LedgerError] = [Busy("gone")]
    calls: list[int] = []

    def connect() -> Store:
        calls.append(1)
        if broken:
            raise broken[0]
        return open_store(url)

    one = Keeper(connect, "one", HERE, patience=0.3)
    for _ in range(3):  # the later ones at once
        with pytest.raises(LedgerError, match="gone"):
            await taken(one)
    assert len(calls) > 1
    assert not one.had("h1")
    broken.clear()
    one._failed -= 60.0
    assert await taken(one) == ""
    await asyncio.to_thread(one.close)


async def test_a_task_that_gives_up_waiting_harms_nobody(url: str, store: Store) -> None:
    hold = threading.Event()

    def connect() -> Store:
        hold.wait(10)
        return open_store(url)

    one = Keeper(connect, "one", HERE)
    first = asyncio.ensure_future(taken(one))
    await asyncio.sleep(0.05)
    first.cancel()
    second = asyncio.ensure_future(taken(one, "h2"))
    await asyncio.sleep(0)
    hold.set()
    assert await second == ""
    await asyncio.to_thread(one.close)
    assert leases.every(store) == []


async def test_a_server_that_was_restarted_is_asked_again(url: str, keeper: Make) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("a file is not restarted")
    time = Time()
    one, two = keeper("one", time=time), keeper("two", time=time)
    assert await taken(one) == ""
    cut(url)
    time.passes(LASTS * 0.9)
    assert not one.holds("h1", "exclusive")
    assert await taken(one) == ""
    assert one.holds("h1", "exclusive")
    cut(url)
    assert await taken(two) == "one"
