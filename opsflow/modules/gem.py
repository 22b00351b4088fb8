"""gem: packages of Ruby."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("gem")
class Gem(Module):
    """Install, update and remove a gem, of the user who does it or with `user_install: false` of all.

    Returns:
        name, state: as asked for.
        version: the version asked for, or the newest with state latest.

    Examples:
        - name: Install a gem for all users
          gem:
            name: rake
            version: 13.0.6
            user_install: false
    """

    class Args(ModuleArgs):
        name: Text
        """The gem."""
        state: Literal["present", "absent", "latest"] = "present"
        """Whether it is to be there, or the newest."""
        version: Text | None = None
        """Its version."""
        gem_source: Path | None = None
        """A file with the gem."""
        repository: Text | None = arg(None, "source")
        """Where to get it."""
        include_dependencies: Bool = True
        """Install what it needs."""
        user_install: Bool = True
        """Install for the user only."""
        install_dir: Path | None = None
        """The directory to install in."""
        override_platform_install_dir: Bool = False
        """Install where gem itself does for users, whatever the system has set up."""
        bindir: Path | None = None
        """The directory for its programs."""
        norc: Bool = True
        """Leave the user's settings of gem out."""
        pre_release: Bool = False
        """Take versions that are not finished."""
        include_doc: Bool = False
        """Install documentation."""
        env_shebang: Bool = False
        """Begin its programs with env."""
        build_flags: Text | None = None
        """Words for building what is not Ruby."""
        force: Bool = False
        """Install or remove against what gem says."""
        executable: Path | None = None
        """The program gem."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.gem_source and (self.repository or self.version):
                raise ValueError("gem_source goes with neither repository nor version")
            if self.state == "latest" and (self.version or self.gem_source):
                raise ValueError("state latest goes with neither version nor gem_source")
            if self.user_install and self.install_dir:
                raise ValueError("install_dir needs user_install: false")
            if self.override_platform_install_dir and (self.install_dir or not self.user_install):
                raise ValueError(
                    "override_platform_install_dir goes with neither install_dir nor user_install: false"
                )
            return self

    target = "gem.run"
