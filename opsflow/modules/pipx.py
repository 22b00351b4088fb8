"""pipx: applications written in Python, each in an environment of its own."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, StrList, Text, arg

State = Literal[
    "present", "absent", "install", "install_all", "uninstall", "uninstall_all", "inject", "uninject",
    "upgrade", "upgrade_shared", "upgrade_all", "reinstall", "reinstall_all", "latest", "pin", "unpin",
]  # fmt: skip
UNNAMED = ("install_all", "uninstall_all", "upgrade_all", "upgrade_shared", "reinstall_all")


@modules.register("pipx")
class Pipx(Module):
    """Install, upgrade and remove applications by pipx, and packages beside them.

    Returns:
        application: the applications that are there now, or the one that was named; each with its `version`,
            the packages that were `injected`, and whether it is `pinned`.
        version: that of pipx.
        cmd: the last call of pipx, where there was one.
        name, source, index_url, force: as asked for.

    Examples:
        - name: Have tox, the newest
          pipx:
            name: tox
            state: latest

        - name: Have a plugin beside it
          pipx:
            name: tox
            state: inject
            inject_packages: [tox-uv]
    """

    class Args(ModuleArgs):
        name: Text | None = None
        """The application, also with extras and versions: `tox>=4`, `black[d]`."""
        state: State = "install"
        """What pipx is to do. `present` is install, `absent` uninstall, `latest` install or else upgrade."""
        source: Text | None = None
        """Where to install from if not by name: a URL, a path, a name with extras."""
        install_apps: Bool = False
        """Make the programs of injected packages available as well."""
        install_deps: Bool = False
        """Make the programs of the packages that it needs available as well."""
        inject_packages: StrList | None = None
        """Packages to install beside the application, or to remove there."""
        force: Bool = False
        """Do it even where it is done; counts as a change."""
        include_injected: Bool = False
        """Upgrade injected packages as well."""
        index_url: Text | None = None
        """The index of packages, if not PyPI."""
        python: Text | None = None
        """The Python for it: a path or a version."""
        system_site_packages: Bool = False
        """Let it see the packages of the system."""
        editable: Bool = False
        """Install a project's directory so that it can be edited in its place."""
        pip_args: Text | None = None
        """More options for pip, as one text."""
        suffix: Text | None = None
        """What to put behind the names of the environment and of its programs, so that two can be there."""
        spec_metadata: Path | None = None
        """The file for `install_all`, as written by `pipx list --json`."""
        global_: Bool = arg(False, name="global")
        """Work on the applications of all users; needs pipx 1.5."""
        executable: Path | None = None
        """The program pipx; else that of the search path."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.name is None and self.state not in (*UNNAMED, "uninject"):
                raise ValueError(f"state {self.state} needs name")
            if self.suffix is not None and self.name is None:
                raise ValueError("suffix needs name")
            if self.state == "inject" and not self.inject_packages:
                raise ValueError("state inject needs inject_packages")
            if self.state == "install_all" and self.spec_metadata is None:
                raise ValueError("state install_all needs spec_metadata")
            return self

    target = "pipx.run"
