"""Whether there is room for what is to be downloaded and installed, on each file system that takes part."""

from __future__ import annotations

import glob
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ARCHIVES = "/var/cache/apt/archives"
PLACES = ("/", "/boot", "/usr", "/var", ARCHIVES)
MIB = 1024 * 1024
_KERNEL = "linux-image-"


class _Need:
    """What one file system must have left."""

    def __init__(self, path: str, place: os.statvfs_result) -> None:
        self.path = path
        self.place = place
        self.size = 0
        self.inodes = 0

    def problem(self, margin: int) -> str:
        """Return what is wrong, in words; nothing where it is not."""
        block = self.place.f_frsize
        if self.place.f_flag & os.ST_RDONLY:
            return "%s is mounted read-only" % self.path
        spare = min(margin * MIB, self.place.f_blocks * block // 10)
        free = self.place.f_bavail * block
        if free < self.size + spare:
            said = "%s has %s free, the change needs %s and %s are to be left"
            return said % (self.path, shown(free), shown(self.size), shown(spare))
        if self.place.f_files and self.place.f_favail < self.inodes:
            said = "%s has %d inodes free, the change may need %d"
            return said % (self.path, self.place.f_favail, self.inodes)
        return ""


def judge(plan: dict[str, Any], margin: int) -> tuple[bool, str]:
    """Return whether there is room, in words.

    Args:
        plan: `download` and `disk` in bytes, and the changes.
        margin: MiB that must be left, at most a tenth of a file system.
    """
    needs = _needs(plan)
    problems = [problem for problem in (need.problem(margin) for need in needs) if problem]
    if problems:
        return False, "; ".join(problems)
    told = ["%s %s" % (need.path, shown(need.place.f_bavail * need.place.f_frsize)) for need in needs]
    return True, "free: %s" % ", ".join(told)


def _needs(plan: dict[str, Any]) -> list[_Need]:
    """Return the file systems that take part, each once, with what the plan asks of it."""
    by_device: dict[int, _Need] = {}
    by_path: dict[str, _Need] = {}
    for path in PLACES:
        if os.path.isdir(path):
            device, place = file_system(path)
            by_path[path] = by_device.setdefault(device, _Need(path, place))
    changes = len(plan["upgrade"]) + len(plan["install"])
    if not changes:
        return list(by_device.values())
    usr, var = by_path["/usr"], by_path["/var"]
    usr.size += max(0, plan.get("disk") or 0)
    usr.inodes += 1000 + 100 * changes
    var.inodes += 100 + 5 * changes
    archives = by_path.get(ARCHIVES, var)
    archives.size += plan["download"]
    kernels = sum(1 for one in plan["install"] if one["name"].startswith(_KERNEL))
    if "/boot" in by_path:
        by_path["/boot"].size += kernels * kernel_size()
    return list(by_device.values())


def file_system(path: str) -> tuple[int, os.statvfs_result]:
    """Return which file system a path is on, and what is left there."""
    return os.stat(path).st_dev, os.statvfs(path)


def kernel_size(boot: str = "/boot") -> int:
    """Return what a kernel takes in /boot: as much as the largest that is there."""
    kinds = ("vmlinuz-*", "initrd.img-*", "System.map-*", "config-*")
    found = [[os.stat(path).st_size for path in glob.glob(os.path.join(boot, kind))] for kind in kinds]
    return sum(max(sizes) for sizes in found if sizes)


def shown(size: int) -> str:
    """Return a size in words."""
    if size < MIB:
        return "%d KiB" % (size // 1024)
    if size < 10 * 1024 * MIB:
        return "%d MiB" % (size // MIB)
    return "%d GiB" % (size // (1024 * MIB))
