"""Diversions of files, by dpkg-divert."""

from __future__ import annotations

import os

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Diversion = dict[str, Any]


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Add, change or remove the diversion of a file."""
    path = expand(request, path)
    program = Program(request)
    before = program.state(path)
    wanted = _wanted(request, path, state, want)
    words = ["--rename" if want["rename"] else "--no-rename"]
    if state == "present":
        words += ["--local"] if wanted["holder"] == "LOCAL" else ["--package", wanted["holder"]]
        words += ["--divert", expand(request, want["divert"])] if want.get("divert") else []
        words += ["--add", path]
    else:
        words += ["--remove", path]
    if state == before["state"] and before != wanted:
        program.move(path, words, before, wanted)
    else:
        program.apply(path, words, before, wanted, want)
    after = wanted if request.check else program.state(path)
    if after != wanted:
        raise Fail("dpkg-divert did not do what it was asked", diversion=after, stdout=program.messages)
    result = {"changed": after != before, "diversion": after, "commands": program.commands}
    result["messages"] = program.messages
    if request.diff:
        result["diff"] = {"before": before, "after": after}
    return result


def _wanted(request: Request, path: str, state: str, want: dict[str, Any]) -> Diversion:
    if state == "absent":
        return {"path": path, "state": state, "divert": None, "holder": None}
    divert = expand(request, want["divert"]) if want.get("divert") else path + ".distrib"
    return {"path": path, "state": state, "divert": divert, "holder": want.get("holder") or "LOCAL"}


class Program:
    """dpkg-divert, what it was told and what it said."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.program = need(request, "dpkg-divert", "dpkg")
        self.commands: list[str] = []
        self.messages: list[str] = []

    def state(self, path: str) -> Diversion:
        """Return the diversion of a file."""
        holder = (
            self.request.command([self.program, "--listpackage", path]).check("dpkg-divert").stdout.strip()
        )
        if not holder:
            return {"path": path, "state": "absent", "divert": None, "holder": None}
        divert = self._ask("--truename", path)
        return {"path": path, "state": "present", "divert": divert, "holder": holder}

    def _ask(self, option: str, path: str) -> str:
        return self.request.command([self.program, option, path]).check("dpkg-divert").stdout.strip()

    def call(self, words: list[str], test: bool) -> Completed:
        return self.request.command([self.program, *(["--test"] if test else []), *words])

    def _note(self, words: list[str]) -> None:
        self.commands.append(" ".join([self.program, *words]))

    def apply(
        self, path: str, words: list[str], before: Diversion, wanted: Diversion, want: dict[str, Any]
    ) -> None:
        """Add or remove a diversion; a file in the way of the renamed one goes only by force."""
        self._note(words)
        test = self.request.check or before == wanted
        done = self.call(words, test)
        if done.rc != 0:
            place = wanted["divert"] or before["divert"]
            if not (want["rename"] and os.path.exists(path) and os.path.exists(place)):
                done.check("dpkg-divert")
            if not want["force"]:
                raise Fail(
                    "both %s and %s exist: set `force` to let one replace the other" % (path, place),
                    stdout=done.stdout,
                    stderr=done.stderr,
                    rc=done.rc,
                )
            if not test:
                os.unlink(place if wanted["state"] == "present" else path)
                done = self.call(words, test).check("dpkg-divert")
        self.messages.append(done.stdout.rstrip())

    def move(self, path: str, words: list[str], before: Diversion, wanted: Diversion) -> None:
        """Give a diversion another place or holder: dpkg-divert can only remove it and add it anew."""
        remove = ["--no-rename", "--remove", path]
        words = ["--no-rename", *words[1:]]
        self._note(remove)
        self._note(words)
        test = self.request.check
        self.messages.append(self.call(remove, test).check("dpkg-divert").stdout.rstrip())
        if test:
            self.messages.append("Running in check mode")
            return
        self.messages.append(self.call(words, test).check("dpkg-divert").stdout.rstrip())
        old, new = before["divert"], wanted["divert"]
        if old != new and os.path.exists(old) and not os.path.exists(new):
            os.rename(old, new)
