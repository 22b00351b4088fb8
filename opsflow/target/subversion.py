"""Ansible's `subversion`: a working copy at a revision, or an export of one."""

from __future__ import annotations

import os
import re

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Result = dict[str, Any]

_CHANGE = re.compile(r"^[ABDUCGE]\s", re.M)
_MODIFIED = "ERROR: modified files exist in the repository."


def run(request: Request, **options: Any) -> Result:
    """Do what the options of Ansible's `subversion` say; see the module for all of them."""
    return _Task(request, options).run()


class _Task:
    def __init__(self, request: Request, options: dict[str, Any]) -> None:
        self.request = request
        self.options = options
        self.repo: str = options["repo"]
        self.revision: str = options["revision"]
        self.dest = os.path.abspath(expand(request, options["dest"])) if options.get("dest") else ""
        given = options.get("executable")
        path = expand(request, given) if given else need(request, "svn", "subversion")
        self.argv = [path, "--non-interactive", "--no-auth-cache"]
        self.argv += [] if options["validate_certs"] else ["--trust-server-cert"]
        self.argv += ["--username", options["username"]] if options.get("username") else []
        password: str | None = options.get("password")
        self.stdin = password.encode() if password else None  # never an argument, which others can see
        self.argv += ["--password-from-stdin"] if password else []

    def _svn(self, *words: str) -> Completed:
        return self.request.command([*self.argv, *words], stdin=self.stdin)

    def _check(self, *words: str) -> str:
        return self._svn(*words).check("svn " + words[0]).stdout

    def run(self) -> Result:
        options = self.options
        if not (options["export"] or options["update"] or options["checkout"]):
            return {"changed": False, "after": _revision(self._check("info", self.repo))}
        if options["export"] or not os.path.exists(self.dest):
            return self._make()
        if self._svn("info", self.dest).rc == 0:
            if not options["update"]:
                return {"changed": False}
            return self._would_update() if self.request.check else self._update()
        if options["in_place"]:
            return self._check_out_here()
        raise Fail("ERROR: %s folder already exists, but its not a subversion repository." % self.dest)

    def _make(self) -> Result:
        verb = "export" if self.options["export"] else "checkout"
        if verb == "checkout" and not self.options["checkout"]:
            return {"changed": False}
        if not self.request.check:
            force = ["--force"] if self.options["force"] and verb == "export" else []
            self._check(verb, *force, "-r", self.revision, self.repo, self.dest)
        if verb == "export" or self.request.check:
            return {"changed": True}
        return {"changed": True, "before": None, "after": self._state()}

    def _check_out_here(self) -> Result:
        if self.request.check:
            return {"changed": True}
        self._check("checkout", "--force", "-r", self.revision, self.repo, self.dest)
        if self._is_modified() and self.options["force"]:
            self._check("revert", "-R", self.dest)
        return {"changed": True, "before": None, "after": self._state()}

    def _would_update(self) -> Result:
        modified = self._is_modified()
        if modified and not self.options["force"]:
            raise Fail(_MODIFIED)
        before = _revision(self._check("info", self.dest))
        after = _revision(self._check("info", "-r", self.revision, self.dest))
        return {"changed": modified or before != after, "before": before, "after": after}

    def _update(self) -> Result:
        before = self._state()
        modified = self._is_modified()
        if modified and not self.options["force"]:
            raise Fail(_MODIFIED)
        changed = False
        if self.options["switch"]:  # first, so that what is thrown away is that of the right repository
            changed = _has_changes(self._check("switch", "--revision", self.revision, self.repo, self.dest))
        if modified:
            self._check("revert", "-R", self.dest)
        changed = _has_changes(self._check("update", "-r", self.revision, self.dest)) or changed
        return {"changed": changed or modified, "before": before, "after": self._state()}

    def _is_modified(self) -> bool:
        lines = self._check("status", "--quiet", "--ignore-externals", self.dest).splitlines()
        return any(line and line[0] not in "?X" for line in lines)

    def _state(self) -> list[str]:
        """Return the lines that tell revision and URL of the working copy."""
        told = self._check("info", self.dest)
        url = re.search(r"^URL\s?:.*$", told, re.M)
        return [_revision(told), url.group(0) if url else "Unable to get URL"]


def _has_changes(said: str) -> bool:
    return bool(_CHANGE.search(said))


def _revision(told: str) -> str:
    found = re.search(r"^Revision\s?:\s+\d+$", told, re.M)
    return found.group(0) if found else "Unable to get revision"
