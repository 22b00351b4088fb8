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
        pvs: StrList | None = None
        pesize: Text = "4"
        pv_options: Text = ""
        vg_options: Text = ""
        pvresize: Bool = False
        remove_extra_pvs: Bool = True
        reset_pv_uuid: Bool = False
        reset_vg_uuid: Bool = False
        force: Bool = False
        state: Literal["absent", "present", "active", "inactive"] = "present"

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.reset_pv_uuid and not self.pvs:
                raise ValueError("reset_pv_uuid needs pvs")
            return self

    target = "lvg.run"
