"""Ansible's `mount_facts`: file systems from mount tables or from `mount`, with their sizes."""

from __future__ import annotations

import fnmatch
import os
import re
import threading
import time

from opsflow.target.mounts import decoded, sizes
from opsflow.target.programs import need, which
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from opsflow.target.request import Request

    Mount = dict[str, Any]

_DYNAMIC = ["/etc/mtab", "/proc/mounts", "/etc/mnttab"]
_STATIC = ["/etc/fstab", "/etc/vfstab", "/etc/filesystems"]
_GROUPS = {"dynamic": _DYNAMIC, "static": _STATIC, "all": _DYNAMIC + _STATIC}
_LINE = re.compile(r"^(?P<device>\S+) on (?P<mount>.+) type (?P<fstype>\S+) \((?P<options>.+)\)$")
_POLL = 0.1  # seconds between two looks at what still measures


def run(
    request: Request,
    sources: Sequence[str] = ("all",),
    mount_binary: str | None = "mount",
    devices: Sequence[str] = ("*",),
    fstypes: Sequence[str] = ("*",),
    timeout: float | None = None,
    on_timeout: str = "error",
    include_aggregate_mounts: bool | None = None,
) -> dict[str, Any]:
    """Return the mounts of all sources; of several at one point the first counts."""
    task = _Task(request, mount_binary, timeout, on_timeout)
    found = [one for one in task.mounts(sources) if _is_wanted(one, devices, fstypes)]
    task.measure(found)
    points: dict[str, Mount] = {}
    for one in found:
        points.setdefault(one["mount"], one)
    if include_aggregate_mounts is None:
        task.warn_of_repeats(found)
    every = found if include_aggregate_mounts else []
    result: dict[str, Any] = {"ansible_facts": {"mount_points": points, "aggregate_mounts": every}}
    return dict(result, changed=False, **({"warnings": task.warnings} if task.warnings else {}))


def _is_wanted(mount: Mount, devices: Sequence[str], fstypes: Sequence[str]) -> bool:
    device = mount["device"]
    if device.startswith("UUID="):
        link = os.path.join("/dev/disk/by-uuid", device[len("UUID=") :])
        device = os.path.realpath(link) if os.path.exists(link) else device
    fits = any(fnmatch.fnmatch(device, pattern) for pattern in devices or ["*"])
    return fits and any(fnmatch.fnmatch(mount["fstype"], pattern) for pattern in fstypes or ["*"])


class _Task:
    def __init__(self, request: Request, binary: str | None, timeout: float | None, on_timeout: str) -> None:
        self.request = request
        self.binary = binary
        self.timeout = timeout
        self.on_timeout = on_timeout
        self.warnings: list[str] = []

    def mounts(self, sources: Sequence[str]) -> Iterator[Mount]:
        """Yield what the sources tell, each source once; `mount` is asked where no table of the kernel is."""
        places = [place for source in sources or ["all"] for place in _GROUPS.get(source, [source])]
        if len(set(places)) < len(places):
            self.warnings.append(
                "mount_facts option 'sources' contains duplicate entries, repeat sources will be ignored: %s"
                % places
            )
        lacking = bool(self.binary) and bool(set(places) & set(_DYNAMIC))
        seen: set[str] = set()
        for place in places:
            real = place if place == "mount" else os.path.realpath(place)
            if real in seen:
                continue
            seen.add(real)
            found = self._asked() if place == "mount" else _table(place)
            if found and place in ("mount", *_DYNAMIC):
                lacking = False
            yield from found
        if lacking:
            yield from self._asked()

    def _asked(self) -> list[Mount]:
        """Return what the program `mount` tells."""
        name = self.binary or "mount"
        path = need(self.request, name, "mount")
        try:
            done = self.request.command([path], timeout=self.timeout)
        except Fail as fail:
            self._late("Timed out running %s: %s" % (path, fail.msg))
            return []
        found: list[Mount] = []
        for line in done.check("mount").stdout.splitlines():
            match = _LINE.match(line)
            if match:
                found.append(dict(match.groupdict(), ansible_context=_context("mount", line)))
        return found

    def _late(self, message: str) -> None:
        if self.on_timeout == "error":
            raise Fail(message)
        if self.on_timeout == "warn":
            self.warnings.append(message)

    def measure(self, mounts: Sequence[Mount]) -> None:
        """Add sizes and UUIDs. Each is asked in a thread: one whose server is gone answers never."""
        uuids = _uuids(self.request)
        deadline = time.time() + self.timeout if self.timeout else None
        threads = [threading.Thread(target=_measure, args=(one,), daemon=True) for one in mounts]
        for thread in threads:
            thread.start()
        for one, thread in zip(mounts, threads):
            while thread.is_alive() and (deadline is None or time.time() < deadline):
                thread.join(_POLL)
                self.request.raise_if_cancelled()
            sized = one.pop("sizes", None)
            if sized:
                one.update(sized)
            elif thread.is_alive():
                what = "%s (type %s)" % (one["mount"], one["fstype"])
                self._late("Timed out getting mount size for mount %s" % what)
            device = one["device"]
            named = device[len("UUID=") :] if device.startswith("UUID=") else None
            one["uuid"] = named or uuids.get(os.path.realpath(device))

    def warn_of_repeats(self, mounts: Sequence[Mount]) -> None:
        by_source: dict[str, list[str]] = {}
        for one in mounts:
            by_source.setdefault(one["ansible_context"]["source"], []).append(one["mount"])
        repeats = {source: all_ for source, all_ in by_source.items() if len(set(all_)) < len(all_)}
        if repeats:
            told = ", ".join("%s (%s)" % (source, points) for source, points in repeats.items())
            self.warnings.append(
                "mount_facts: ignoring repeat mounts in the following sources: %s. You can disable this "
                "warning by configuring the 'include_aggregate_mounts' option as True or False." % told
            )


def _context(source: str, line: str) -> dict[str, str]:
    return {"source": source, "source_data": line}


def _table(path: str) -> list[Mount]:
    """Return what a file in the form of fstab tells; nothing where there is none."""
    try:
        with open(path, errors="surrogateescape") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return []
    found: list[Mount] = []
    for line in lines:
        fields = [decoded(field) for field in line.split()]
        if line.startswith("#") or len(fields) < 4:
            continue
        one: Mount = dict(zip(("device", "mount", "fstype", "options"), fields))
        numbers = zip(("dump", "passno"), fields[4:6])
        one.update({name: int(text) for name, text in numbers if text.isdigit()})
        one["ansible_context"] = _context(path, line)
        found.append(one)
    return found


def _measure(mount: Mount) -> None:
    try:
        mount["sizes"] = sizes(mount["mount"])
    except OSError:
        pass  # as Ansible: what is not there has no size


def _uuids(request: Request) -> dict[str, str]:
    """Return the UUIDs of devices, from udev's links or else from lsblk."""
    top = "/dev/disk/by-uuid"
    if os.path.isdir(top):
        return {os.path.realpath(os.path.join(top, uuid)): uuid for uuid in os.listdir(top)}
    lsblk = which(request, "lsblk")
    if not lsblk:
        return {}
    argv = [lsblk, "--list", "--noheadings", "--paths", "--output", "NAME,UUID", "--exclude", "2"]
    pairs = [line.split() for line in request.command(argv).stdout.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
