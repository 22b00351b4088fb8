"""acl: access control lists of files."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("acl")
class Acl(Module):
    """Set or remove an entry of a file's access control list, or tell the list.

    Returns:
        acl: the entries of the list.
        msg: what was done.

    Examples:
        - name: Let the web server read the logs of the application
          acl:
            path: /var/log/app
            etype: user
            entity: www-data
            permissions: rX
            recursive: true
            state: present
    """

    class Args(ModuleArgs):
        path: Path = arg(..., "name")
        """The file or directory."""
        state: Literal["absent", "present", "query"] = "query"
        """Whether the entry is to be there; `query` only tells what is there."""
        entry: Text | None = None
        """The entry as setfacl writes it, instead of the three options."""
        entity: Text = ""
        """The user or group."""
        etype: Literal["group", "mask", "other", "user"] | None = None
        """Whom the entry is for."""
        permissions: Text | None = None
        """What is allowed: any of r, w and x."""
        default: Bool = False
        """The entry is what new files in a directory get."""
        follow: Bool = True
        """Change what a link points to."""
        recursive: Bool = arg(False, "recurse")
        """Change all that is below as well."""
        recalculate_mask: Literal["default", "mask", "no_mask"] = "default"
        """Whether the mask is reckoned anew."""
        use_nfsv4_acls: Bool = False
        """Use the tools for NFSv4."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.state == "query":
                self._check_query()
            elif self.entry:
                self._check_entry(self.entry)
            elif self.etype is None:
                raise ValueError(f"state {self.state} needs etype, or entry")
            elif self.state == "present" and self.permissions is None:
                raise ValueError("state present needs permissions")
            elif self.state == "absent" and not self.entity:
                raise ValueError("state absent needs entity")
            elif self.state == "absent" and self.permissions and not self.use_nfsv4_acls:
                raise ValueError("state absent takes no permissions")
            return self

        def _check_query(self) -> None:
            if self.recursive:
                raise ValueError("state query is not recursive")
            if self.recalculate_mask != "default":
                raise ValueError("state query does not recalculate the mask")
            if self.entry:
                raise ValueError("state query takes no entry")

        def _check_entry(self, entry: str) -> None:
            if self.etype or self.entity or self.permissions:
                raise ValueError("give entry, or etype, entity and permissions")
            parts = {"present": (3, 4), "absent": (2, 3)}[self.state]
            if entry.count(":") + 1 not in parts:
                raise ValueError(f"entry has {parts[0]} or {parts[1]} parts with state {self.state}")

    target = "acl.run"
