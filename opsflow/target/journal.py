"""What a run has done here, for the one that goes on with it: nothing is done twice, though nobody was told.

One file for each run, of lines of JSON: `{key, fn, begun, pid}` before a call that must not be made twice,
`{key, fn, changed, result | msg, data}` behind it and behind every call that changed something. Root's are
below /var/lib/opsflow, another user's in a directory of their own below /var/tmp. The run has its file
removed when all that it holds is in the ledger; what nobody has gone on with for a week goes too.
"""

from __future__ import annotations

import json
import os
import stat
import threading
import time

from opsflow.target.request import Cancelled, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

KEPT = 7 * 86400  # seconds
LONGEST = 256 * 1024  # characters of a text that is kept whole
ENDING = 10.0  # seconds in which a process that was left alone comes to its end

_journals: dict[str, Journal | None] = {}
_opening = threading.Lock()


def once(request: Request, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Make a call, unless the request's run has made it before: then return what came of it.

    The result has `_changed_before` where another call of the same task had changed something.
    Raises Fail as the call does, and with {unknown, begun} where it had begun and was broken off.
    """
    op = request.op
    journal = _journal(op["run"])
    if journal is None:
        return call()
    if not op.get("again") and (known := journal.known(op["key"])):
        return _again(known, request)
    if op.get("once"):
        journal.write({"key": op["key"], "fn": request.fn, "begun": time.time(), "pid": os.getpid()})
    try:
        result = call()
    except Cancelled:
        raise
    except Fail as fail:
        if op.get("once"):
            journal.write({"key": op["key"], "fn": request.fn, "msg": fail.msg, "data": _kept(op, fail.data)})
        raise
    if op.get("once") or result.get("changed"):
        kept = _kept(op, result)
        journal.write({"key": op["key"], "fn": request.fn, "changed": _changed(result), "result": kept})
    if journal.changed_before(op["key"]):
        result["_changed_before"] = True
    return result


def forget(runs: list[str]) -> None:
    """Remove the journals of runs."""
    for run in runs:
        journal = _journals.pop(run, None)
        if journal:
            journal.remove()


def _again(known: dict[str, Any], request: Request) -> dict[str, Any]:
    if known["fn"] != request.fn:
        raise Fail("the run that is gone on with did something else here: %s" % known["fn"])
    if "result" in known:
        return dict(known["result"], _changed_before=known["changed"])
    if "msg" in known:
        raise Fail(known["msg"], **known["data"])
    raise Fail("nobody knows how far it came: it was broken off", unknown=True, begun=known["begun"])


def _changed(result: dict[str, Any]) -> bool:
    return bool(result.get("changed"))


def _kept(op: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a result: next to nothing where it is secret."""
    if op.get("secret"):
        return {key: values[key] for key in ("changed", "rc", "failed", "skipped") if key in values}
    return {key: _cut(value) for key, value in values.items()}


def _cut(value: Any) -> Any:
    return value[-LONGEST:] if isinstance(value, str) else value


def _journal(run: str) -> Journal | None:
    """Return a run's journal, None where none can be kept."""
    with _opening:
        if run not in _journals:
            try:
                _journals[run] = _opened(run)
            except OSError:  # no room, or a directory that is not ours: then the host can't know
                _journals[run] = None
        return _journals[run]


def _opened(run: str) -> Journal:
    try:
        return Journal(run)
    except FileNotFoundError:  # another runner has removed the directory under our hands
        return Journal(run)


class Journal:
    """The file of one run, for one user."""

    def __init__(self, run: str) -> None:
        directory = _directory()
        _forget_old(directory)
        self.path = os.path.join(directory, os.path.basename(run) + ".jsonl")
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        self.file = os.open(self.path, flags, 0o600)
        self.lines: dict[str, dict[str, Any]] = {}
        self.changed: set[str] = set()
        self.read()

    def read(self) -> None:
        """Read what was written before us; the last line of a call counts, a broken one does not."""
        with open(self.path, encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except ValueError:
                    continue
                self.lines[line["key"]] = line
                if line.get("changed"):
                    self.changed.add(_task(line["key"]))

    def known(self, key: str) -> dict[str, Any] | None:
        """Return what is known of a call of an earlier process, waiting for one that is ending still."""
        line = self.lines.get(key)
        until = time.time() + ENDING
        while line and "begun" in line and _is_alive(line["pid"]) and time.time() < until:
            time.sleep(0.05)
            self.read()
            line = self.lines.get(key)
        return line

    def changed_before(self, key: str) -> bool:
        """Tell whether an earlier process had changed something in the task of a call."""
        return _task(key) in self.changed

    def write(self, line: dict[str, Any]) -> None:
        """Add a line. What can't be written is not known afterwards, and no reason to fail."""
        text = json.dumps(line, separators=(",", ":"))
        try:
            os.write(self.file, ("\n%s\n" % text).encode())  # the line before may be torn by a full disk
        except OSError:
            pass  # as the docstring says

    def remove(self) -> None:
        """Remove the file, and the directory where it was the last one."""
        os.close(self.file)
        try:
            os.unlink(self.path)
            os.rmdir(os.path.dirname(self.path))
        except OSError:
            pass  # another runner of the same user was quicker, or has one of its own there


def _task(key: str) -> str:
    return key.split(".", 1)[0]


def _is_alive(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _directory() -> str:
    """Return the directory of our journals, made where it is not there. Raises OSError if it is not ours."""
    user = os.geteuid()
    path = "/var/lib/opsflow/journal" if user == 0 else "/var/tmp/opsflow-%d" % user
    os.makedirs(path, 0o700, exist_ok=True)
    about = os.lstat(path)
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != user or about.st_mode & 0o022:
        raise PermissionError("%s is not ours alone" % path)
    return path


def _forget_old(directory: str) -> None:
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        try:
            if time.time() - os.lstat(path).st_mtime > KEPT:
                os.unlink(path)
        except OSError:
            continue  # another runner removes it
