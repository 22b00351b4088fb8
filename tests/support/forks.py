"""`opsflow` in processes of its own that need not import it: that takes longer than most of what they do.

One process per test session imports everything and then only forks. A fork gets the arguments, the
directory, the environment and the standard streams that a started program would get, and runs
`opsflow/__main__.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

import opsflow
from opsflow.connection import bundle

LONGEST = 1 << 20
"""Bytes of a message."""


class Forked:
    """A process; it has what the tests use of `subprocess.Popen`."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.pid = int(connection.recv(LONGEST))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or minus the number of the signal that ended it, or None while it goes on."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            with self._connection as connection:
                self.returncode = int(connection.recv(LONGEST))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it has ended.

        Raises:
            TimeoutError: it goes on for longer than so many seconds.
        """
        if self.returncode is None:
            select.select([self._connection], [], [], timeout)
        if (code := self.poll()) is None:
            raise TimeoutError(f"it goes on after {timeout} s")
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    arguments: Sequence[str], directory: Path, environment: Mapping[str, str], streams: Sequence[int]
) -> Forked:
    """Run a command line.

    Args:
        arguments: what follows `opsflow`.
        directory: where it runs.
        environment: all of its environment.
        streams: the descriptors of its standard input, output and error.
    """
    request = json.dumps([list(arguments), str(directory), dict(environment)]).encode()
    ours, theirs = _pair()
    with theirs:
        socket.send_fds(_server(), [request], [theirs.fileno(), *streams])
    return Forked(ours)


@functools.cache
def _server() -> socket.socket:
    """Start the process that forks; it ends when this one does."""
    ours, theirs = _pair()
    command = [sys.executable, "-m", __name__]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with theirs:
        os.posix_spawn(
            command[0], command, environment, file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)]
        )
    atexit.register(ours.close)
    return ours


def _pair() -> tuple[socket.socket, socket.socket]:
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


class _Forking:
    """The process that forks: it takes requests, and tells of the processes that have ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._running: dict[int, tuple[int, socket.socket]] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(requests, selectors.EVENT_READ)

    def arguments(self) -> list[str] | None:
        """Serve: return its arguments in each fork, and None here when no more requests can come."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._requests:
                    self._ended(key.fd)
                    continue
                request, numbers, _, _ = socket.recv_fds(self._requests, LONGEST, 4)
                if not request:
                    return None
                connection, *streams = numbers
                if (pid := os.fork()) == 0:
                    arguments, directory, environment = json.loads(request)
                    _become(directory, environment, streams)
                    return arguments
                self._started(pid, socket.socket(fileno=connection))
                for number in streams:
                    os.close(number)

    def _started(self, pid: int, connection: socket.socket) -> None:
        connection.send(str(pid).encode())
        ended = os.pidfd_open(pid)
        self._running[ended] = pid, connection
        self._selector.register(ended, selectors.EVENT_READ)

    def _ended(self, number: int) -> None:
        self._selector.unregister(number)
        os.close(number)
        pid, connection = self._running.pop(number)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with connection, contextlib.suppress(BrokenPipeError):  # whoever asked may have ended
            connection.send(str(code).encode())


def _become(directory: str, environment: Mapping[str, str], streams: Sequence[int]) -> None:
    """Make this process what a started program is."""
    for wanted, number in enumerate(streams):
        os.dup2(number, wanted)
        os.close(number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


def _prepare() -> None:
    for module in pkgutil.walk_packages(opsflow.__path__, "opsflow."):
        if not module.name.startswith("opsflow.target.") and not module.name.endswith("__main__"):
            with contextlib.suppress(ImportError):  # what is optional may be missing
                importlib.import_module(module.name)
    bundle.bootstrap()  # what it sends to each host is kept too
    bundle.sources("command")
    gc.collect()
    gc.freeze()  # a collection in a fork would copy all of it


def _run(arguments: Sequence[str]) -> int:
    sys.argv = ["opsflow", *arguments]
    try:
        runpy.run_module("opsflow", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    requests = socket.socket(fileno=os.dup(0))
    _prepare()
    if (arguments := _Forking(requests).arguments()) is None:
        return
    code = _run(arguments)
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)  # not by way of taking all objects apart: each would be copied first


if __name__ == "__main__":
    main()
