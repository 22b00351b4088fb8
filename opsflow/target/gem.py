"""Gems, by the program gem."""

from __future__ import annotations

import re
import shlex

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_LISTED = re.compile(r"\S+\s+\((.+)\)")


def run(request: Request, name: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a gem to a state."""
    gem = Gem(request, name, want)
    if state == "latest":
        newest = gem.versions("--remote", *gem.source)
        gem.version = newest[0] if newest else None
    there = gem.there()
    changed = there == (state == "absent")
    if changed and not request.check:
        if state == "absent":
            gem.uninstall()
        else:
            gem.install()
    result = {"changed": changed, "name": name, "state": state}
    return dict(result, version=gem.version) if gem.version else result


class Gem:
    """A gem, and how a task wants it."""

    def __init__(self, request: Request, name: str, want: dict[str, Any]) -> None:
        self.request = request
        self.name = name
        self.want = want
        self.version: str | None = want.get("version")
        self.program = self._program()
        self.common = ["--norc"] if want["norc"] else []
        self.source = ["--source", want["repository"]] if want.get("repository") else []
        self.place: str | None = None
        if want.get("install_dir"):
            self.place = expand(request, want["install_dir"])
        elif want["override_platform_install_dir"]:
            self.place = self._call("environment", "user_gemhome").strip()
        self.environment = {"GEM_HOME": self.place} if self.place else None

    def _program(self) -> list[str]:
        if self.want.get("executable"):
            return shlex.split(expand(self.request, self.want["executable"]))
        return [need(self.request, "gem", "ruby")]

    def _call(self, *words: str) -> str:
        done = self.request.command([*self.program, *words], env=getattr(self, "environment", None))
        return done.check("gem " + words[0]).stdout

    def versions(self, *options: str) -> list[str]:
        """Return the versions that are installed, or elsewhere, the newest first."""
        said = self._call("list", *self.common, *options, "^%s$" % re.escape(self.name))
        found: list[str] = []
        for line in said.splitlines():
            match = _LISTED.match(line)
            if match:
                versions = match.group(1).replace("default: ", "").split(", ")
                found += [version.split()[0] for version in versions]
        return found

    def there(self) -> bool:
        installed = self.versions("--local")
        return self.version in installed if self.version else bool(installed)

    def install(self) -> None:
        want = self.want
        words = [
            "install",
            *self.common,
            *(["--version", self.version] if self.version else []),
            *self.source,
        ]
        words += [] if want["include_dependencies"] else ["--ignore-dependencies"]
        if not want["override_platform_install_dir"]:
            words.append("--user-install" if want["user_install"] else "--no-user-install")
        words += self._places()
        flags = (("pre_release", "--pre"), ("env_shebang", "--env-shebang"), ("force", "--force"))
        words += [flag for option, flag in flags if want[option]]
        words += [] if want["include_doc"] else ["--no-document"]
        words.append(expand(self.request, want["gem_source"]) if want.get("gem_source") else self.name)
        self._call(*words, *(["--", want["build_flags"]] if want.get("build_flags") else []))

    def uninstall(self) -> None:
        """Remove the gem. Raises Fail when it stays, as those do that came with Ruby itself."""
        words = ["uninstall", *self.common, *self._places()]
        words += ["--version", self.version] if self.version else ["--all"]
        words += ["--executables", *(["--force"] if self.want["force"] else []), self.name]
        said = self._call(*words)
        if self.there():
            raise Fail("the gem %s is still there: a system's own gems stay" % self.name, stdout=said)

    def _places(self) -> list[str]:
        words = ["--install-dir", self.place] if self.place else []
        bindir = self.want.get("bindir")
        return [*words, "--bindir", expand(self.request, bindir)] if bindir else words
