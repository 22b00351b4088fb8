"""What stands before a program on a host: noise of login shells, prompts for passwords, refusals."""

from __future__ import annotations

import contextlib
import re
from typing import Protocol

from opsflow.core.errors import HostError, TaskError, Unreachable

from .become import Plan
from .launch_errors import GIVE_IT, explain
from .process import Process, Receiver, Transport
from .settings import Become

_NOISE_KEPT = 16 * 1024  # bytes of output before the marker that are kept for messages
_PASSWORD_PROMPT = re.compile(rb"(?:password|passcode)[^\n]*: ?$", re.IGNORECASE)


class Guarded(Receiver, Protocol):
    """The receiver behind a gate: it sees what the program itself says, or why it never started."""

    def failed(self, error: HostError) -> None: ...


class Gate:
    """Reads up to the plan's marker, answers a prompt, then lets everything through.

    Args:
        host: the host's name, for messages.
        plan: how the program is started.
        become: whom it runs as.
        inner: who receives what comes after the marker.
        first: what is sent to the program as soon as nobody else could read it.
        only: whether nothing more will be sent: the input ends after `first`.

    `pid` is the process id of the program's shell, once the marker was seen.
    """

    def __init__(
        self,
        host: str,
        plan: Plan,
        become: Become | None,
        inner: Guarded,
        first: bytes,
        *,
        only: bool = False,
    ) -> None:
        self.host = host
        self.plan = plan
        self.become = become
        self.inner = inner
        self.pid: int | None = None
        self._first = first
        self._only = only
        self._process: Process | None = None
        self._waiting = True
        self._answered = False
        self._refused: HostError | None = None
        self._noise = bytearray()
        self._errors = bytearray()

    async def open(self, transport: Transport) -> Process:
        """Start the command and return its process. Raises Unreachable."""
        self._process = await transport.spawn(self.plan.command, self, pty=self.plan.pty)
        if self.plan.eager or not self._waiting:
            self._send_first()
        else:  # it may have asked already
            self._watch(self._noise)
            self._watch(self._errors)
        return self._process

    def timed_out(self, seconds: float) -> HostError:
        """Return the error for a program that was not reached in time."""
        said = bytes(self._errors + self._noise).decode("utf-8", "replace").strip()
        detail = f"; it said: {said.splitlines()[-1]}" if said else ""
        if self.become and self._waiting:
            return TaskError(
                f"{self.become.method} on {self.host} did not finish within {seconds:g} s{detail}"
            )
        message = f"Python on {self.host} did not start within {seconds:g} s{detail}"
        return Unreachable(message, kind="python")

    def stdout(self, data: bytes) -> None:
        if not self._waiting:
            self.inner.stdout(data)
            return
        self._noise += data
        found = re.search(re.escape(self.plan.marker) + rb" (\d+)\r?\n", self._noise)
        if not found:
            self._watch(self._noise)
            del self._noise[:-_NOISE_KEPT]
            return
        self.pid = int(found[1])
        after = self._noise[found.end() :]
        del self._noise[found.start() :]
        self._waiting = False
        if self._process and not self.plan.eager:
            self._send_first()
        if after:
            self.inner.stdout(bytes(after))

    def stderr(self, data: bytes) -> None:
        if not self._waiting:
            self.inner.stderr(data)
            return
        self._errors += data
        self._watch(self._errors)
        del self._errors[:-_NOISE_KEPT]

    def ended(self, status: int | None, reason: str) -> None:
        if self._refused:
            self.inner.failed(self._refused)
        elif self._waiting:
            said = bytes(self._errors + self._noise).decode("utf-8", "replace")
            self.inner.failed(explain(self.host, status, reason, said, become=self.become, begun=False))
        else:
            self.inner.ended(status, reason)

    def _send_first(self) -> None:
        self._send(self._first)
        if self._only and self._process and not self.plan.pty:  # to end a terminal's input is to hang up
            self._process.close()

    def _send(self, data: bytes) -> None:
        if self._process and data:
            with contextlib.suppress(OSError):  # it has ended: `ended` says why
                self._process.write(data)

    def _watch(self, said: bytearray) -> None:
        """Answer a prompt for a password, the first time; the second time it was wrong."""
        if self.become is None or self._process is None or self._refused:
            return
        if not (self.plan.prompt in said or _PASSWORD_PROMPT.search(said)):
            return
        said.clear()
        if self.plan.password and not self._answered:
            self._answered = True
            self._send(self.plan.password.reveal().encode() + b"\n")
            return
        problem, hint = "wants a password, and none is given", GIVE_IT
        if self._answered:
            problem, hint = "did not accept the password", "check ansible_become_password"
        self._refused = TaskError(f"{self.become.method} on {self.host} {problem}", hint=hint)
        self._process.close()
        self._process.signal("TERM")
