"""pip: Python packages."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Path, StrList, Text, Umask

_SPECIFIER = re.compile(r"^\s*(>=|<=|>|<|==|!=|~=)")
_SPECIFIED = re.compile(r"[<>=!~]")


@modules.register("pip")
class Pip(Module):
    """Install and remove Python packages, also in a virtual environment, which is made where it is missing.

    What is there with all that it needs is seen without starting pip, where plain names and versions are
    asked for; otherwise pip decides.

    Returns:
        cmd: what was run.
        name, version, requirements, virtualenv: as asked for.

    Examples:
        - name: Install what the application needs into an environment of its own
          pip:
            requirements: /srv/app/requirements.txt
            virtualenv: /srv/app/venv
            virtualenv_command: python3 -m venv

        - name: Have one package in a version
          pip:
            name: gunicorn
            version: "22.0.0"
            virtualenv: /srv/app/venv
    """

    class Args(ModuleArgs):
        name: StrList | None = None
        """Names with or without versions (`bottle>=0.11`), URLs, or paths."""
        requirements: Text | None = None
        """A requirements file of the host."""
        version: Text | None = None
        """The version of the package."""
        state: Literal["absent", "forcereinstall", "latest", "present"] = "present"
        """What the packages are to be."""
        virtualenv: Path | None = None
        """The environment to install in; it is made if it is not there."""
        virtualenv_command: Text = "virtualenv"
        """What makes it; `python3 -m venv` needs only Debian's `python3-venv`."""
        virtualenv_python: Text | None = None
        """The Python for a new one."""
        virtualenv_site_packages: Bool = False
        """Let a new one see the packages of the system."""
        extra_args: Text | None = None
        """More words for pip."""
        editable: Bool = False
        """Install directories so that they can be edited in their places."""
        chdir: Path | None = None
        """The directory to run pip in."""
        executable: Path | None = None
        """The pip to use, such as pip3."""
        umask: Umask | None = None
        """The umask for new files, in quotes."""
        break_system_packages: Bool = False
        """Install beside the packages of the system although they are Debian's."""

        @model_validator(mode="after")
        def _consistent(self) -> Self:
            if self.name is None and self.requirements is None:
                raise ValueError("name or requirements is needed")
            if self.name is not None and self.requirements is not None:
                raise ValueError("name and requirements cannot be given together")
            if self.executable and self.virtualenv:
                raise ValueError("executable and virtualenv cannot be given together")
            if self.state == "latest" and self.version is not None:
                raise ValueError("version is incompatible with state=latest")
            if self.version is not None:
                self._versioned()
            return self

        def packages(self) -> list[str]:
            """Return the names with the versions that commas cut off from them, and `version`."""
            found: list[str] = []
            for part in ",".join(self.name or []).split(","):
                inside = bool(found) and found[-1].count("[") > found[-1].count("]")
                if found and (inside or _SPECIFIER.match(part)):
                    found[-1] += "," + part
                elif part:
                    found.append(part)
            if self.version and found:
                version = self.version.strip()
                found[0] += ("==" if version[:1].isdigit() else "") + version
            return found

        def _versioned(self) -> None:
            plain = self.model_copy(update={"version": None}).packages()
            if len(plain) > 1:
                raise ValueError(
                    "'version' argument is ambiguous when installing multiple package distributions"
                )
            if plain and _SPECIFIED.search(plain[0]):
                raise ValueError("version conflicts with the one that name gives")

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        return await task.call("pip.run", {**args.sent(), "packages": args.packages()})
