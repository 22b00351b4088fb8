"""Partitions of a disk, by parted."""

from __future__ import annotations

import re

from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_SIZE = re.compile(r"(-?[\d.]+) *([\w%]+)?$")
_BYTES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BYTES.update(KiB=2**10, MiB=2**20, GiB=2**30, TiB=2**40)


_BLANK: dict[str, Any] = {"name": "", "flags": []}


def run(request: Request, device: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a partition to a state, and tell what the disk has."""
    disk = Disk(request, device, want)
    changed = False
    script: list[str] = []
    if state == "info":
        script = ["unit", disk.unit, "print"]
    elif state == "absent":
        if disk.partition(want["number"]) is not None:
            script = ["rm", str(want["number"])]
    else:
        script = _shaped(disk, want)
        if script:
            disk.change(script)
            changed = True
        more = disk.with_unit(_dressed(disk, want, changed))
        if more:
            disk.change(more)
        script, changed = script + more, changed or bool(more)
    if state == "absent" and script:
        disk.change(script)
        changed = True
    return {"changed": changed, "disk": disk.about, "partitions": disk.partitions, "script": script}


def _shaped(disk: Disk, want: dict[str, Any]) -> list[str]:
    """Return what makes the partition table and the partition, or resizes it."""
    script: list[str] = []
    number = want["number"]
    relabel = disk.about.get("table") != want["label"]
    if relabel:
        if disk.partitions and not want["label_given"]:
            raise Fail(
                "the disk %s has partitions in a table of type %s, which would be lost: give `label`"
                % (disk.path, disk.about["table"])
            )
        script += ["mklabel", want["label"]]
    old = disk.partition(number)
    if relabel or old is None:
        kind = [want["fs_type"]] if want.get("fs_type") else []
        script += ["mkpart", want["part_type"], *kind, want["part_start"], want["part_end"]]
        return disk.with_unit(script)
    if want["resize"] and _bytes(disk, old["end"], disk.unit) != _end(disk, want["part_end"]):
        plain = _SIZE.match(want["part_end"])
        unit = disk.unit if plain and plain.group(2) is None else ""
        return ["resizepart", str(number), want["part_end"] + unit]
    return []


def _dressed(disk: Disk, want: dict[str, Any], fresh: bool) -> list[str]:
    """Return what gives the partition its name and flags."""
    number = str(want["number"])
    found = disk.partition(want["number"])
    if found is None:
        if not disk.request.check:
            raise Fail("the new partition has another number than %s" % number, partitions=disk.partitions)
        found = _BLANK
    elif fresh and disk.request.check:
        found = dict(found, flags=[])
    script: list[str] = []
    if want.get("name") is not None and found.get("name") != want["name"]:
        script += ["name", number, '"%s"' % want["name"]]
    if want.get("flags"):
        flags: list[str] = list(want["flags"])
        if "esp" in flags and "boot" not in flags:
            flags.append("boot")  # which parted sets with it
        for flag in flags:
            script += ["set", number, flag, "on"] if flag not in found["flags"] else []
        for flag in found["flags"]:
            script += ["set", number, flag, "off"] if flag not in flags else []
    return script


def _end(disk: Disk, end: str) -> float | None:
    """Return where a partition shall end, in bytes."""
    size, unit = _measure(end, disk.unit)
    if unit == "%":
        size, unit = int(disk.about["size"] * size / 100), disk.unit
    return _bytes(disk, size, unit)


def _bytes(disk: Disk, size: Any, unit: str) -> float | None:
    if unit in ("s", "cyl"):
        return size * (disk.about["logical_block"] if unit == "s" else 1)
    return size * _BYTES[unit] if unit in _BYTES else None


def _measure(text: str, unit: str) -> tuple[Any, str]:
    """Return a size of parted and its unit."""
    found = _SIZE.match(text)
    if found:
        return float(found.group(1)), found.group(2) or unit
    parts = text.split(",")
    if len(parts) != 3:
        raise Fail("parted gave a size that is none: '%s'" % text)
    return dict(zip(("cylinder", "head", "sector"), map(int, parts))), "chs"


class Disk:
    """A disk as parted tells of it."""

    def __init__(self, request: Request, path: str, want: dict[str, Any]) -> None:
        self.request = request
        self.path = path
        self.unit: str = want["unit"]
        self.align: str = want["align"]
        self.keep_case: bool = want["unit_preserve_case"]
        self.program = need(request, "parted", "parted")
        self.about: dict[str, Any] = {}
        self.partitions: list[dict[str, Any]] = []
        self.read()

    def read(self) -> None:
        """Ask parted. Raises Fail when it can't read the disk; a disk without a table is no failure."""
        done = self.request.command([self.program, "-s", "-m", self.path, "--", "unit", self.unit, "print"])
        if done.rc != 0 and "unrecognised disk label" not in done.stderr:
            done.check("parted")
        lines = [line.rstrip(";").split(":") for line in done.stdout.splitlines() if line.strip()]
        head = lines[1]
        size, unit = _measure(head[1], "")
        self.about = {
            "dev": head[0],
            "size": size,
            "unit": self._case(unit),
            "table": head[5],
            "model": head[6],
            "logical_block": int(head[3]),
            "physical_block": int(head[4]),
        }
        rows = lines[2:]
        if unit in ("cyl", "chs"):
            self.about["chs_info"] = self._geometry(rows.pop(0))
        self.partitions = [self._partition(row, unit) for row in rows]

    def _case(self, unit: str) -> str:
        return unit if self.keep_case else unit.lower()

    def _geometry(self, row: list[str]) -> dict[str, Any]:
        size, unit = _measure(row[3], "")
        names = ("cylinders", "heads", "sectors")
        return dict(zip(names, map(int, row)), cyl_size=size, cyl_size_unit=self._case(unit))

    def _partition(self, row: list[str], unit: str) -> dict[str, Any]:
        size = _measure(row[3], "")[0] if unit != "chs" else ""
        kind, name, flags = row[4:7] if unit != "chs" else row[3:6]
        begin, end = (_measure(part, "")[0] for part in row[1:3])
        return {
            "num": int(row[0]),
            "begin": begin,
            "end": end,
            "size": size,
            "fstype": kind,
            "name": name,
            "flags": [flag.strip() for flag in flags.split(",") if flag],
            "unit": self._case(unit),
        }

    def partition(self, number: int) -> dict[str, Any] | None:
        return next((one for one in self.partitions if one["num"] == number), None)

    def with_unit(self, script: list[str]) -> list[str]:
        return ["unit", self.unit, *script] if script else []

    def change(self, script: list[str]) -> None:
        """Run a script of parted, and read the disk again. Raises Fail."""
        if self.request.check:
            return
        shown = self.request.command([self.program, "--version"]).stdout
        found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", shown)
        version = tuple(int(part or 0) for part in found.groups()) if found else ()
        argv = [self.program, "-s", *(["-f"] if version >= (3, 4, 64) else []), "-m"]
        argv += ["-a", self.align] if self.align != "undefined" else []
        self.request.command([*argv, self.path, "--", *script]).check("parted")
        self.read()
