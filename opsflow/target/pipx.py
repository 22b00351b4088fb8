"""Applications in Python environments of their own, by pipx."""

from __future__ import annotations

import json
import re

from opsflow.target import pep440
from opsflow.target.paths import expand
from opsflow.target.pip_installed import canonical
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Result = dict[str, Any]
    Applications = dict[str, dict[str, Any]]

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*(.*)")
_SPECIAL = re.compile(r"[<>=!~\[\]]")
_VERBS = {"present": "install", "absent": "uninstall"}

_TAKES = {
    "install": "index_url install_deps force python system_site_packages editable pip_args suffix",
    "install_all": "index_url force python system_site_packages editable pip_args",
    "upgrade": "include_injected index_url force editable pip_args",
    "upgrade_all": "include_injected force",
    "upgrade_shared": "pip_args",
    "inject": "index_url install_apps install_deps force editable pip_args",
    "reinstall": "python",
    "reinstall_all": "python",
}
"""Which options each command has; the others have none."""

_FLAGS = {
    "install_deps": "--include-deps",
    "install_apps": "--include-apps",
    "include_injected": "--include-injected",
    "force": "--force",
    "system_site_packages": "--system-site-packages",
    "editable": "--editable",
    "index_url": "--index-url",
    "python": "--python",
    "suffix": "--suffix",
}


def run(request: Request, state: str, **want: Any) -> Result:
    """Bring applications to a state."""
    pipx = Pipx(request, want)
    before = pipx.applications()
    verb = _VERBS.get(state, state)
    changed, calls = _plan(pipx, verb, before)
    for name, words in calls:
        pipx.change(name, words)
    after = before if request.check or not calls else pipx.applications()
    names = ("name", "source", "index_url", "force")
    result: Result = {key: want.get(key) for key in names}
    result.update(pipx.told, application=after, changed=changed or before != after, version=pipx.version)
    if verb == "install" and pipx.specifier is not None and not want.get("source"):
        result["source"] = want["name"]
    if request.diff and before != after:
        result["diff"] = {"before": {"application": before}, "after": {"application": after}}
    return result


def _plan(pipx: Pipx, verb: str, there: Applications) -> tuple[bool, list[tuple[str, list[str]]]]:
    """Return whether something surely changes, and the commands of pipx with their last arguments."""
    want = pipx.want
    force: bool = want["force"]
    if verb in _ON_WHAT_IS_THERE:
        if pipx.name and not there:
            raise Fail("cannot %s '%s': the application is not installed" % (verb, pipx.installed_name))
        return _changes(verb, want, there) or (force and verb != "uninject"), [(verb, _words(pipx, verb))]
    if verb == "install":
        fits = pipx.fits(there)
        if fits and not force:
            return False, []
        pipx.want = dict(want, force=force or bool(there))
        return True, [("install", [want.get("source") or pipx.requirement])]
    if verb == "latest":
        new = not there or force
        first = [("install", [want.get("source") or want["name"]])] if new else []
        return new, [*first, ("upgrade", [pipx.installed_name])]
    if verb == "uninstall":
        return bool(there), [("uninstall", [pipx.installed_name])] if there else []
    words = [expand(pipx.request, want["spec_metadata"])] if verb == "install_all" else []
    return _changes(verb, want, there) or (force and verb == "upgrade_all"), [(verb, words)]


_ON_WHAT_IS_THERE = ("upgrade", "reinstall", "inject", "uninject", "pin", "unpin")


def _words(pipx: Pipx, verb: str) -> list[str]:
    packages: list[str] = pipx.want.get("inject_packages", []) if verb in ("inject", "uninject") else []
    return [pipx.installed_name, *packages]


def _changes(verb: str, want: dict[str, Any], there: Applications) -> bool:
    """Tell whether a command changes something, as far as that is known beforehand."""
    found = next(iter(there.values())) if there else {}
    injected = {canonical(name) for name in found.get("injected", {})}
    packages = {canonical(_taken_apart(one)[0]) for one in want.get("inject_packages", [])}
    if verb == "inject":
        return not packages <= injected
    if verb == "uninject":
        return bool(packages & injected)
    if verb in ("pin", "unpin"):
        return bool(found.get("pinned")) != (verb == "pin")
    if verb == "uninstall_all":
        return bool(there)
    return verb in ("reinstall", "install_all")


def _taken_apart(text: str) -> tuple[str, str | None]:
    """Return the name in a requirement and its specifier; None where it is a name and nothing else."""
    found = _NAME.match(text)
    if not found:
        raise Fail("this is no name of a Python package: '%s'" % text)
    return found.group(1), found.group(3).partition(";")[0] if _SPECIAL.search(text) else None


class Pipx:
    """pipx and the application that a task names."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.want = want
        self.told: Result = {}
        path = want.get("executable")
        self.program = expand(request, path) if path else need(request, "pipx", "pipx")
        self.everyone = ["--global"] if want["global_"] else []
        self.requirement: str = want.get("name", "").strip()
        self.name, self.specifier = _taken_apart(self.requirement) if self.requirement else ("", None)
        self.installed_name: str = self.name + want.get("suffix", "")
        self.version = self._call(["--version"]).stdout.strip()

    def _call(self, words: list[str]) -> Completed:
        env = {"USE_EMOJI": "0", "PIPX_USE_EMOJI": "0"}
        return self.request.command([self.program, *words], env=env).check("pipx " + words[0])

    def applications(self) -> Applications:
        """Return what is installed: all, or the one that was named, if it is there."""
        done = self._call(["list", "--include-injected", "--json", *self.everyone])
        try:
            known: dict[str, Any] = json.loads(done.stdout or '{"venvs": {}}')["venvs"]
        except (ValueError, KeyError):
            raise Fail("pipx list said what is no list", stdout=done.stdout, stderr=done.stderr) from None
        wanted = canonical(self.installed_name)
        return {name: _entry(name, venv) for name, venv in known.items() if wanted in ("", canonical(name))}

    def fits(self, there: Applications) -> bool:
        """Tell whether the application is there in a version that is wanted."""
        for found in there.values():
            try:
                return pep440.accepts(self.specifier or "", found["version"])
            except pep440.Invalid as error:
                raise Fail("cannot compare versions of '%s': %s" % (self.name, error)) from None
        return False

    def change(self, verb: str, words: list[str]) -> None:
        argv = [verb.replace("_", "-"), *self.everyone, *self._options(verb), *words]
        self.told = {"cmd": [self.program, *argv], "stdout": None, "stderr": None}
        if not self.request.check:
            done = self._call(argv)
            self.told.update(stdout=done.stdout, stderr=done.stderr)

    def _options(self, verb: str) -> list[str]:
        given: list[str] = []
        for option in _TAKES.get(verb, "").split():
            value = self.want.get(option)
            if option == "pip_args" and value:
                given.append("--pip-args=" + value)
            elif value:
                given += [_FLAGS[option]] if value is True else [_FLAGS[option], value]
        return given


def _entry(name: str, venv: dict[str, Any]) -> dict[str, Any]:
    main = venv["metadata"]["main_package"]
    others: dict[str, Any] = venv["metadata"]["injected_packages"]
    injected = {name: one["package_version"] for name, one in others.items()}
    version = main["package_version"]
    return {"name": name, "version": version, "pinned": main.get("pinned"), "injected": injected}
