"""The lock of a host: one run at a time works there, from whatever control node; those that look share it.

Every runner holds a shared flock(2) on one file for as long as it lives, and the kernel gives it back
when it dies. The file names who holds it, a line of JSON each. Who finds nobody there gets the exclusive
flock for a moment and begins the file anew; who finds others reads who they are and joins them, if it is of
the same run or all of them only look.

The file is in a directory where everybody may write: links are not followed, and a file that is there is
opened and never made, as the kernel lets nobody make one that is another's (fs.protected_regular).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Line = dict[str, Any]

LONGEST = 64 * 1024  # bytes of the file that are read
MOMENT = 1.0  # seconds in which others write their line
ENDING = 4.0  # seconds in which a runner that is not wanted any more ends its processes

_kept: list[int] = []  # the descriptors that hold the lock until this process ends


def take(wish: dict[str, Any]) -> dict[str, Any]:
    """Take the lock for this process's life.

    `wish` holds `path`, `kind` (shared or exclusive), `over` (tokens of runs that the host was taken away
    from: their runners are ended) and what is told of us: `token`, the same for all runners of a run, `run`,
    `who`, `node`, `since`.

    Returns {} when we have it, {busy: who} when another has it, {unlocked: why} where there can be no lock.
    """
    try:
        file = _open(wish["path"])
    except OSError as error:
        return {"unlocked": "%s: %s" % (wish["path"], error.strerror)}
    try:
        busy = _join(file, wish)
        if busy and _end(file, wish["over"]):
            busy = _join(file, wish)
    except OSError as error:
        os.close(file)
        return {"unlocked": "%s: %s" % (wish["path"], error.strerror)}
    if busy:
        os.close(file)
        return {"busy": busy}
    _kept.append(file)
    return {}


def _open(path: str) -> int:
    """Open the lock's file, made where it is not there, for everybody. Raises OSError."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    for _ in range(10):
        try:
            file = os.open(path, flags)
        except FileNotFoundError:
            try:
                file = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:  # another runner was quicker
                continue
            os.fchmod(file, 0o666)
        about = os.fstat(file)
        if stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
            return file
        os.close(file)
        if about.st_nlink:  # else it was removed just now
            raise OSError(errno.EINVAL, "is no plain file")
    raise OSError(errno.EAGAIN, "comes and goes")


def _join(file: int, wish: dict[str, Any]) -> Line | None:
    """Hold the lock and return None, or return who is in the way."""
    until = time.time() + MOMENT
    while True:
        if _lock(file, fcntl.LOCK_EX):
            os.ftruncate(file, 0)
            _add(file, wish)
            # This is not one step: another may come in between, and then it is its file.
            if _lock(file, fcntl.LOCK_SH) and any(line["pid"] == os.getpid() for line in _lines(file)):
                return None
        elif _lock(file, fcntl.LOCK_SH):
            lines = _lines(file)
            rivals = [line for line in lines if _hinders(line, wish)]
            if lines and not rivals:
                _add(file, wish)
                return None
            fcntl.flock(file, fcntl.LOCK_UN)
            if rivals:
                return rivals[0]
        if time.time() > until:  # a lock that is not of our kind: ours are exclusive for a moment only
            return {"who": "a process that OpsFlow does not know"}
        fcntl.flock(file, fcntl.LOCK_UN)
        time.sleep(0.01)


def _lock(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _hinders(line: Line, wish: dict[str, Any]) -> bool:
    both_look = line.get("kind") == "shared" == wish["kind"]
    return line.get("token") != wish["token"] and not both_look


def _add(file: int, wish: dict[str, Any]) -> None:
    line = {name: wish[name] for name in ("token", "kind", "run", "who", "node", "since")}
    text = json.dumps(dict(line, pid=os.getpid())) + "\n"
    os.lseek(file, 0, os.SEEK_END)
    os.write(file, text.encode("ascii"))


def _lines(file: int) -> list[Line]:
    """Return what is told of those who hold the lock and live."""
    found: list[Line] = []
    for text in os.pread(file, LONGEST, 0).splitlines():
        try:
            line = json.loads(text.decode("ascii"))
            pid = int(line["pid"])
        except (ValueError, KeyError, TypeError):  # anybody may write there
            continue
        if pid > 0 and _is_there(pid):
            found.append(line)
    return found


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _end(file: int, over: list[str]) -> bool:
    """End the runners of runs that lost the host, and tell whether there were any."""
    pids = {line["pid"] for line in _lines(file) if line.get("token") in over}
    ended = [pid for pid in pids if _holds(pid, file) and _ask_to_end(pid)]
    until = time.time() + ENDING
    while ended and time.time() < until:
        time.sleep(0.05)
        ended = [pid for pid in ended if _is_there(pid)]
    return bool(pids)


def _holds(pid: int, file: int) -> bool:
    """Tell whether a process has the file open: what the file says of it, anybody may have written."""
    about = os.fstat(file)
    place = "/proc/%d/fd" % pid
    try:
        for name in os.listdir(place):
            found = os.stat(os.path.join(place, name))
            if (found.st_dev, found.st_ino) == (about.st_dev, about.st_ino):
                return True
    except OSError:  # another user's, or it has ended
        return False
    return False


def _ask_to_end(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGUSR1)
    except OSError:
        return False
    return True
