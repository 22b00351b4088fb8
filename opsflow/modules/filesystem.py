"""filesystem: file systems on devices and in files."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg

Kind = Literal[
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "ext4dev", "f2fs", "lvm", "ocfs2", "reiserfs", "xfs",
    "vfat", "swap", "ufs", "gfs2",
]  # fmt: skip
_WITH_UUID = ("bcachefs", "ext2", "ext3", "ext4", "ext4dev", "lvm", "xfs")
_WITHOUT_LABEL = ("lvm", "gfs2")


@modules.register("filesystem")
class Filesystem(Module):
    """Make a file system where there is none, let it grow, give it a label or a UUID, or wipe it.

    Returns:
        msg: what was done.

    Examples:
        - name: Have a file system on a disk
          filesystem:
            dev: /dev/vdb1
            fstype: ext4
            label: data
    """

    class Args(ModuleArgs):
        dev: Path = arg(..., "device")
        """The device or image."""
        fstype: Kind | None = arg(None, "type")
        """The kind of file system."""
        state: Literal["present", "absent"] = "present"
        """Whether there is one; `absent` wipes it."""
        force: Bool = False
        """Make one where there is another."""
        opts: Text | None = None
        """More options for mkfs."""
        resizefs: Bool = False
        """Make it as large as the device."""
        uuid: Text | None = None
        """Its UUID; `random`, `time` or `generate` make one."""
        label: Text | None = None
        """Its label."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.state == "present" and self.fstype is None:
                raise ValueError("state present needs fstype")
            if self.fstype == "ufs":
                raise ValueError("ufs is for FreeBSD")
            if self.resizefs and self.uuid:
                raise ValueError("resizefs and uuid exclude each other")
            if self.uuid and self.state == "present" and self.fstype not in _WITH_UUID:
                raise ValueError(f"a UUID can't be given to {self.fstype}, only to {', '.join(_WITH_UUID)}")
            if self.label and self.fstype in _WITHOUT_LABEL:
                raise ValueError(f"{self.fstype} has no label")
            return self

    target = "filesystem.run"
