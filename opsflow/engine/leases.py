"""A run has a host for itself before it does anything there, and looks each time whether it still has it.

Two things guard a host: a lease in the ledger, which all runs of that ledger see before they connect, and
the lock of the host itself, which its runners hold for control nodes with other ledgers (`target.hold`).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, Protocol

from opsflow.connection.session import Session
from opsflow.connection.settings import Become
from opsflow.core.errors import OpsFlowError, TaskError
from opsflow.core.events import Event, Warned
from opsflow.core.leases import Holder, HostTaken, Kind
from opsflow.modules.base.module import short_name
from opsflow.playbook.model import Task

from .options import RunOptions

OnBusy = Literal["wait", "skip", "fail"]

LOOK_S = 1.0
"""Seconds between two looks at a lease that another has."""
KNOCK_S = 3.0
"""Seconds between two looks at the lock of a host: each starts a program there."""
TOGETHER_S = 0.2
"""Seconds in which hosts that wait for the same holder are told of together."""
_NAMED = 5
"""How many waiting hosts are named."""


LOOKING = frozenset((
    "assert", "debug", "docker_host_info", "fail", "find", "gather_facts", "getent", "health_check",
    "listen_ports_facts", "mount_facts", "package_facts", "patch_state", "pause", "ping", "postgresql_ping",
    "preflight", "read_csv", "service_facts", "set_fact", "setup", "slurp", "stat", "wait_for",
    "wait_for_connection",
))  # fmt: skip
"""Modules that change nothing on hosts."""


def only_looks(options: RunOptions, tasks: Iterable[Task]) -> bool:
    """Tell whether a run changes nothing anywhere: check mode, plans, facts."""
    looking = (task.meta or short_name(task.info.module) in LOOKING for task in tasks)
    return options.check or options.planning or all(looking)


class Book(Protocol):
    """The leases of a ledger, as one run uses them."""

    required: bool
    """Whether the run is not to go on when the ledger fails."""
    owner: Holder
    """This run, as others are told of it."""
    token: str
    """What this process is known by: another one of the same run has another."""

    def holds(self, host: str, kind: Kind) -> bool:
        """Tell whether a lease is ours beyond doubt. It costs nothing."""
        ...

    async def take(self, host: str, name: str, kind: Kind) -> Holder | None:
        """Take a lease, or make sure that it is still ours; return None, or who has the host.

        Args:
            host: the address that is connected to.
            name: what the run calls it.
            kind: shared with others that only look, or not.

        Raises:
            HostTaken: it was ours and is another's now: it never comes back.
            OpsFlowError: the ledger can't be asked.
        """
        ...

    def had(self, host: str) -> bool:
        """Tell whether we had a lease, whatever became of it."""
        ...

    def over(self, host: str) -> Sequence[str]:
        """Return the tokens of those that a host was taken away from."""
        ...


class BusyPolicy(NamedTuple):
    """What happens where another has a host: `timeout` is how many seconds it is waited for."""

    on_busy: OnBusy = "wait"
    timeout: float = 300.0


class Leases:
    """What a run has of its hosts. By default nothing is asked for: there is neither book nor lock."""

    def __init__(
        self,
        emit: Callable[[Event], None],
        *,
        owner: Holder | None = None,
        token: str = "",
        book: Book | None = None,
        lock: str = "",
        looks: bool = False,
        busy: BusyPolicy | None = None,
    ) -> None:
        """
        Args:
            emit: takes what there is to tell.
            owner: the run, as others are told of it.
            token: what this process is known by.
            book: the leases of the ledger.
            lock: the file that is locked on hosts, empty for none.
            looks: whether the run changes nothing anywhere.
            busy: what happens where another has a host.
        """
        self._emit = emit
        self._owner = owner or Holder("", "")
        self._token = token
        self._book = book
        self._lock = lock
        self._looks = looks
        self._busy = busy or BusyPolicy()
        self._waiting: dict[str, list[str]] = {}
        self._told: set[str] = set()

    async def permit(
        self, session: Session, become: Become | None, *, delegated: bool = False, raw: bool = False
    ) -> None:
        """Return when the run may act on a host.

        Args:
            session: the host.
            become: whom it acts as.
            delegated: whether the host acts for another one.
            raw: whether no program of ours is to be started there, which alone could hold its lock.

        Raises:
            HostTaken: the host is another's, or was taken away from us.
            TaskError, Unreachable: as `Session.call`.
        """
        if not self._book and not self._lock:
            return
        kind = self._kind(session, become, delegated)
        sure = self._book is None or self._book.holds(session.identity, kind)
        if sure and (raw or not self._lock or session.runner(become)):
            return
        wait = _Wait(self, session.name)
        failed = None if sure else await self._lease(session, kind, wait)
        locked = bool(self._lock) and not raw and await self._knock(session, become, kind, wait)
        if failed:
            self._unsure(session, failed, locked)

    async def check(self, session: Session) -> None:
        """Raise HostTaken when a host that we had was taken away from us meanwhile."""
        if self._book and self._book.had(session.identity):
            await self._lease(session, "shared", _Wait(self, session.name))

    def _kind(self, session: Session, become: Become | None, delegated: bool) -> Kind:
        """Return how a host is had. This machine is shared by runs that do nothing as its root for itself."""
        if self._looks:
            return "shared"
        here = session.settings.connection == "local"
        return "shared" if here and (delegated or (become is None and os.geteuid())) else "exclusive"

    async def _lease(self, session: Session, kind: Kind, wait: _Wait) -> OpsFlowError | None:
        """Take the lease of a host; return why the ledger can't be asked, if it can't."""
        assert self._book
        try:
            while holder := await self._book.take(session.identity, session.name, kind):
                await wait.again(holder, LOOK_S)
        except HostTaken:
            raise
        except OpsFlowError as error:
            if self._book.required:
                raise
            return error
        return None

    async def _knock(self, session: Session, become: Become | None, kind: Kind, wait: _Wait) -> bool:
        """Have a runner that holds the host's lock; tell whether it does."""
        hold = self._hold(session, kind)
        while True:
            try:
                unlocked = await session.open(become, hold)
            except HostTaken as taken:
                await wait.again(taken.holder, KNOCK_S)
            else:
                if unlocked:
                    self._tell_once(
                        f"{session.name} can't be locked against other control nodes ({unlocked})", "lock"
                    )
                return not unlocked

    def _hold(self, session: Session, kind: Kind) -> str:
        """Return what a runner is to take of the host's lock."""
        owner, over = self._owner, self._book.over(session.identity) if self._book else ()
        told = {"run": owner.run, "who": owner.who, "node": owner.node, "since": owner.since}
        wish = {"path": self._lock, "kind": kind, "token": self._token, "over": list(over), **told}
        return json.dumps(wish, separators=(",", ":"))

    def _unsure(self, session: Session, error: OpsFlowError, locked: bool) -> None:
        """Go on without the ledger, as runs do; but not where we had a lease, and may have lost it.

        A host whose lock we hold is ours: who takes it away ends our runner there first.
        """
        assert self._book
        if not locked and self._book.had(session.identity):
            message = f"the lease on {session.name} can't be confirmed: {error.message}; nothing was done"
            raise TaskError(message, hint=error.hint)
        message = f"leases can't be taken or confirmed: {error.message}"
        self._tell_once(message, "ledger", "runs of other control nodes are kept off by the hosts' own locks")

    def _tell_once(self, message: str, about: str, hint: str | None = None) -> None:
        if about not in self._told:
            self._told.add(about)
            self._emit(Warned(message, hint=hint))

    async def busy(self, name: str, holder: Holder, begun: float | None, pause: float) -> None:
        """Wait a while for a host that another has.

        Args:
            name: what the run calls the host.
            holder: who has it.
            begun: when we began to wait for it, by the clock of the loop; None when we have not.
            pause: seconds to wait.

        Raises HostTaken when it is not waited for, or not any more.
        """
        rule = self._busy
        loop = asyncio.get_running_loop()
        if rule.on_busy == "skip":
            raise HostTaken(str(holder), holder, skipped=True)
        waited = 0.0 if begun is None else loop.time() - begun
        if rule.on_busy == "fail" or waited >= rule.timeout:
            long = f"; waited {rule.timeout:g} s" if begun is not None else ""
            raise HostTaken(f"{name} is busy: {holder}{long}", holder, hint=_HINT)
        if begun is None:
            self._wait_for(name, holder)
        await asyncio.sleep(min(pause, max(0.05, rule.timeout - waited)))

    def _wait_for(self, name: str, holder: Holder) -> None:
        """Tell of a host that waits; those that wait for the same are told of together."""
        if not self._waiting:
            asyncio.get_running_loop().call_later(TOGETHER_S, self._tell_waiting)
        self._waiting.setdefault(str(holder), []).append(name)

    def _tell_waiting(self) -> None:
        for holder, names in self._waiting.items():
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            hosts = ", ".join(names[:_NAMED]) + more
            self._emit(Warned(f"waiting up to {self._busy.timeout:g} s for {hosts}: {holder}"))
        self._waiting.clear()


_HINT = "`opsflow locks` tells who has which host; --on-busy wait or skip does not fail"


class _Wait:
    """How long a task has waited for its host."""

    def __init__(self, leases: Leases, name: str) -> None:
        self._leases = leases
        self._name = name
        self._begun: float | None = None

    async def again(self, holder: Holder, pause: float) -> None:
        """Wait before the next look. Raises HostTaken when there is to be none."""
        await self._leases.busy(self._name, holder, self._begun, pause)
        if self._begun is None:
            self._begun = asyncio.get_running_loop().time() - pause
