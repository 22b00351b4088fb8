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
        """The package; without one, all that package.json names."""
        path: Path | None = None
        """The directory to install in."""
        version: Text | None = None
        """The package's version."""
        global_: Bool = arg(False, name="global")
        """Install for all."""
        state: Literal["present", "absent", "latest"] = "present"
        """Whether it is to be there, or the newest."""
        ci: Bool = False
        """Install what the lock file names, and nothing else."""
        executable: Path | None = None
        """The program npm."""
        force: Bool = False
        """Get packages again."""
        ignore_scripts: Bool = False
        """Run no scripts of packages."""
        no_bin_links: Bool = False
        """Make no links to programs."""
        no_optional: Bool = False
        """Leave out what is optional."""
        production: Bool = False
        """Leave out what only developers need."""
        registry: Text | None = None
        """Where to get packages."""
        unsafe_perm: Bool = False
        """Run scripts as root."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.path is None and not self.global_:
                raise ValueError("give path, or global")
            if self.state == "absent" and self.name is None:
                raise ValueError("state absent needs name")
            return self

    target = "npm.run"
