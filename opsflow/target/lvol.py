"""Logical volumes of LVM."""

from __future__ import annotations

import re
import shlex

from opsflow.target.lvm import change, rows
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.lvm import Row
    from opsflow.target.request import Request

_UNITS = {"b": 1, "s": 512, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50, "e": 2**60}


def run(request: Request, vg: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a logical volume to a state and a size."""
    group = rows(request, "vgs", "vg_name,vg_size,vg_free,vg_extent_size", vg)
    volumes = rows(request, "lvs", "lv_name,lv_size,lv_attr", "-a", vg)
    if not group or volumes is None:
        if state == "absent":
            return {"changed": False, "stdout": "Volume group %s does not exist." % vg}
        raise Fail("Volume group %s does not exist." % vg)
    for row in volumes:
        row["lv_name"] = row["lv_name"].strip("[]")
    name = _meant(vg, volumes, want)
    found = next((row for row in volumes if row["lv_name"] in (name, name.rsplit("/", 1)[-1])), None)
    size = Size(want["size"]) if want.get("size") else None
    if found is None:
        if state == "absent":
            return {"changed": False, "msg": ""}
        _create(request, vg, volumes, size, want)
        return {"changed": True, "msg": ""}
    if state == "absent":
        if not want["force"]:
            raise Fail("Sorry, no removal of logical volume %s without force=true." % found["lv_name"])
        change(request, "lvremove", "--force", "%s/%s" % (vg, found["lv_name"]))
        return {"changed": True}
    return _existing(request, vg, group[0], found, size, want)


class Size:
    """A wanted size: bytes, or a percentage of something, to be had or to be added or taken away."""

    def __init__(self, text: str) -> None:
        self.sign = text[0] if text[0] in "+-" else ""
        plain = text.lstrip("+-")
        number, _, self.whole = plain.upper().partition("%")
        self.unit = ""
        self.percent = int(number) if self.whole else 0
        self.bytes = 0.0
        if not self.whole:
            found = re.match(r"([\d.]+)([a-zA-Z]?)$", plain)
            assert found is not None  # checked before the run
            self.unit = found.group(2).lower() or "m"
            self.bytes = float(found.group(1)) * _UNITS[self.unit]
            number = found.group(1)
        self.number = number

    def words(self, flag: str = "L", sign: bool = True) -> list[str]:
        """Return the option of LVM's programs for it."""
        before = self.sign if sign else ""
        if self.whole:
            return ["-l", "%s%s%%%s" % (before, self.number, self.whole)]
        return ["-" + flag, "%s%s%s" % (before, self.number, self.unit)]

    def goal(self, current: int, group: Row) -> float:
        """Return the bytes that a volume shall have, in whole extents."""
        extent = int(group["vg_extent_size"])
        if self.whole:
            of = int(group["vg_free" if self.whole == "FREE" else "vg_size"])
            wanted = of * self.percent / 100
        else:
            wanted = self.bytes
        wanted = current + wanted if self.sign == "+" else current - wanted if self.sign == "-" else wanted
        rest = wanted % extent
        if rest and not self.whole:
            return wanted + extent - rest  # LVM rounds sizes up, percentages down
        return wanted - rest

    def shown(self, size: int) -> float:
        return size / _UNITS[self.unit or "m"]


def _meant(vg: str, volumes: list[Row], want: dict[str, Any]) -> str:
    """Return the name of the volume that a task is about. Raises Fail when what it builds on is missing."""
    names = {row["lv_name"]: row for row in volumes}
    pool, volume = want.get("thinpool"), want.get("lv")
    if want.get("snapshot"):
        if volume not in names:
            raise Fail("Snapshot origin LV %s does not exist in volume group %s." % (volume, vg))
        if pool or names[volume]["lv_attr"][:1] == "t":
            raise Fail("Snapshots of thin pool LVs are not supported.")
        return want["snapshot"]
    if pool and volume and pool not in names:
        raise Fail("Thin pool LV %s does not exist in volume group %s." % (pool, vg))
    return str(volume or pool)


def _create(request: Request, vg: str, volumes: list[Row], size: Size | None, want: dict[str, Any]) -> None:
    volume: str = want.get("lv", "")
    pool, snapshot = want.get("thinpool"), want.get("snapshot")
    options = shlex.split(want.get("opts", ""))
    words = ["--yes"]
    thin = any(row["lv_name"] == volume and row["lv_attr"][:1] == "V" for row in volumes)
    if size is None and not (snapshot and thin):
        raise Fail("No size given.")
    if size and size.sign == "-":
        raise Fail("Bad size specification of '%s' for creating LV" % want["size"])
    if snapshot:
        words += (size.words(sign=False) if size else []) + ["-s", "-n", snapshot, *options]
        words.append("%s/%s" % (vg, volume))
    elif pool:
        assert size is not None
        if volume and size.whole:
            raise Fail("Thin volume sizing with percentage not supported.")
        words += ["-n", volume, *size.words("V", sign=False)] if volume else size.words(sign=False)
        words += [*options, "-T", "%s/%s" % (vg, pool)]
    else:
        assert size is not None
        words += ["-n", volume, *size.words(sign=False), *options, vg, *want.get("pvs", [])]
    change(request, "lvcreate", *words)


def _existing(
    request: Request, vg: str, group: Row, found: Row, size: Size | None, want: dict[str, Any]
) -> dict[str, Any]:
    name = found["lv_name"]
    current = int(found["lv_size"])
    changed = size is not None and _resized(request, "%s/%s" % (vg, name), current, group, size, want)
    if (found["lv_attr"][4:5] == "a") != want["active"]:
        change(request, "lvchange", "-ay" if want["active"] else "-an", "%s/%s" % (vg, name))
        changed = True
    told = size.shown(current) if size else current / _UNITS["m"]
    return {"changed": changed, "vg": vg, "lv": name, "size": told}


def _resized(
    request: Request, place: str, current: int, group: Row, size: Size, want: dict[str, Any]
) -> bool:
    """Resize a volume that has another size than wanted; return whether it had. Raises Fail."""
    goal = size.goal(current, group)
    if goal > current:
        free = int(group["vg_free"])
        if goal - current > free and size.whole:
            raise Fail(
                "Logical Volume %s could not be extended. Not enough free space left (%d bytes required / "
                "%d bytes available)" % (place, goal - current, free)
            )
        program, force = "lvextend", []
    elif _shrinks(current, goal, group, size, want):
        if goal < 1:
            raise Fail("Sorry, no shrinking of %s to 0 permitted." % place)
        if not want["force"]:
            raise Fail("Sorry, no shrinking of %s without force=true." % place)
        program, force = "lvreduce", ["--force"]
    else:
        return False
    resize = ["--resizefs"] if want["resizefs"] else []
    change(request, program, *force, *resize, *size.words(), place, *want.get("pvs", []))
    return True


def _shrinks(current: int, goal: float, group: Row, size: Size, want: dict[str, Any]) -> bool:
    if size.sign == "-":
        return goal < current
    slack = int(group["vg_extent_size"]) if size.whole else 0
    return want["shrink"] and goal + slack < current
