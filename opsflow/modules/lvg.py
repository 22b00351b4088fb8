"""lvg: volume groups of LVM."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, StrList, Text


@modules.register("lvg")
class Lvg(Module):
    """Make a volume group of devices, give it more or fewer, activate or remove it.

    Returns:
        msg: what was done.

    Examples:
        - name: Have a volume group of two disks
          lvg:
            vg: data
            pvs: [/dev/vdb, /dev/vdc]
    """

    class Args(ModuleArgs):
        vg: Text
        """The volume group."""
        pvs: StrList | None = None
        """The devices that it is made of."""
        pesize: Text = "4"
        """The size of its extents; megabytes without a unit."""
        pv_options: Text = ""
        """More options for pvcreate."""
        vg_options: Text = ""
        """More options for vgcreate."""
        pvresize: Bool = False
        """Make physical volumes as large as their devices."""
        remove_extra_pvs: Bool = True
        """Remove devices that are not named."""
        reset_pv_uuid: Bool = False
        """Give the devices new UUIDs."""
        reset_vg_uuid: Bool = False
        """Give the group a new UUID."""
        force: Bool = False
        """Remove a group with volumes in it."""
        state: Literal["absent", "present", "active", "inactive"] = "present"
        """Whether it is there, and used."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.reset_pv_uuid and not self.pvs:
                raise ValueError("reset_pv_uuid needs pvs")
            return self

    target = "lvg.run"
