"""pam_limits: limits of users' resources."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text

Item = Literal[
    "core", "data", "fsize", "memlock", "nofile", "rss", "stack", "cpu", "nproc", "as", "maxlogins",
    "maxsyslogins", "priority", "locks", "sigpending", "msgqueue", "nice", "rtprio", "chroot",
]  # fmt: skip


@modules.register("pam_limits")
class PamLimits(Module):
    """Keep a limit in limits.conf; with `use_max` or `use_min` only raise or only lower it.

    Returns:
        msg: the line.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Let the application open many files
          pam_limits:
            domain: app
            limit_type: soft
            limit_item: nofile
            value: "65536"
    """

    class Args(ModuleArgs):
        domain: Text
        """Whom it is for: a user, `@group`, `*`."""
        limit_type: Literal["hard", "soft", "-"]
        """hard, soft, or `-` for both."""
        limit_item: Item
        """What is limited, such as nofile."""
        value: Text
        """The limit."""
        use_max: Bool = False
        """Keep a limit that is higher."""
        use_min: Bool = False
        """Keep a limit that is lower."""
        dest: Path = "/etc/security/limits.conf"
        """The file."""
        comment: Text = ""
        """A comment behind it."""
        backup: Bool = False
        """Keep a copy of the old file."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.use_max and self.use_min:
                raise ValueError("give use_max or use_min, not both")
            if self.limit_item in ("nice", "priority"):
                if self.value not in map(str, range(-20, 20)):
                    raise ValueError(f"{self.limit_item} is a number from -20 to 19")
            elif not (self.value in ("unlimited", "infinity", "-1") or self.value.isdigit()):
                raise ValueError("value is unlimited, infinity, -1, or a number that is not negative")
            return self

    target = "pam_limits.run"
