"""mount_facts: what is mounted, and what may be."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Float, StrList, Text


@modules.register("mount_facts")
class MountFacts(Module):
    """Tell of file systems from mount tables or from `mount`, with their sizes, as `mount_points`.

    Returns:
        ansible_facts: `mount_points`, a mapping of paths to what is mounted there.

    Examples:
        - name: Know the local file systems
          mount_facts:
            fstypes: [ext4, xfs, btrfs]
    """

    class Args(ModuleArgs):
        sources: StrList | None = None
        """Files in the form of fstab; `mount`; `dynamic`, `static` or `all` (the default)."""
        mount_binary: Text | None = "mount"
        """The program that tells what is mounted."""
        devices: StrList | None = None
        """Patterns of the devices that are told of; `fstypes` likewise."""
        fstypes: StrList | None = None
        """Patterns for kinds of file systems."""
        timeout: Float | None = None
        """Seconds in which a file system must tell its size."""
        on_timeout: Literal["error", "warn", "ignore"] = "error"
        """What to do when it takes too long: fail, warn, nothing."""
        include_aggregate_mounts: Bool | None = None
        """Tell in `aggregate_mounts` also of those that another one hides."""

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if self.timeout is not None and self.timeout <= 0:
                raise ValueError(f"timeout must be a positive number or null, not {self.timeout:g}")
            if "" in (self.sources or []):
                raise ValueError("sources contains an empty string")
            return self

    detachable = True
    finds_facts = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("mount_facts.run", {**args.sent(), "mount_binary": args.mount_binary})
