"""mount: file systems at their places."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path, Text, arg


@modules.register("mount")
class Mount(Module):
    """Keep entries of fstab, mount and unmount. `opts_no_log` keeps the options out of the result.

    Returns:
        name, src, fstype, opts, dump, passno, boot, fstab: the entry.

    Examples:
        - name: Mount a disk, now and at each start
          mount:
            src: UUID=0e2c1b6a-7c1f-4a50-9d0c-8b3e5a6f2d11
            path: /srv/data
            fstype: ext4
            opts: noatime,nodev
            state: mounted

        - name: Unmount a share and forget it
          mount:
            path: /mnt/share
            state: absent
    """

    class Args(ModuleArgs):
        path: Path = arg(..., "name")
        """Where it is mounted."""
        state: Literal[
            "absent", "absent_from_fstab", "mounted", "present", "unmounted", "remounted", "ephemeral"
        ]
        """Whether it is mounted, in fstab, or both; `remounted` mounts it again."""
        src: Path | None = None
        """What is mounted: a device, a share."""
        fstype: Text | None = None
        """The kind of file system."""
        opts: Text | None = None
        """Options, with commas between them."""
        opts_no_log: Bool = False
        """Never show the options."""
        dump: Text = "0"
        """The fifth field of fstab."""
        passno: Text = "0"
        """The sixth field of fstab: when it is checked."""
        fstab: Text = "/etc/fstab"
        """The file, if not /etc/fstab."""
        boot: Bool = True
        """Whether it is mounted when the host starts."""
        backup: Bool = False
        """Keep a copy of the old fstab."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state in ("present", "mounted", "ephemeral") and not (self.src and self.fstype):
                raise ValueError(f"state {self.state} needs src and fstype")
            return self

    target = "mount.run"
    one_call = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        hidden = sent.pop("opts_no_log")
        result = await task.call(self.target, sent)
        if hidden:
            result = {key: value for key, value in result.items() if key not in ("opts", "diff")}
        return result
