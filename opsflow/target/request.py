"""A request of the control node, and what its function may use: commands, events, pieces of files."""

from __future__ import annotations

import os
import queue
import selectors
import signal
import subprocess
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, BinaryIO

    from opsflow.target.runner import Runner

CHUNK = 256 * 1024
KILL_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
MAX_OUTPUT = 64 * 1024 * 1024  # bytes of one stream of one command that are kept


class Fail(Exception):
    """The request failed: a message for a person, and values for the task's result."""

    def __init__(self, msg: str, **data: Any) -> None:
        Exception.__init__(self, msg)
        self.msg = msg
        self.data = data


class Cancelled(Exception):
    """The control node does not want this request any more."""


class Completed:
    """A finished command: exit code (negative: the signal that ended it), output and error text."""

    def __init__(self, argv: Any, rc: int, stdout: str, stderr: str, start: float, end: float) -> None:
        self.argv = argv
        self.rc = rc
        self.stdout = stdout
        self.stderr = stderr
        self.start = start
        self.end = end

    def check(self, what: str) -> Completed:
        """Return self; raise Fail saying that `what` failed when the exit code is not 0."""
        if self.rc == 0:
            return self
        detail = (self.stderr.strip() or self.stdout.strip()).splitlines()
        tail = ": " + detail[-1] if detail else ""
        raise Fail(
            "%s failed with exit code %d%s" % (what, self.rc, tail),
            cmd=self.argv,
            rc=self.rc,
            stdout=self.stdout,
            stderr=self.stderr,
        )


class Request:
    """One request, and what its function may use: commands, events, chunks of files."""

    def __init__(self, runner: Runner, header: dict[str, Any], payload: bytes) -> None:
        self.runner = runner
        self.id: int = header["id"]
        self.fn: str = header["fn"]
        self.args: dict[str, Any] = header["args"]
        opt: dict[str, Any] = header.get("opt") or {}
        self.check: bool = opt.get("check", False)
        self.diff: bool = opt.get("diff", False)
        self.record: int = opt.get("record", 0)  # bytes of changed files that may be told of
        self.env: dict[str, str] = opt.get("env") or {}
        self.detach: dict[str, Any] = opt.get("detach") or {}
        self.op: dict[str, Any] = opt.get("op") or {}
        self.quiet = False
        self.payload = payload
        self.chunks: queue.Queue[bytes] = queue.Queue(16)
        self.children: set[subprocess.Popen[bytes]] = set()
        self.cancelled = False
        self.begun = False
        self.ended = False

    def kept(self, digest: str) -> bytes:
        """Return a content that came with this request or an earlier one."""
        return self.runner.kept[digest]

    def event(self, kind: str, **data: Any) -> None:
        """Tell the control node something while the request runs, such as progress."""
        if not self.quiet:
            self.runner.send({"k": "event", "id": self.id, "event": dict(data, type=kind)})

    def send_chunk(self, data: bytes) -> None:
        """Send a piece of a file to the control node."""
        self.raise_if_cancelled()
        self.runner.send({"k": "data", "id": self.id}, data)

    def receive_chunks(self) -> Iterable[bytes]:
        """Yield the pieces of a file that the control node sends, until its end."""
        while True:
            chunk = self.chunks.get()
            self.raise_if_cancelled()
            if not chunk:
                return
            yield chunk

    def feed(self, chunk: bytes) -> None:
        """Hand a piece that arrived to the function, waiting while it is behind, as long as it runs."""
        while not self.ended:
            try:
                self.chunks.put(chunk, timeout=0.1)
                return
            except queue.Full:
                continue

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled()

    def environ(self, extra: Mapping[str, str] | None = None, own_locale: bool = False) -> dict[str, str]:
        """Return the environment for a child process: this one's, the task's, then `extra`.

        Programs speak plain English, as modules read what they say; with `own_locale` the language that the
        task's environment sets, if any: what a person runs is for that person.
        """
        plain = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "LANGUAGE": "C"}
        env = dict(os.environ)
        for part in (plain, self.env) if own_locale else (self.env, plain):
            env.update(part)
        env.update(extra or {})
        return env

    def command(
        self,
        argv: Any,
        stdin: bytes | None = None,
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
        shell: bool = False,
        executable: str | None = None,
        on_line: Callable[[str, str], None] | None = None,
        pass_fds: tuple[int, ...] = (),
        own_locale: bool = False,
    ) -> Completed:
        """Run a command in a session of its own and return it when it has finished.

        `argv` is a list of arguments, or a string for `shell=True`. `on_line(stream, line)` is called for
        each line as it comes. The whole process group is killed when the request is cancelled and after
        `timeout` seconds; Fail is raised then, and when the command can't be started.
        """
        self.raise_if_cancelled()
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=self.environ(env, own_locale),
                shell=shell,
                executable=executable,
                start_new_session=True,
                pass_fds=pass_fds,
            )
        except OSError as error:
            raise Fail(
                "cannot run %s: %s" % (_shown(argv), error.strerror),
                cmd=argv,
                rc=error.errno,
                stdout="",
                stderr="",
            ) from error
        return self.attend(child, stdin, timeout, on_line)

    def attend(
        self,
        child: subprocess.Popen[bytes],
        stdin: bytes | None = None,
        timeout: float | None = None,
        on_line: Callable[[str, str], None] | None = None,
    ) -> Completed:
        """Feed and read a process in a group of its own, and return it when it has ended: see `command`."""
        start = time.time()
        self.children.add(child)
        try:
            out, err = _communicate(self, child, stdin, timeout and start + timeout, on_line)
        except BaseException:
            kill_group(child)
            raise
        finally:
            self.children.discard(child)
        return Completed(child.args, child.returncode, out, err, start, time.time())

    def cancel(self) -> None:
        """End the request: its processes now, its Python at the next point that looks."""
        self.cancelled = True
        for child in list(self.children):
            kill_group(child)
        try:
            self.chunks.put_nowait(b"")
        except queue.Full:
            pass


def with_sbin(path: str) -> str:
    """Return a PATH that also leads to the tools of administrators, which `su` and plain logins leave out."""
    places = path.split(":")
    wanted = ("/usr/local/sbin", "/usr/sbin", "/sbin")
    return ":".join(places + [place for place in wanted if place not in places])


def _shown(argv: Any) -> str:
    return argv if isinstance(argv, str) else str(argv[0])


def _communicate(
    request: Request,
    child: subprocess.Popen[bytes],
    stdin: bytes | None,
    deadline: float | None,
    on_line: Callable[[str, str], None] | None,
) -> tuple[str, str]:
    """Feed and read a child until it has ended and its output is read.

    A daemon that keeps the pipes open does not hold us: once the child has ended, what is there is read
    and no more is waited for.
    """
    selector = selectors.DefaultSelector()
    streams = {"stdout": _Stream("stdout", on_line), "stderr": _Stream("stderr", on_line)}
    for pipe, stream in ((child.stdout, streams["stdout"]), (child.stderr, streams["stderr"])):
        assert pipe is not None
        os.set_blocking(pipe.fileno(), False)
        selector.register(pipe, selectors.EVENT_READ, stream)
    pending = memoryview(stdin or b"")
    if child.stdin is not None:
        os.set_blocking(child.stdin.fileno(), False)
        selector.register(child.stdin, selectors.EVENT_WRITE, None)
    pause, ended = 0.005, False
    while selector.get_map():
        ready = selector.select(0 if ended else pause)
        for key, _ in ready:
            pipe: Any = key.fileobj
            if key.data is None:
                pending = _feed(selector, child.stdin, pending)
            elif not key.data.read(pipe):
                selector.unregister(pipe)
                pipe.close()
        if ready:
            pause = 0.005
        elif ended:
            break
        else:  # what it wrote at last may have come since we looked
            ended = child.poll() is not None
            pause = min(pause * 2, 0.1)
        if deadline and time.time() > deadline:
            kill_group(child)
            raise Fail("the command was stopped after its time limit", cmd=child.args, rc=-signal.SIGKILL)
        request.raise_if_cancelled()
    for key in list(selector.get_map().values()):
        left: Any = key.fileobj
        left.close()
    selector.close()
    _wait(request, child, deadline)
    return streams["stdout"].text(), streams["stderr"].text()


def _wait(request: Request, child: subprocess.Popen[bytes], deadline: float | None) -> None:
    pause = 0.0001  # it has closed its output: mostly it is ending at this very moment
    while child.poll() is None:
        time.sleep(pause)
        pause = min(pause * 2, 0.05)
        request.raise_if_cancelled()
        if deadline and time.time() > deadline:
            kill_group(child)
            raise Fail("the command was stopped after its time limit", cmd=child.args, rc=-signal.SIGKILL)


def _feed(selector: selectors.BaseSelector, pipe: Any, pending: memoryview) -> memoryview:
    try:
        pending = pending[os.write(pipe.fileno(), pending) :]
    except BrokenPipeError:
        pending = memoryview(b"")
    if not pending:
        selector.unregister(pipe)
        pipe.close()
    return pending


class _Stream:
    """One output stream of a child: keeps its bytes, hands on its lines."""

    def __init__(self, name: str, on_line: Callable[[str, str], None] | None) -> None:
        self.name = name
        self.on_line = on_line
        self.chunks: list[bytes] = []
        self.size = 0
        self.partial = b""

    def read(self, pipe: BinaryIO) -> bool:
        """Read what is there; return False at the end of the stream."""
        data = os.read(pipe.fileno(), 65536)
        if self.size < MAX_OUTPUT:
            self.chunks.append(data)
            self.size += len(data)
        if self.on_line:
            lines = (self.partial + data).split(b"\n")
            self.partial = lines.pop()
            if not data and self.partial:
                lines.append(self.partial)
            for line in lines:
                self.on_line(self.name, line.decode("utf-8", "replace"))
        return bool(data)

    def text(self) -> str:
        return b"".join(self.chunks).decode("utf-8", "surrogateescape")


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """End a child and all of its process group: SIGTERM, then SIGKILL after a grace period."""
    for signum in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, signum)
        except OSError:
            break
        if _group_gone(child):
            break
    child.poll()


def _group_gone(child: subprocess.Popen[bytes]) -> bool:
    until = time.time() + KILL_GRACE
    while time.time() < until:
        child.poll()
        try:
            os.killpg(child.pid, 0)
        except OSError:
            return True
        time.sleep(0.02)
    return False
