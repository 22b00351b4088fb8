"""parted: partitions of disks."""

from __future__ import annotations

import re
from typing import Any, Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Path, StrList, Text

Label = Literal["aix", "amiga", "bsd", "dvh", "gpt", "loop", "mac", "msdos", "pc98", "sun"]
Unit = Literal["s", "B", "KB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB", "%", "cyl", "chs", "compact"]
_PLACE = re.compile(r"-?[\d.]+ *(s|B|KB|KiB|MB|MiB|GB|GiB|TB|TiB|%|cyl|compact)?$|\d+,\d+,\d+$")


@modules.register("parted")
class Parted(Module):
    """Make, resize, name, flag and remove a partition of a disk, or tell what a disk has.

    A disk with partitions gets another kind of table only where `label` is given: they are lost then.

    Returns:
        disk: the disk.
        partitions: what is on it.
        script: what parted was told.

    Examples:
        - name: Have one partition that takes the disk
          parted:
            device: /dev/vdb
            number: 1
            state: present
            label: gpt
            fs_type: ext4
    """

    class Args(ModuleArgs):
        device: Path
        """The disk."""
        state: Literal["absent", "present", "info"] = "info"
        """What is done; `info` only tells."""
        number: Int | None = None
        """The partition."""
        label: Label = "msdos"
        """The kind of the table."""
        part_type: Literal["extended", "logical", "primary"] = "primary"
        """The type of a partition, with the table msdos."""
        part_start: Text = "0%"
        """Where it begins."""
        part_end: Text = "100%"
        """Where it ends."""
        fs_type: Text | None = None
        """The kind of file system that the table tells of."""
        name: Text | None = None
        """Its name, with the table gpt."""
        flags: StrList | None = None
        """Its flags."""
        align: Literal["cylinder", "minimal", "none", "optimal", "undefined"] = "optimal"
        """How it is aligned."""
        resize: Bool = False
        """Change the size of what is there."""
        unit: Unit = "KiB"
        """The unit of what is returned."""
        unit_preserve_case: Bool = False
        """Return the unit as it is written."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.state != "info" and self.number is None:
                raise ValueError(f"state {self.state} needs number")
            if self.number is not None and self.number < 1:
                raise ValueError("number is 1 or more")
            for name in ("part_start", "part_end"):
                if not _PLACE.match(getattr(self, name)):
                    raise ValueError(f"{name} is a number with a unit of parted, such as 1MiB or 50%")
            return self

        def sent(self) -> dict[str, Any]:
            """Return the options, and whether the kind of partition table was asked for."""
            return {**super().sent(), "label_given": "label" in self.model_fields_set}

    target = "parted.run"
