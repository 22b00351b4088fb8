"""Reboot a host and wait until it is back: a new boot id, a settled system, a command that works.

Only a boot id that was read counts: a connection that fails, or a command that does, says nothing about
whether the host has gone down.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from opsflow.core.drivers import Host, Progress
from opsflow.core.errors import TaskError, Unreachable
from opsflow.core.upgrades import Rebooted

SEARCH_PATHS = ("/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin")
POLL = 0.5  # seconds between two looks
_ANSWER = 15.0  # seconds for one answer: a host that is cut off says nothing at all


@dataclass(frozen=True, slots=True)
class RebootCommands:
    """What to run on the host where the usual does not fit.

    Args:
        reboot: a shell command instead of `shutdown -r now`.
        boot_id: a shell command whose output changes with each boot.
        search_paths: where to look for `shutdown`.
    """

    reboot: str | None = None
    boot_id: str | None = None
    search_paths: Sequence[str] = SEARCH_PATHS


USUAL = RebootCommands()


async def reboot(
    host: Host,
    *,
    timeout: float = 600.0,
    pre_delay: float = 0.0,
    post_delay: float = 0.0,
    test_command: str | None = "whoami",
    message: str = "Reboot initiated by OpsFlow",
    progress: Progress | None = None,
    commands: RebootCommands = USUAL,
) -> Rebooted:
    """Reboot `host` and return when it has booted anew and its system has settled.

    Args:
        host: the session; its connection is replaced.
        timeout: seconds from the start of the reboot until the host must be usable again.
        pre_delay: seconds between the announcement and the reboot.
        post_delay: seconds to wait once the host is back.
        test_command: a shell command that must succeed afterwards; None asks for nothing.
        message: shown to the users of the host.
        progress: told what is being waited for.
        commands: what to run where the usual does not fit.

    Raises:
        TaskError: it could not be rebooted, did not come back in time, or did not settle.
    """
    clock = asyncio.get_running_loop()
    start = clock.time()
    wait = _Wait(host, start + pre_delay + timeout, progress or _silent, commands)
    before = (await host.call("boot.boot_id", wait.boot_id_args, check=False))["boot_id"]
    await _start(host, pre_delay, message, commands)
    after = await wait.for_new_boot(before, timeout)
    state = await wait.until_settled(timeout)
    if test_command:
        await wait.until_works(test_command, timeout)
    if post_delay:
        wait.progress(f"waiting {post_delay:g} seconds after the reboot", None)
        await asyncio.sleep(post_delay)
    return Rebooted(elapsed=clock.time() - start, boot_id=after, state=state)


def _silent(message: str, percent: float | None) -> None:
    """Progress that nobody wants to see."""


def _unseen(event: Mapping[str, Any]) -> None:
    """Output that nobody wants to see."""


async def _start(host: Host, delay: float, message: str, commands: RebootCommands) -> None:
    args = {
        "message": message,
        "delay": delay,
        "command": commands.reboot,
        "search_paths": list(commands.search_paths),
    }
    with contextlib.suppress(Unreachable):  # it went down before its answer came
        await host.call("boot.reboot", args, check=False)


class _Wait:
    """Waits for one host until a deadline (in the event loop's time)."""

    def __init__(self, host: Host, deadline: float, progress: Progress, commands: RebootCommands) -> None:
        self.host = host
        self.deadline = deadline
        self.progress = progress
        self.boot_id_args = {"command": commands.boot_id} if commands.boot_id else {}

    @property
    def left(self) -> float:
        return self.deadline - asyncio.get_running_loop().time()

    async def for_new_boot(self, before: str, timeout: float) -> str:
        """Return the boot id once it is not `before` any more."""
        down = False
        self.progress("rebooting", None)
        while self.left > 0:
            try:
                found = await self._read_boot_id()
            except (Unreachable, TimeoutError):
                if not down:
                    self.progress("down, waiting for it to come back", None)
                down = True
                await self._reconnect(timeout)
                continue
            if found and found != before:
                return found
            await asyncio.sleep(POLL)
        if down:
            raise self._gone(timeout)
        raise TaskError(
            f"{self.host.name} did not go down within {timeout:g} seconds: its boot id is still {before}",
            hint="look there for a shutdown that is inhibited or hangs: systemctl list-jobs",
        )

    async def _read_boot_id(self) -> str | None:
        """Return the boot id; None where the host answers, but can't tell it at this moment."""
        try:
            call = self.host.call("boot.boot_id", self.boot_id_args, check=False)
            return (await asyncio.wait_for(call, _ANSWER))["boot_id"]
        except TaskError:
            return None

    async def _reconnect(self, timeout: float) -> None:
        try:
            await self.host.reconnect(max(self.left, 0.0))
        except Unreachable as error:
            raise self._gone(timeout, error) from error

    def _gone(self, timeout: float, error: Unreachable | None = None) -> TaskError:
        reason = f": {error.message}" if error else ""
        return TaskError(
            f"{self.host.name} did not come back within {timeout:g} seconds after its reboot{reason}",
            data={"rebooted": True},
            hint="look at the machine's console; if it only needs longer, raise the time-out of the reboot",
        )

    async def until_settled(self, timeout: float) -> str:
        """Return systemd's state once it is `running` or `degraded` (`none` without systemd)."""
        self.progress("back, waiting for its services to start", None)
        found = await self._call("boot.settle", {"timeout": max(self.left, 1.0)}, timeout)
        if found["settled"]:
            return str(found["state"])
        units = f": {', '.join(found['units'])}" if found["units"] else ""
        raise TaskError(
            f"{self.host.name} has rebooted, but is still {found['state']} after {timeout:g} seconds{units}",
            data={"rebooted": True},
        )

    async def until_works(self, command: str, timeout: float) -> None:
        """Run a shell command until it succeeds."""
        while True:
            args = {"cmd": command, "shell": True}
            result = await self._call("command.run", args, timeout, on_event=_unseen)
            if not result.get("failed"):
                return
            if self.left <= 0:
                detail = str(result.get("stderr") or result.get("stdout") or f"exit code {result['rc']}")
                raise TaskError(
                    f"{self.host.name} has rebooted, but '{command}' still fails: {detail.strip()}",
                    data={"rebooted": True},
                )
            await asyncio.sleep(POLL)

    async def _call(
        self,
        fn: str,
        args: Mapping[str, object],
        timeout: float,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Call a function on the host, anew after each cut of the connection."""
        while True:
            try:
                return await self.host.call(fn, args, check=False, on_event=on_event)
            except Unreachable:
                await self._reconnect(timeout)
