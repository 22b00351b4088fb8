"""Work that outlives its connection: a process of its own does it, whoever is connected watches.

A work is a folder below /var/lib/opsflow/work, for root alone: `work` (JSON: what is done, for whom, since
when), `events` (a line of JSON each, as they come) and at the end `result`. The process holds a lock until
it ends, so at most one work is under way on a host, and a second control node finds it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
import traceback

from opsflow.target.request import Cancelled, Fail, Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, BinaryIO

PLACE = "/var/lib/opsflow/work"
KEPT = 10  # works whose records stay
PAUSE = 0.05  # seconds between two looks


def begin(request: Request, function: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Begin a request's function in a process of its own.

    Returns {work} that goes on: this one, also when it had begun already and the answer was lost, or the one
    that another control node has begun and that has to end first (with `owner` and `started`).
    """
    work = request.detach["work"]
    if os.geteuid() != 0:
        raise Fail("only root may do this: set 'become: yes'")
    os.makedirs(PLACE, 0o700, exist_ok=True)
    if os.path.exists(_path(work, "work")):
        return {"work": work}
    lock = os.open(os.path.join(PLACE, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return _current()
    try:
        _begin(request, function, lock)
    finally:
        os.close(lock)  # our end: the process has its own, and the lock with it
    return {"work": work}


def follow(request: Request, work: str, seen: int = 0, own: bool = True) -> dict[str, Any]:
    """Tell the events of a work from byte `seen` on, as they come, and return its result when it has ended.

    Cancelled by a person it ends the work and its processes first, where the work is that person's `own`; a
    connection that is lost ends only us.
    Raises Fail with the result's own message, and where the work ended without any.
    """
    try:
        with open(_path(work, "events"), "rb") as events:
            events.seek(seen)
            while True:
                over = not _alive(work)
                _tell(request, events)
                if over:
                    return _result(work)
                request.raise_if_cancelled()
                time.sleep(PAUSE)
    except Cancelled:
        if own and not request.runner.gone:
            _stop(work)
        raise
    except FileNotFoundError:
        raise Fail("the host knows no work '%s': was it set up anew?" % work) from None


def _begin(request: Request, function: Callable[..., dict[str, Any]], lock: int) -> None:
    work = request.detach["work"]
    os.makedirs(_path(work, ""), 0o700, exist_ok=True)  # a runner that died here has left it
    open(_path(work, "events"), "wb").close()
    about = {"work": work, "owner": request.detach["owner"], "fn": request.fn, "started": time.time()}
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _daemon(request, function, about, lock, writer)
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    os.read(reader, 1)  # until it is on its own and has said so
    os.close(reader)
    _forget_old()


def _daemon(
    request: Request, function: Callable[..., dict[str, Any]], about: dict[str, Any], lock: int, ready: int
) -> None:
    """Leave the runner's session, do the work, write down what comes of it."""
    os.setsid()
    if os.fork():
        return
    _let_go({lock, ready})
    work = about["work"]
    _scope(request, work)
    _write(_path(work, "work"), dict(about, pid=os.getpid()))
    _write(os.path.join(PLACE, "current"), {"work": work})
    os.write(ready, b".")
    os.close(ready)
    result = _done(_Watched(request, _path(work, "events")), function)
    _write(_path(work, "result"), result)


def _let_go(kept: set[int]) -> None:
    """Close all files of the runner: the connection ends when nobody holds it."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                continue  # the one that listed the folder


def _scope(request: Request, work: str) -> None:
    """Move this process from the session of a login, whose end may end it, to a unit of its own.

    Source: systemd's D-Bus interface, as `systemd-run --scope` uses it. A host without systemd has no such
    sessions either, so that nothing depends on it.
    """
    manager = "org.freedesktop.systemd1"
    call = ["busctl", "call", manager, "/org/freedesktop/systemd1", manager + ".Manager"]
    unit = ["StartTransientUnit", "ssa(sv)a(sa(sv))", "opsflow-%s.scope" % work, "fail"]
    if os.path.isdir("/run/systemd/system"):
        try:
            request.command(call + unit + ["1", "PIDs", "au", "1", str(os.getpid()), "0"], timeout=5)
        except Fail:
            return


class _Watched(Request):
    """A request whose events go to a file."""

    def __init__(self, request: Request, path: str) -> None:
        header = {"id": request.id, "fn": request.fn, "args": request.args}
        Request.__init__(self, request.runner, header, request.payload)
        self.env = request.env
        self.diff = request.diff
        self.events = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.stop = path[: -len("events")] + "stop"

    def event(self, kind: str, **data: Any) -> None:
        """Write an event where whoever follows reads it."""
        os.write(self.events, json.dumps(dict(data, type=kind)).encode("ascii") + b"\n")

    def raise_if_cancelled(self) -> None:
        """Look for the wish of a person as well."""
        if not self.cancelled and os.path.exists(self.stop):
            self.cancel()
        Request.raise_if_cancelled(self)


def _done(request: Request, function: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    try:
        return {"ok": function(request, **request.args)}
    except Fail as fail:
        return {"msg": fail.msg, "data": fail.data}
    except Cancelled:
        return {"msg": "it was stopped", "data": {}}
    except BaseException as error:
        return {"msg": str(error), "data": {"exception": traceback.format_exc()}}


def _result(work: str) -> dict[str, Any]:
    try:
        with open(_path(work, "result"), encoding="ascii") as file:
            found = json.load(file)
    except FileNotFoundError:
        told = "the work ended without a result: its process was killed, or the host went down"
        raise Fail(told, broken_off=True) from None
    if "ok" not in found:
        raise Fail(found["msg"], **found["data"])
    result: dict[str, Any] = found["ok"]
    return result


def _tell(request: Request, events: BinaryIO) -> None:
    while True:
        line = events.readline()
        if not line.endswith(b"\n"):
            events.seek(-len(line), os.SEEK_CUR)  # half a line: the rest is yet to come
            return
        event = json.loads(line.decode("ascii"))
        request.event(event.pop("type"), seen=events.tell(), **event)


def _stop(work: str) -> None:
    """Ask a work to end, and wait until it has."""
    open(_path(work, "stop"), "wb").close()
    while _alive(work):
        time.sleep(PAUSE)


def _alive(work: str) -> bool:
    """Tell whether a work's process is there still: it holds the lock, and the current work is this one."""
    if _current()["work"] != work:
        return False
    with open(os.path.join(PLACE, "lock"), "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def _current() -> dict[str, Any]:
    """Return what is known of the work that began last."""
    try:
        with open(os.path.join(PLACE, "current"), encoding="ascii") as file:
            work: str = json.load(file)["work"]
        with open(_path(work, "work"), encoding="ascii") as file:
            about: dict[str, Any] = json.load(file)
    except (FileNotFoundError, ValueError):
        return {"work": ""}
    return about


def _forget_old() -> None:
    folders = [entry.path for entry in os.scandir(PLACE) if entry.is_dir()]
    for path in sorted(folders, key=os.path.getmtime)[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def _path(work: str, name: str) -> str:
    if not work or os.path.basename(work) != work:
        raise Fail("'%s' names no work" % work)
    return os.path.join(PLACE, work, name)


def _write(path: str, data: dict[str, Any]) -> None:
    """Write a file in one step, and for good."""
    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path + ".new", path)
