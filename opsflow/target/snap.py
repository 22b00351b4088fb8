"""Snaps, by the program snap."""

from __future__ import annotations

import json
import re

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Installed = dict[str, dict[str, str]]

_COLUMNS: tuple[str, ...] = ("name", "version", "revision", "channel", "publisher", "notes")
_OPTION = re.compile(r"(?:(?P<snap>[^\s:=]+):)?(?P<key>[^\s=]+)\s*=\s*(?P<value>.+)")


def run(request: Request, name: list[str], state: str, **want: Any) -> dict[str, Any]:
    """Bring snaps to a state."""
    snap = Snap(request)
    result: dict[str, Any] = {"changed": False}
    if state == "present":
        _present(snap, name, want, result)
        result.update(channel=want.get("channel", "stable"), classic=want["classic"])
        result["revision"] = want.get("revision")
        return result
    installed = snap.installed()
    verb, told, meant = _ACTIONS[state]
    chosen = [one for one in name if meant(installed.get(one))]
    if state != "absent":
        lacking = [one for one in name if one not in installed]
        if lacking:
            raise Fail("these snaps are not installed: %s" % ", ".join(lacking))
    if chosen:
        snap.change([verb, *chosen])
        result.update({"changed": True, told: chosen, "cmd": snap.told})
    return result


def _there(row: dict[str, str] | None) -> bool:
    return row is not None


def _off(row: dict[str, str] | None) -> bool:
    return row is not None and "disabled" in row["notes"].split(",")


def _on(row: dict[str, str] | None) -> bool:
    return row is not None and not _off(row)


_ACTIONS = {
    "absent": ("remove", "snaps_removed", _there),
    "enabled": ("enable", "snaps_enabled", _off),
    "disabled": ("disable", "snaps_disabled", _on),
}


class Snap:
    """The program snap, and what it was told to change."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.program = need(request, "snap", "snapd")
        self.calls: list[str] = []

    @property
    def told(self) -> str:
        return "; ".join(self.calls)

    def call(self, *words: str) -> Completed:
        return self.request.command([self.program, *words])

    def installed(self) -> Installed:
        """Return the snaps that are there, with the columns of `snap list`."""
        done = self.call("list")
        lines = done.stdout.splitlines()[1:] if done.rc == 0 else []
        rows: list[dict[str, str]] = [
            dict(zip(_COLUMNS, line.split())) for line in lines if len(line.split()) >= len(_COLUMNS)
        ]
        return {row["name"]: row for row in rows}

    def change(self, words: list[str]) -> None:
        """Change something, but not in check mode. Raises Fail."""
        self.calls.append(" ".join(["snap", *words]))
        if self.request.check:
            return
        done = self.call(*words)
        if done.rc != 0:
            said = done.stderr.strip() or done.stdout.strip()
            hint = ": it needs `classic: true`" if "classic confinement" in said else ""
            raise Fail("snap %s failed%s: %s" % (words[0], hint, said), rc=done.rc, stderr=done.stderr)

    def names(self, given: list[str]) -> list[str]:
        """Return the names of snaps that may be given as files."""
        found: list[str] = []
        for one in given:
            if "/" not in one and not one.endswith(".snap"):
                found.append(one)
                continue
            match = re.search(r"^name:\s+(\S+)", self.call("info", one).stdout, re.MULTILINE)
            if not match:
                raise Fail("Snaps not found: %s." % one)
            found.append(match.group(1))
        return found

    def options(self, name: str) -> dict[str, str]:
        """Return what a snap is configured to, with dotted keys."""
        done = self.call("get", "-d", name)
        if done.rc != 0 or "has no configuration" in done.stdout:
            return {}
        return dict(_flat(json.loads(done.stdout or "{}"), ""))


def _flat(tree: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        if isinstance(value, dict):
            inner: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
            found += _flat(inner, prefix + key + ".")
        else:
            plain = str(value).lower() if isinstance(value, bool) else str(value)
            found.append((prefix + key, plain))
    return found


def _present(snap: Snap, given: list[str], want: dict[str, Any], result: dict[str, Any]) -> None:
    """Install what is missing, refresh what is of another channel or revision, and set options."""
    names = snap.names(given)
    installed = snap.installed()
    missing = [one for one, name in zip(given, names) if name not in installed]
    other = [name for name in names if name in installed and _differs(installed[name], want)]
    flags = ["--channel", want["channel"]] if want.get("channel", "stable") != "stable" else []
    flags += ["--revision", str(want["revision"])] if want.get("revision") else []
    flags += ["--" + option for option in ("classic", "dangerous", "devmode") if want[option]]
    for verb, chosen in (("refresh", other), ("install", missing)):
        groups = [[one] for one in chosen] if flags else [chosen] if chosen else []
        for group in groups:
            snap.change([verb, *flags, *group])
    _configure(snap, [name for name in names if name in installed or not snap.request.check], want, result)
    if other or missing:
        result["snaps_installed"] = other + missing
    result.update(changed=bool(snap.calls), snap_names=names)
    if snap.calls:
        result["cmd"] = snap.told


def _differs(row: dict[str, str], want: dict[str, Any]) -> bool:
    if want.get("revision") and row["revision"] != str(want["revision"]):
        return True
    channel = want.get("channel")
    return channel is not None and row["channel"] not in (channel, "latest/" + channel)


def _configure(snap: Snap, names: list[str], want: dict[str, Any], result: dict[str, Any]) -> None:
    changed: list[str] = []
    for name in names if want.get("options") else []:
        current = snap.options(name)
        new: list[str] = []
        for option in want["options"]:
            match = _OPTION.match(option)
            assert match is not None  # checked before the run
            owner, key, value = match.group("snap", "key", "value")
            if owner not in (None, name) or current.get(key) == value.strip():
                continue
            new.append("%s=%s" % (key, value.strip()))
            changed.append(option if owner else "%s:%s" % (name, option))
        if new:
            snap.change(["set", name, *new])
    if changed:
        result["options_changed"] = changed
