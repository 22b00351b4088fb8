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
import signal
import struct
import sys
import threading
import time
import traceback
import zlib

from opsflow.target import loader
from opsflow.target.request import KILL_GRACE, Cancelled, Fail, Request, with_sbin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

    Frame = tuple[dict[str, Any], bytes]

ONCE_GRACE = 3.0  # seconds that a command has to end by itself when the connection is gone
FLIGHTS_KEPT = 100  # that have ended: a call of one may still be on its way


class Superseded(Exception):
    """The host was taken away from our run: see `opsflow.target.hold`."""


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
