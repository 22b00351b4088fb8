"""npm: packages of Node.js."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("npm")
class Npm(Module):
    """Install, update and remove packages of Node.js: one, or all that a directory's package.json names.

    Returns:
        changed: whether a package was installed, updated or removed.

    Examples:
        - name: Install what the application names, and nothing else
          npm:
            path: /srv/app
            ci: true

        - name: Have a tool for all
          npm:
            name: pm2
            version: 5.3.0
            global: true
    """

    class Args(ModuleArgs):
        name: Text | None = None
        path: Path | None = None
        version: Text | None = None
        global_: Bool = arg(False, name="global")
        state: Literal["present", "absent", "latest"] = "present"
        ci: Bool = False
        executable: Path | None = None
        force: Bool = False
        ignore_scripts: Bool = False
        no_bin_links: Bool = False
        no_optional: Bool = False
        production: Bool = False
        registry: Text | None = None
        unsafe_perm: Bool = False

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.path is None and not self.global_:
                raise ValueError("give path, or global")
            if self.state == "absent" and self.name is None:
                raise ValueError("state absent needs name")
            return self

    target = "npm.run"
