"""Alternatives, as update-alternatives keeps them."""

from __future__ import annotations

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Sub = dict[str, str]


class Alternative:
    """A path that can be chosen."""

    def __init__(self, path: str, priority: int = 0) -> None:
        self.path = path
        self.priority = priority
        self.subcommands: dict[str, str] = {}  # name: path


class Group:
    """What update-alternatives knows under a name; nothing of it where the name is unknown."""

    def __init__(self, text: str = "") -> None:
        self.link = ""
        self.mode = ""
        self.current: str | None = None
        self.links: dict[str, str] = {}  # of subcommands
        self.alternatives: dict[str, Alternative] = {}
        field = ""
        last = Alternative("")
        for line in text.splitlines():
            key, _, value = line.partition(":")
            value = value.strip()
            if line.startswith(" "):
                name, _, path = line.strip().partition(" ")
                (last.subcommands if last.path else self.links)[name] = path
                continue
            field = key
            if field == "Link":
                self.link = value
            elif field == "Status":
                self.mode = value
            elif field == "Value":
                self.current = None if value == "none" else value
            elif field == "Alternative":
                last = self.alternatives[value] = Alternative(value)
            elif field == "Priority":
                last.priority = int(value)

    def subcommands(self, path: str) -> list[Sub]:
        own = self.alternatives[path].subcommands
        return [{"name": name, "path": own[name], "link": self.links.get(name, "")} for name in own]


def run(request: Request, name: str, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring an alternative to its state."""
    path = expand(request, path)
    program = need(request, "update-alternatives", "dpkg")
    shown = request.command([program, "--query", name])
    group = Group(shown.stdout if shown.rc == 0 else "")
    steps: list[list[str]] = []
    said: list[str] = []
    if state == "absent":
        if path in group.alternatives:
            steps.append(["--remove", name, path])
            said.append("Remove alternative '%s' from '%s'." % (path, name))
    else:
        steps, said = _present(request, group, name, path, state, want)
    if not request.check:
        for step in steps:
            request.command([program, *step]).check("update-alternatives " + step[0])
    result: dict[str, Any] = {"changed": bool(steps), "msg": " ".join(said)}
    if request.diff:
        after = group if request.check else Group(request.command([program, "--query", name]).stdout)
        result["diff"] = {"before": _state(group, path), "after": _state(after, path)}
    return result


def _present(
    request: Request, group: Group, name: str, path: str, state: str, want: dict[str, Any]
) -> tuple[list[list[str]], list[str]]:
    """Return the commands that make an alternative present, selected or automatic, and what they mean."""
    steps: list[list[str]] = []
    said: list[str] = []
    wanted: list[Sub] | None = want.get("subcommands")
    for sub in wanted or ():
        sub.update(link=expand(request, sub["link"]), path=expand(request, sub["path"]))
    if not _registered(group, path, want.get("priority"), wanted):
        steps.append(_install(group, name, path, want, wanted))
        said.append("Install alternative '%s' for '%s'." % (path, name))
    if state == "selected" and group.current != path:
        steps.append(["--set", name, path])
        said.append("Set alternative '%s' for '%s'." % (path, name))
    if state == "auto" and group.mode == "manual":
        steps.append(["--auto", name])
        said.append("Set alternative to auto for '%s'." % name)
    return steps, said


def _registered(group: Group, path: str, priority: int | None, wanted: list[Sub] | None) -> bool:
    if path not in group.alternatives:
        return False
    if priority is not None and group.alternatives[path].priority != priority:
        return False
    return wanted is None or _sorted(group.subcommands(path)) == _sorted(wanted)


def _sorted(subcommands: list[Sub]) -> list[tuple[str, str, str]]:
    return sorted((sub["name"], sub["link"], sub["path"]) for sub in subcommands)


def _install(group: Group, name: str, path: str, want: dict[str, Any], wanted: list[Sub] | None) -> list[str]:
    """Return the command that registers an alternative with what is wanted, else what it had."""
    link: str = want.get("link") or group.link
    if not link:
        raise Fail("the alternative '%s' does not exist yet: give link, the path of the command" % name)
    known = group.alternatives.get(path, Alternative(path, 50))
    priority = want.get("priority", known.priority)
    if wanted is None:
        wanted = group.subcommands(path) if path in group.alternatives else []
    step = ["--install", link, name, path, str(priority)]
    for sub in wanted:
        step += ["--slave", sub["link"], sub["name"], sub["path"]]
    return step


def _state(group: Group, path: str) -> dict[str, Any]:
    """Return what a diff shows of an alternative."""
    if path not in group.alternatives:
        return {"state": "absent"}
    kind = "auto" if group.mode == "auto" else "selected" if group.current == path else "present"
    found = group.alternatives[path]
    shown = {"state": kind, "path": path, "priority": found.priority, "link": group.link}
    return dict(shown, subcommands=group.subcommands(path)) if found.subcommands else shown
