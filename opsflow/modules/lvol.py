"""lvol: logical volumes of LVM."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, StrList, Text

_SIZE = re.compile(r"[+-]?(\d+%(VG|PVS|FREE|ORIGIN)|\d+(\.\d+)?[bskmgtpe]?)$", re.IGNORECASE)


@modules.register("lvol")
class Lvol(Module):
    """Make, resize, activate and remove a logical volume, a thin pool, a volume in one, or a snapshot.

    `size` has a unit (megabytes without one) or is a percentage such as 80%VG; `+` and `-` are relative.

    Returns:
        msg: why nothing could be done.

    Examples:
        - name: Have a volume that takes half of what is free
          lvol:
            vg: data
            lv: db
            size: 50%FREE

        - name: Let a volume and its file system grow
          lvol:
            vg: data
            lv: www
            size: 20g
            resizefs: true
    """

    class Args(ModuleArgs):
        vg: Text
        """The volume group."""
        lv: Text | None = None
        """The volume."""
        size: Text | None = None
        """Its size: megabytes, with a unit, or a share such as `80%VG` and `+100%FREE`."""
        opts: Text | None = None
        """More options for LVM."""
        pvs: StrList | None = None
        """The devices that it lies on."""
        thinpool: Text | None = None
        """The pool that it is thin in."""
        snapshot: Text | None = None
        """The name of a snapshot of it."""
        active: Bool = True
        """Whether it can be used."""
        shrink: Bool = True
        """It may become smaller."""
        resizefs: Bool = False
        """Change the size of its file system too."""
        force: Bool = False
        """Remove it, or make it smaller, although data are lost."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.lv is None and self.thinpool is None:
                raise ValueError("give lv, or thinpool for the pool itself")
            if self.snapshot is not None and self.lv is None:
                raise ValueError("snapshot needs lv: what it is taken of")
            if self.size is not None:
                self._check_size(self.size)
            return self

        def _check_size(self, size: str) -> None:
            if not _SIZE.match(size):
                raise ValueError(f"size '{size}' is neither like 10g nor like 80%VG, with + or - before it")
            if "%" in size and int(size.strip("+-").partition("%")[0]) > 100:
                raise ValueError("a percentage is at most 100%")
            if size.upper().endswith("%ORIGIN") and self.snapshot is None:
                raise ValueError("%ORIGIN is for snapshots")

    target = "lvol.run"
