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
        state: Literal["present", "absent", "latest"] = "present"
        version: Text | None = None
        gem_source: Path | None = None
        repository: Text | None = arg(None, "source")
        include_dependencies: Bool = True
        user_install: Bool = True
        install_dir: Path | None = None
        override_platform_install_dir: Bool = False
        bindir: Path | None = None
        norc: Bool = True
        pre_release: Bool = False
        include_doc: Bool = False
        env_shebang: Bool = False
        build_flags: Text | None = None
        force: Bool = False
        executable: Path | None = None

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
