"""The program that runs on a host: reads requests from its standard input, answers on its output.

It is sent through an SSH channel and started with `python3 -I -S`; nothing is written to disk. A frame is
two big-endian 32-bit lengths, a JSON header and a raw payload. Each request runs in a thread of its own, so
several are in flight; its child processes are sessions of their own, so that they can be killed whole.

    control node → host   call {id, fn, args, opt, code, keep, flight}   data {id} + bytes   cancel {id}
                          drop {flight}   forget {runs}
    host → control node   ready {…}   event {id, event}   data {id} + bytes
                          done {id, result}   fail {id, msg, data}   crash {id, trace}   dropped {id}

Calls of one flight [number, step, stops] are done in one thread, one behind the other. When one fails
that `stops` the others, those with later steps are dropped: they are never begun.

`code` holds sources of modules that are new to the runner, `keep` other contents that functions will ask
for by their digest.

When the input ends (the connection is gone) every child process is killed and the runner ends.
"""

from __future__ import annotations

import binascii
import collections
import json
import os
import queue
import selectors
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
import zlib

from opsflow.target import loader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, BinaryIO

    Frame = tuple[dict[str, Any], bytes]

CHUNK = 256 * 1024
KILL_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
ONCE_GRACE = 3.0  # seconds that a command has to end by itself when the connection is gone
FLIGHTS_KEPT = 100  # that have ended: a call of one may still be on its way
MAX_OUTPUT = 64 * 1024 * 1024  # bytes of one stream of one command that are kept


class Fail(Exception):
    """The request failed: a message for a person, and values for the task's result."""

    def __init__(self, msg: str, **data: Any) -> None:
        Exception.__init__(self, msg)
        self.msg = msg
        self.data = data


class Cancelled(Exception):
    """The control node does not want this request any more."""


class Superseded(Exception):
    """The host was taken away from our run: see `opsflow.target.hold`."""


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
    pause = 0.0005
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


class Flight:
    """Requests that are done one behind the other, in a thread that ends when none is left."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.lock = threading.Lock()
        self.waiting: collections.deque[tuple[Request, int, bool]] = collections.deque()
        self.works = False
        self.step = 0  # that is being done
        self.last = sys.maxsize  # the last step of which anything is begun

    def add(self, request: Request, step: int, stops: bool) -> None:
        with self.lock:
            self.waiting.append((request, step, stops))
            if self.works:
                return
            self.works = True
        threading.Thread(target=self.work, daemon=True).start()

    def drop(self) -> None:
        """Begin no further step; of the one that is being done all is done."""
        with self.lock:
            self.last = min(self.last, self.step)

    def work(self) -> None:
        while True:
            with self.lock:
                if not self.waiting:
                    self.works = False
                    return
                request, step, stops = self.waiting.popleft()
                self.step = max(self.step, min(step, self.last))
            if step > self.last or self.runner.ending:
                self.runner.drop(request)
            elif not self.runner.answer(request) and stops:
                self.last = min(self.last, step)


class Runner:
    """Reads frames, runs requests, writes frames."""

    def __init__(self, source: BinaryIO, sink: int) -> None:
        self.source = source
        self.sink = sink
        self.lock = threading.Lock()
        self.requests: dict[int, Request] = {}
        self.kept: dict[str, bytes] = {}
        self.flights: dict[int, Flight] = {}
        self.ending = False  # nothing of a flight begins any more
        self.gone = False  # the connection: what is cancelled now is cancelled by nobody

    def send(self, header: dict[str, Any], payload: bytes = b"") -> None:
        head = json.dumps(header, separators=(",", ":")).encode("ascii")
        data = struct.pack(">II", len(head), len(payload)) + head + payload
        with self.lock:
            view = memoryview(data)
            while view:
                view = view[os.write(self.sink, view) :]

    def receive(self) -> Frame | None:
        try:
            lengths = self.source.read(8)
        except OSError:  # a terminal that is gone
            return None
        if len(lengths) < 8:
            return None
        head, size = struct.unpack(">II", lengths)
        header = self.source.read(head)
        payload = self.source.read(size) if size else b""
        if len(header) < head or len(payload) < size:
            return None
        return json.loads(header.decode("ascii")), payload

    def serve(self) -> None:
        """Answer requests until the input ends, or the host is another run's; then kill what is left."""
        try:
            while True:
                frame = self.receive()
                if frame is None:
                    break
                self.take(*frame)
        except Superseded:
            self.ending = True
            signal.signal(signal.SIGUSR1, _ignore)
        else:
            self.ending = True
            self.wait_for_once()
        self.gone = True
        for left in list(self.requests.values()):
            left.cancel()
        until = time.time() + KILL_GRACE
        while self.requests and time.time() < until:  # they remove their temporary files now
            time.sleep(0.01)

    def wait_for_once(self) -> None:
        """Let what must not be done twice come to its end if that is near: a run that goes on then knows."""
        until = time.time() + ONCE_GRACE
        while time.time() < until and any(
            request.begun and request.op.get("once") for request in list(self.requests.values())
        ):
            time.sleep(0.01)

    def take(self, header: dict[str, Any], payload: bytes) -> None:
        """Take a frame: begin a request, or hand on what one that goes on is told."""
        if header["k"] == "call":
            loader.load(header.get("code") or {})
            self.keep(header.get("keep") or {})
            request = self.requests[header["id"]] = Request(self, header, payload)
            if "flight" in header:
                self.take_off(request, *header["flight"])
            else:
                threading.Thread(target=self.answer, args=(request,), daemon=True).start()
            return
        if header["k"] == "drop":
            if header["flight"] in self.flights:
                self.flights[header["flight"]].drop()
            return
        if header["k"] == "forget":
            sys.modules["opsflow.target.journal"].forget(header["runs"])
            return
        known = self.requests.get(header["id"])
        if known is None:
            return
        if header["k"] == "data":
            known.feed(payload)
        else:
            threading.Thread(target=known.cancel, daemon=True).start()

    def take_off(self, request: Request, number: int, step: int, stops: bool) -> None:
        """Begin a request when those before it in its flight have ended."""
        if number not in self.flights:
            ended = [one for one, flight in self.flights.items() if not flight.works]
            for one in ended[:-FLIGHTS_KEPT]:
                del self.flights[one]
            self.flights[number] = Flight(self)
        self.flights[number].add(request, step, stops)

    def drop(self, request: Request) -> None:
        """Say that a request was never begun."""
        request.ended = True
        del self.requests[request.id]
        try:
            self.send({"k": "dropped", "id": request.id})
        except OSError:
            pass  # the connection is gone

    def keep(self, contents: dict[str, str]) -> None:
        """Keep contents for later requests, by their digests."""
        for digest, packed in contents.items():
            self.kept[digest] = zlib.decompress(binascii.a2b_base64(packed))

    def answer(self, request: Request) -> bool:
        """Do what is asked for and send what came of it; tell whether it went well."""
        module, name = request.fn.rsplit(".", 1)
        request.begun = True
        reply: dict[str, Any]
        try:
            request.raise_if_cancelled()
            function = getattr(sys.modules["opsflow.target." + module], name)
            call = _call(request, function)
            journal = sys.modules["opsflow.target.journal"] if request.op else None
            reply = {"k": "done", "result": journal.once(request, call) if journal else call()}
        except Fail as fail:
            reply = {"k": "fail", "msg": fail.msg, "data": fail.data}
        except Cancelled:
            reply = {"k": "gone"} if self.gone else {"k": "fail", "msg": "cancelled", "data": {}}
        except OSError as error:
            place = ": '%s'" % error.filename if error.filename else ""
            reply = {
                "k": "fail",
                "msg": "%s%s" % (error.strerror or error, place),
                "data": {"errno": error.errno},
            }
        except BaseException:
            reply = {"k": "crash", "trace": traceback.format_exc()}
        request.ended = True
        del self.requests[request.id]
        if reply["k"] == "gone":
            return False  # who asked is not there, even where our output still leads somewhere
        reply["id"] = request.id
        try:
            self.send(reply)
        except OSError:
            pass  # the connection is gone: `serve` sees the end of the input and ends the process
        except (TypeError, ValueError) as error:
            self.send({"k": "crash", "id": request.id, "trace": "the result can't be sent: %s" % error})
            return False
        return reply["k"] == "done" and _is_well(reply["result"])


def _is_well(result: dict[str, Any]) -> bool:
    """Tell whether a result is none of a failure, as the control node sees it."""
    return not result.get("failed", result.get("rc") not in (None, 0))


def _call(request: Request, function: Callable[..., dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Return what does a request's work, here or in a process that outlives the connection."""
    if request.detach:
        detached = sys.modules["opsflow.target." + request.detach["by"]]
        return lambda: detached.begin(request, function)
    return lambda: function(request, **request.args)


def _ignore(number: int, frame: object) -> None:
    """Take a signal without being ended by it; children do not inherit this, as they would SIG_IGN."""


def _superseded(number: int, frame: object) -> None:
    raise Superseded()


def with_sbin(path: str) -> str:
    """Return a PATH that also leads to the tools of administrators, which `su` and plain logins leave out."""
    places = path.split(":")
    wanted = ("/usr/local/sbin", "/usr/sbin", "/sbin")
    return ":".join(places + [place for place in wanted if place not in places])


def main() -> None:
    """Serve on the process's own input and output, which its children never see.

    The first argument of the command, if any, is what `hold.take` is to take before anything else is done.
    """
    os.environ["PATH"] = with_sbin(os.environ.get("PATH") or os.defpath)
    # A terminal that hangs up must not end us before our children are killed.
    signal.signal(signal.SIGHUP, _ignore)
    sink = os.dup(1)
    source = os.fdopen(os.dup(0), "rb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    runner = Runner(source, sink)
    hold: dict[str, Any] = {}
    if sys.argv[1:]:
        hold = sys.modules["opsflow.target.hold"].take(json.loads(sys.argv[1]))
    version = list(sys.version_info[:3])
    runner.send({"k": "ready", "pid": os.getpid(), "uid": os.getuid(), "python": version, "hold": hold})
    if not hold.get("busy"):
        signal.signal(signal.SIGUSR1, _superseded)
        runner.serve()
    os._exit(0)
