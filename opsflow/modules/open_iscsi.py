"""open_iscsi: targets of iSCSI and the sessions with them."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Text, arg


@modules.register("open_iscsi")
class OpenIscsi(Module):
    """Discover targets of iSCSI, log in to them and out, and choose which the host logs in to by itself.

    Passwords are written to the records of open-iscsi, and stand in no command line.

    Returns:
        nodes: the targets that are known, with `show_nodes`.
        devicenodes: the disks of the targets that are logged in to.
        connection_changed, automatic_changed, automatic_portal_changed, cache_updated: what was changed.
        sessions: what iscsiadm said, with `rescan`.

    Examples:
        - name: Look which targets a portal has, and use one from now on
          open_iscsi:
            portal: 10.1.2.3
            target: iqn.2006-01.com.example:disk1
            discover: true
            login: true
            auto_node_startup: true
    """

    class Args(ModuleArgs):
        portal: Text | None = arg(None, "ip")
        """The address or name of the portal."""
        port: Text = "3260"
        """Its TCP port."""
        target: Text | None = arg(None, "name", "targetname")
        """The name of the target; without one, `login` means all that the portal has."""
        login: Bool | None = arg(None, "state")
        """Whether the host is to be logged in to it."""
        node_auth: Text = "CHAP"
        """How it is told who asks."""
        node_user: Text | None = None
        """The user's name for that."""
        node_pass: Text | None = arg(None, secret=True)
        """The user's password."""
        node_user_in: Text | None = None
        """The name by which the target shows that it is the right one."""
        node_pass_in: Text | None = arg(None, secret=True)
        """The password of the target."""
        auto_node_startup: Bool | None = arg(None, "automatic")
        """Whether the host logs in to the target when it starts, by all portals."""
        auto_portal_startup: Bool | None = None
        """The same for the one portal."""
        discover: Bool = False
        """Ask the portal which targets it has."""
        show_nodes: Bool = False
        """Return the targets that are known."""
        rescan: Bool = False
        """Look for new and resized disks of the target, or of all sessions; counts as a change."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            pairs = (("node_user", "node_pass"), ("node_user_in", "node_pass_in"))
            for first, second in pairs:
                if (getattr(self, first) is None) != (getattr(self, second) is None):
                    raise ValueError(f"{first} and {second} go together")
            if self.discover and self.portal is None:
                raise ValueError("discover needs portal")
            if (self.auto_node_startup or self.auto_portal_startup) and self.target is None:
                raise ValueError("auto_node_startup and auto_portal_startup need target")
            return self

    target = "open_iscsi.run"
