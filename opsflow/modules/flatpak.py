"""flatpak: applications and runtimes from Flatpak repositories."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text

WEB = ("http://", "https://")


@modules.register("flatpak")
class Flatpak(Module):
    """Install, update and remove Flatpak applications, for all users or for the one that the task acts as.

    Returns:
        command, rc, stdout, stderr: the last call of flatpak.

    Examples:
        - name: Have an application for all users
          flatpak:
            name: org.gimp.GIMP

        - name: Have one that brings its own repository
          flatpak:
            name: com.example.App
            from_url: https://example.com/app.flatpakref
    """

    class Args(ModuleArgs):
        name: StrList
        """Applications by their IDs, such as `org.gimp.GIMP`; also URLs of flatpakref files."""
        from_url: Text | None = None
        """The URL of a flatpakref file to install from, for a single name."""
        state: Literal["absent", "present", "latest"] = "present"
        """What they are to be; `latest` updates what is there."""
        method: Literal["system", "user"] = "system"
        """Work on what all users have, or on what only this user has."""
        remote: Text = "flathub"
        """The repository to install from; the host must have it already."""
        no_dependencies: Bool = False
        """Leave out the runtimes that they need."""
        executable: Path = "flatpak"
        """The program flatpak, if not that of the search path."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.from_url is None:
                return self
            if not self.from_url.startswith(WEB):
                raise ValueError("from_url must begin with http:// or https://")
            if any(name.startswith(WEB) for name in self.name):
                raise ValueError("give URLs in name or in from_url, not in both")
            if len(self.name) != 1:
                raise ValueError("from_url goes with one name")
            return self

    target = "flatpak.run"
