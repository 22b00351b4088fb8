"""File systems, and the programs that make, measure and change them."""

from __future__ import annotations

import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Size = Callable[[Any], int]


class Kind:
    """How a kind of file system is handled.

    Args:
        type: its name for blkid; `title` is that for people.
        make: the program that makes one, of the Debian package `package`, with `force` as first options.
        size: returns the bytes of one on a device; `slack` bytes less than the device are no reason to grow.
        grow: the program and options that let it grow; `mounted`: it is named by where it is mounted.
        uuid: the options of `make` that take a UUID, `uuid_more` what else is needed then.
        set_uuid, set_label: the programs and options that change them.
        label: the option of `make` that takes a label.
    """

    def __init__(
        self,
        type: str,
        title: str,
        package: str,
        make: str,
        force: Sequence[str] = (),
        size: Size | None = None,
        grow: Sequence[str] = (),
        slack: int = 0,
        mounted: bool = False,
        uuid: Sequence[str] = (),
        uuid_more: Sequence[str] = (),
        set_uuid: Sequence[str] = (),
        label: str = "-L",
        set_label: Sequence[str] = (),
    ) -> None:
        self.type = type
        self.title = title
        self.package = package
        self.make = make
        self.force = force
        self.size = size
        self.grow = grow
        self.slack = slack
        self.mounted = mounted
        self.uuid = uuid
        self.uuid_more = uuid_more
        self.set_uuid = set_uuid
        self.label = label
        self.set_label = set_label


def _number(pattern: str, text: str, what: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    if not found:
        raise Fail("%s did not tell the size of the file system" % what, stdout=text)
    return int(found.group(1))


def _ext_size(device: Any) -> int:
    text = device.call("tune2fs", "e2fsprogs", "-l")
    blocks = _number(r"^Block count:\s+(\d+)", text, "tune2fs")
    return blocks * _number(r"^Block size:\s+(\d+)", text, "tune2fs")


def _xfs_size(device: Any) -> int:
    text = device.call("xfs_info", "xfsprogs", place=device.mountpoint)
    line = next((line for line in text.splitlines() if line.startswith("data")), "")
    return _number(r"bsize=(\d+)", line, "xfs_info") * _number(r"blocks=(\d+)", line, "xfs_info")


def _btrfs_size(device: Any) -> int:
    place = device.mountpoint
    if place is None:
        raise Fail("%s needs to be mounted for Btrfs operations" % device.path)
    text = device.call("btrfs", "btrfs-progs", "filesystem", "usage", "-b", place=place)
    return _number(r"Device size:\s+(\d+)", text, "btrfs")


def _f2fs_size(device: Any) -> int:
    text = device.call("dump.f2fs", "f2fs-tools")
    sectors = _number(r"total FS sectors = (\d+)", text, "dump.f2fs")
    return sectors * _number(r"sector size = (\d+)", text, "dump.f2fs")


def _vfat_size(device: Any) -> int:
    text = device.call("fatresize", "fatresize", "--info")
    return _number(r"^(?:Cur size|Size)\s*:\s*(\d+)", text, "fatresize")


def _lvm_size(device: Any) -> int:
    options = ["--noheadings", "-o", "pv_size", "--units", "b", "--nosuffix"]
    return int(device.call("pvs", "lvm2", *options))


def _bcachefs_size(device: Any) -> int:
    text = device.call("bcachefs", "bcachefs-tools", "show-super")
    found = re.search(r"^\s*Size:\s+([\d.]+)\s*([KMGTPE]?)(i?)B", text, re.MULTILINE)
    if not found:
        raise Fail("bcachefs did not tell the size of the file system", stdout=text)
    base = 1024 if found.group(3) else 1000
    return int(float(found.group(1)) * base ** " KMGTPE".index(found.group(2) or " "))


def _ext(name: str) -> Kind:
    return Kind(
        name,
        name.capitalize(),
        "e2fsprogs",
        "mkfs." + name,
        ["-F"],
        _ext_size,
        ["resize2fs"],
        uuid=["-U"],
        set_uuid=["tune2fs", "-U"],
        set_label=["e2label", "DEV", "LABEL"],
    )


_XFS_SLACK = 64 * 4096 - 1  # less than an allocation group needs
KINDS = {
    "ext2": _ext("ext2"),
    "ext3": _ext("ext3"),
    "ext4": _ext("ext4"),
    "xfs": Kind(
        "xfs", "XFS", "xfsprogs", "mkfs.xfs", ["-f"], _xfs_size, ["xfs_growfs"], _XFS_SLACK, True,
        set_uuid=["xfs_admin", "-U"], set_label=["xfs_admin", "-L", "LABEL", "DEV"],
    ),
    "btrfs": Kind(
        "btrfs", "Btrfs", "btrfs-progs", "mkfs.btrfs", ["-f"], _btrfs_size,
        ["btrfs", "filesystem", "resize", "max"], mounted=True,
        set_label=["btrfs", "filesystem", "label", "DEV", "LABEL"],
    ),
    "f2fs": Kind(
        "f2fs", "F2fs", "f2fs-tools", "mkfs.f2fs", ["-f"], _f2fs_size, ["resize.f2fs"], label="-l",
        set_label=["f2fslabel", "DEV", "LABEL"],
    ),
    "vfat": Kind(
        "vfat", "VFAT", "dosfstools", "mkfs.vfat", (), _vfat_size, ["fatresize", "-s", "max"], label="-n",
        set_label=["fatlabel", "DEV", "LABEL"],
    ),
    "lvm": Kind(
        "LVM2_member", "LVM", "lvm2", "pvcreate", ["-f"], _lvm_size, ["pvresize"], uuid=["-u", "--uuid"],
        uuid_more=["--norestorefile"], set_uuid=["pvchange", "-u"],
    ),
    "bcachefs": Kind(
        "bcachefs", "Bcachefs", "bcachefs-tools", "mkfs.bcachefs", ["--force"], _bcachefs_size,
        ["bcachefs", "device", "resize"], uuid=["-U", "--uuid"],
    ),
    "swap": Kind(
        "swap", "Swap", "util-linux", "mkswap", ["-f"], set_label=["swaplabel", "-L", "LABEL", "DEV"],
    ),
    "ocfs2": Kind(
        "ocfs2", "Ocfs2", "ocfs2-tools", "mkfs.ocfs2", ["-Fx"],
        set_label=["tunefs.ocfs2", "-L", "LABEL", "DEV"],
    ),
    "reiserfs": Kind(
        "reiserfs", "Reiserfs", "reiserfsprogs", "mkfs.reiserfs", ["-q"], label="-l",
        set_label=["reiserfstune", "-l", "LABEL", "DEV"],
    ),
    "gfs2": Kind("gfs2", "Gfs2", "gfs2-utils", "mkfs.gfs2", ["-O"]),
}  # fmt: skip
