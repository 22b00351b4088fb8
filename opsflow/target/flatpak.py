"""Applications of Flatpak, by the program flatpak."""

from __future__ import annotations

import os
import urllib.parse

from opsflow.target.paths import expand
from opsflow.target.programs import need, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_WEB = ("http://", "https://")


def run(request: Request, name: list[str], state: str, **want: Any) -> dict[str, Any]:
    """Bring applications to a state."""
    flatpak = Flatpak(request, want)
    there = flatpak.installed()
    found = {one: _find(one, there) for one in name}
    installed = [app for app in found.values() if app]
    missing = [one for one, app in found.items() if app is None]
    changed = False
    if state == "absent":
        if installed:
            changed = True
            flatpak.change("uninstall", installed)
    else:
        if state == "latest" and installed:
            changed = flatpak.update(installed)
        if missing:
            changed = True
            flatpak.install(missing)
    return dict(flatpak.told, changed=changed)


def _find(name: str, there: dict[str, str]) -> str | None:
    """Return the ID of the installed application that a name means, or the name of a file by its URL."""
    wanted = _plain(name).lower()
    for app, title in there.items():
        if wanted == app.lower() or (_is_loose(name) and wanted in (title, app.lower().rpartition(".")[2])):
            return app
    return None


def _plain(name: str) -> str:
    """Return the ID in what is a URL or a reference such as `app/ID/x86_64/stable`."""
    if name.startswith(_WEB):
        return os.path.splitext(urllib.parse.urlsplit(name).path.rpartition("/")[2])[0]
    parts = [part for part in name.split("/") if "." in part and part.partition(".")[0].islower()]
    return parts[0] if parts else name


def _is_loose(name: str) -> bool:
    return name.startswith(_WEB) or "." not in name


class Flatpak:
    """flatpak with the options of a task; `told` is what its last call said."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.want = want
        given: str = want["executable"]
        self.program = expand(request, given) if "/" in given else which(request, given)
        if self.program is None:
            self.program = need(request, given, "flatpak")
        self.method: str = "--" + want["method"]
        self.told: dict[str, Any] = {}

    def _call(self, *words: str, dry: bool = False) -> str:
        argv = [self.program, *words]
        self.told["command"] = " ".join(str(word) for word in argv)
        if dry:
            self.told["rc"] = 0
            return ""
        done = self.request.command(argv).check("flatpak " + words[0])
        self.told.update(rc=done.rc, stdout=done.stdout, stderr=done.stderr)
        return done.stdout

    def installed(self) -> dict[str, str]:
        """Return the IDs of what is installed, each with its name in small letters."""
        rows = self._call("list", self.method, "--columns=application,name").splitlines()
        pairs = [row.partition("\t") for row in rows if row.strip()]
        return {app.strip(): title.strip().lower() for app, _, title in pairs}

    def change(self, verb: str, words: list[str]) -> str:
        flags = ["--no-deps"] if self.want["no_dependencies"] and verb != "uninstall" else []
        return self._call(verb, self.method, "--noninteractive", *flags, *words, dry=self.request.check)

    def install(self, names: list[str]) -> None:
        if self.want.get("from_url"):
            self.change("install", ["--from", self.want["from_url"]])
            return
        urls = [name for name in names if name.startswith(_WEB)]
        others = [name for name in names if name not in urls]
        if urls:
            self.change("install", urls)
        if others:
            self.change("install", [self.want["remote"], *others])

    def update(self, apps: list[str]) -> bool:
        """Update applications; tell whether there was something newer."""
        if not self.request.check:
            return "Nothing to do." not in self.change("update", apps)
        newer = self._call("remote-ls", self.method, "--updates", "--columns=application").split()
        self.change("update", apps)
        return any(app in newer for app in apps)
