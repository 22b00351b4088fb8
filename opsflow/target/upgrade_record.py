"""What an upgrade wrote down on its host: how it was before, what was done, how it ended.

A record is a folder below /var/lib/opsflow/transactions, for root alone: `record.json`, the old versions of
packages (`trees`, `archives`) and of configuration files (`conffiles`). It is written before the first
change, so that whatever comes between can be undone by what is there.
"""

from __future__ import annotations

import json
import os
import shutil
import time

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACE = "/var/lib/opsflow/transactions"
KEPT = 50  # records that stay
UNDOABLE = 2  # of them with old versions: those cost the space of the files that were replaced
OLD_VERSIONS = ("trees", "archives")
OLD_CONFFILES = ("conffiles", "conffiles.replaced")

CHANGING = "changing"
RELEASE = "changing the release"
DONE = "done"
FAILED = "failed"
ROLLING_BACK = "rolling back"
ROLLED_BACK = "rolled back"
BROKEN = "broken"


class Record:
    """One upgrade. `data` is what `record.json` holds: see `begin`."""

    def __init__(self, name: str, data: dict[str, Any]) -> None:
        self.name = name
        self.folder = os.path.join(PLACE, name)
        self.conffiles = os.path.join(self.folder, "conffiles")
        self.data = data

    @property
    def state(self) -> str:
        found: str = self.data["state"]
        return found

    def explains(self, now: dict[str, str]) -> bool:
        """Tell whether versions are those of before or what was planned: nobody else changed any since."""
        before, expected = self.data["before"]["versions"], self.data["expected"]
        return all(
            now.get(label) in (before.get(label), expected.get(label, before.get(label)))
            for label in {*now, *before}
        )

    def save(self, **changed: Any) -> None:
        """Write the record, with changes, in one step and for good."""
        self.data.update(changed)
        path = os.path.join(self.folder, "record.json")
        with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.data, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(path + ".new", path)

    def end(self, state: str, reason: str = "", **changed: Any) -> None:
        """Say how it ended. What was undone needs its old versions no more: they are installed."""
        self.save(state=state, reason=reason, ended=time.time(), **changed)
        if state == ROLLED_BACK:
            _forget(self.name, OLD_VERSIONS)


def begin(run: str, before: dict[str, Any]) -> Record:
    """Return a new record, or the one of an upgrade that was interrupted: that one is taken up again.

    Not so where packages were changed by others since: undoing that one would undo their work.

    Args:
        run: which run upgrades.
        before: `versions`, `automatic`, `held` and failed `units`, as they are. What an interrupted upgrade
            had found before it began counts more.
    """
    left = latest()
    if left is not None and left.state == CHANGING:
        if left.explains(before["versions"]):
            left.save(run=run, resumed=time.time())
            return left
        left.end(FAILED, "it was interrupted, and packages were changed by others since")
    return create(run, before, CHANGING)


def create(run: str, before: dict[str, Any], state: str, **more: Any) -> Record:
    """Return a new record, in which nothing has been changed yet."""
    name = "%s-%s" % (time.strftime("%Y%m%d-%H%M%S"), os.urandom(2).hex())
    record = Record(
        name, {"name": name, "run": run, "state": state, "started": time.time(), "before": before}
    )
    os.makedirs(record.folder, 0o700)
    record.save(conffiles=[], secured={}, stanzas={}, added=[], expected={}, **more)
    _forget_old()
    return record


def latest() -> Record | None:
    """Return the newest record."""
    return next((found for found in map(_read, reversed(_names())) if found), None)


def of_release() -> Record | None:
    """Return the newest record of an upgrade to another release, which has a `release`."""
    return next((found for found in reversed(every()) if found.data.get("release")), None)


def every() -> list[Record]:
    """Return all records, the oldest first."""
    return [found for found in map(_read, _names()) if found]


def find(name: str = "", run: str = "") -> Record | None:
    """Return the record of that name, else the newest of a run or of all; None where there is none.

    Raises Fail for a name that is not known.
    """
    records = reversed(every())
    if name:
        found = next((one for one in records if one.name == name), None)
        if found is None:
            raise Fail("this host has no record of an upgrade '%s'" % name, known=_names()[-5:])
        return found
    return next((one for one in records if one.data["run"].startswith(run)), None)


def _names() -> list[str]:
    if not os.path.isdir(PLACE):
        return []
    return sorted(entry.name for entry in os.scandir(PLACE) if entry.is_dir())


def _read(name: str) -> Record | None:
    """Return a record; None for a folder that was made a moment before its host went down."""
    try:
        with open(os.path.join(PLACE, name, "record.json")) as file:
            return Record(name, json.load(file))
    except (FileNotFoundError, ValueError):
        return None


def _forget_old() -> None:
    """Remove the oldest records, and the old versions of all but the newest."""
    names = _names()
    for name in names[:-KEPT]:
        shutil.rmtree(os.path.join(PLACE, name))
    for name in names[:-UNDOABLE]:
        _forget(name, OLD_VERSIONS + OLD_CONFFILES)


def _forget(name: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        shutil.rmtree(os.path.join(PLACE, name, part), ignore_errors=True)
