"""Starting modules in Python: by a process that forks for each of them, else by a Python of its own."""

from __future__ import annotations

import array
import marshal
import os
import signal
import socket
import subprocess
import sys
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_ALONE = (
    "import sys,marshal;sys.path.pop(0);b,a=marshal.load(sys.stdin.buffer);g={'__name__':'own_child'};"
    "exec(b,g);g['main'](*a)"
)
_SERVER = "import sys;sys.path.pop(0);g={'__name__':'own_child'};exec(sys.stdin.read(),g);g['serve'](%d)"
_OF_PYTHON = ("PYTHON", "LD_")  # variables that mean something to an interpreter that starts


class Server:
    """The process that forks. It ends when this one does."""

    def __init__(self, request: Request, source: bytes) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.socket, other = socket.socketpair()
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVER % other.fileno()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[other.fileno()],
            env=request.environ(own_locale=True),
        )
        other.close()
        assert process.stdin is not None
        process.stdin.write(source)
        process.stdin.close()

    def start(self, question: bytes, name: str) -> Forked:
        """Let it start a module. Raises OSError when it is not there any more."""
        pipes = [os.pipe() for _ in range(3)]
        try:
            with self.lock:
                given = array.array("i", [pipe[1] for pipe in pipes])
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, given.tobytes())]
                self.socket.sendmsg([len(question).to_bytes(8, "big")], rights)
                self.socket.sendall(question)
        except OSError:
            for pipe in pipes:
                os.close(pipe[0])
            raise
        finally:
            for pipe in pipes:
                os.close(pipe[1])
        return Forked(name, *[pipe[0] for pipe in pipes])


class Forked:
    """A process that the server has started; to look at it is a `subprocess.Popen`."""

    stdin = None

    def __init__(self, name: str, out: int, err: int, told: int) -> None:
        self.args = [name]
        self.stdout = os.fdopen(out, "rb", 0)
        self.stderr = os.fdopen(err, "rb", 0)
        self.returncode: int | None = None
        self._told = os.fdopen(told, "rb", 0)
        line = self._told.readline()
        if not line:
            self._close(-signal.SIGKILL)
        self.pid = int(line or 0)
        self._line = b""

    def poll(self) -> int | None:
        """Return how it ended, None while it goes on."""
        if self.returncode is None:
            os.set_blocking(self._told.fileno(), False)
            try:
                said = os.read(self._told.fileno(), 64)
            except BlockingIOError:
                return None
            self._line += said
            if self._line.endswith(b"\n"):
                self._close(int(self._line))
            elif not said:  # its leader was killed with it
                self._close(-signal.SIGKILL)
        return self.returncode

    def _close(self, code: int) -> None:
        self.returncode = code
        self._told.close()


_servers: dict[str, Server] = {}


def run(request: Request, loader: str, code: Any, arguments: tuple[Any, ...]) -> Completed:
    """Run a module and return its process when it has ended.

    Args:
        loader: the digest of `own_child`, which the runner keeps.
        code: the same, compiled.
        arguments: those of `own_child.main`.
    """
    environment = request.environ(own_locale=True)
    if not any(name.startswith(_OF_PYTHON) for name in request.env):
        try:
            question = marshal.dumps((arguments, environment))
            child: Any = _server(request, loader).start(question, arguments[0])
        except OSError:  # it was killed: the next one gets a new one
            _servers.clear()
        else:
            if child.pid:
                return request.attend(child)
            _servers.clear()
    fed = marshal.dumps((code, arguments))
    return request.command([sys.executable, "-c", _ALONE], stdin=fed)


_starting = threading.Lock()


def _server(request: Request, loader: str) -> Server:
    with _starting:
        known = _servers.get(loader)
        if known is None or known.owner != os.getpid():  # a detached task is a process of its own
            known = _servers[loader] = Server(request, request.kept(loader))
        return known
