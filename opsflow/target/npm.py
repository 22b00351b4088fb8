"""Packages of Node.js, by npm."""

from __future__ import annotations

import json
import os
import re

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_FLAGS = (
    ("global_", "--global"), ("production", "--production"), ("force", "--force"),
    ("ignore_scripts", "--ignore-scripts"), ("unsafe_perm", "--unsafe-perm"),
    ("no_optional", "--no-optional"), ("no_bin_links", "--no-bin-links"),
)  # fmt: skip
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run(request: Request, state: str, **want: Any) -> dict[str, Any]:
    """Bring packages to a state."""
    npm = Npm(request, want)
    if want["ci"]:
        npm.change("ci")
        return {"changed": True}
    installed, missing = npm.packages()
    if state == "absent":
        changed = npm.name in installed
        if changed:
            npm.change("uninstall", npm.name)
        return {"changed": changed}
    if missing:
        npm.change("install", *npm.spec)
        return {"changed": True}
    if state == "latest" and npm.outdated():
        npm.change("update", *([npm.name] if npm.name else []))
        return {"changed": True}
    return {"changed": False}


class Npm:
    """npm in the directory of a task."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.name: str = want.get("name", "")
        self.version: str | None = want.get("version")
        path = want.get("executable")
        self.program = expand(request, path) if path else need(request, "npm", "npm")
        self.flags = [flag for option, flag in _FLAGS if want[option]]
        self.flags += ["--registry", want["registry"]] if want.get("registry") else []
        self.cwd: str | None = None
        if want.get("path"):
            self.cwd = os.path.abspath(expand(request, want["path"]))
            if not os.path.isdir(self.cwd):
                if os.path.lexists(self.cwd):
                    raise Fail("path %s is not a directory" % self.cwd)
                if not request.check:
                    os.makedirs(self.cwd)

    @property
    def spec(self) -> list[str]:
        if not self.name:
            return []
        return ["%s@%s" % (self.name, self.version) if self.version else self.name]

    def call(self, *words: str) -> Completed:
        cwd = self.cwd if self.cwd is None or os.path.isdir(self.cwd) else None
        return self.request.command([self.program, *words, *self.flags], cwd=cwd)

    def change(self, *words: str) -> None:
        if not self.request.check:
            self.call(*words).check("npm " + words[0])

    def packages(self) -> tuple[dict[str, str], list[str]]:
        """Return the packages that are there with their versions, and those that are wanted and are not."""
        if self.cwd is not None and not os.path.isdir(self.cwd):
            return {}, [self.name]
        done = self.call("list", "--json", "--long")
        try:
            tree: dict[str, Any] = json.loads(done.stdout or "{}")
        except ValueError:
            raise Fail("npm list said what is no JSON", stdout=done.stdout, stderr=done.stderr) from None
        installed: dict[str, str] = {}
        missing: list[str] = []
        known: dict[str, Any] = tree.get("dependencies", {})
        for name, about in known.items():
            if about.get("missing") or about.get("invalid"):
                missing.append(name)
            else:
                installed[name] = about.get("version", "")
        if not self.name:
            return installed, missing
        there = self.name in installed and self.version in (None, installed[self.name])
        return installed, [] if there else [self.name]

    def outdated(self) -> bool:
        """Tell whether there is a newer version of the package, or of any."""
        lines = _COLOUR.sub("", self.call("outdated").stdout).splitlines()
        names = {line.split()[0] for line in lines[1:] if line.strip()}
        return self.name in names if self.name else bool(names)
