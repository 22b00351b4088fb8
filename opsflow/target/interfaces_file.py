"""Options of interfaces in a file such as /etc/network/interfaces, the rest of which stays as written."""

from __future__ import annotations

import os
import re

from opsflow.target import attributes, files
from opsflow.target.request import Fail
from opsflow.target.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_LISTS = ("pre-up", "up", "down", "post-up")
_STANZAS = ("mapping", "source", "source-dir", "source-directory", "auto", "no-auto-down", "no-scripts")
_WORDS = re.compile(r"(\s*)(\S+)(\s*)(.*?)(\s*)$", re.DOTALL)


def run(request: Request, dest: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring an option of an interface to its value, or remove it."""
    wanted = attributes.split(want)
    text = Text(request, dest)
    before = text.lines(create=False, kind="Destination")
    after = before
    if want.get("option") is not None:
        after = _edited(before, want, state)
    changed = after != before
    result: dict[str, Any] = {"dest": dest, "ifaces": _interfaces(_parse(after))}
    content = text.encode("".join(after))
    if changed and not request.check:
        written = files.replace(request, text.path, [content], wanted, want["backup"])
        if written.backup:
            result["backup_file"] = written.backup
    result["changed"] = attributes.apply(request, text.path, wanted) or changed
    if request.diff:
        result["diff"] = files.diff(text.encode(text.before or ""), content, dest, dest)
    result.update(attributes.info(os.path.abspath(text.path)))
    return result


class Entry:
    """A line that belongs to an interface: its `iface` line, or an option."""

    def __init__(self, index: int, iface: str, family: str | None, name: str, value: str) -> None:
        self.index = index
        self.iface = iface
        self.family = family
        self.name = name  # "" for the `iface` line
        self.value = value


def _parse(lines: list[str]) -> list[Entry]:
    """Return the lines of interfaces. Raises Fail for an option of nothing."""
    entries: list[Entry] = []
    stanza = ""
    iface, family = "", None
    for index, line in enumerate(lines):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "iface" and len(words) > 1:
            stanza, iface, family = "iface", words[1], words[2] if len(words) > 2 else None
            entries.append(Entry(index, iface, family, "", words[3] if len(words) > 3 else ""))
        elif words[0] in _STANZAS or words[0].startswith("allow-"):
            stanza = words[0]
        elif stanza == "iface":
            value = line.strip()[len(words[0]) :].strip()
            entries.append(Entry(index, iface, family, words[0], value))
        elif not stanza:
            raise Fail("misplaced option %s in line %d" % (line.rstrip("\n"), index + 1))
    return entries


def _interfaces(entries: list[Entry]) -> dict[str, Any]:
    """Return what Ansible tells of the interfaces of a file."""
    found: dict[str, Any] = {}
    for entry in entries:
        if not entry.name:
            found[entry.iface] = {"address_family": entry.family, "method": entry.value or None}
            found[entry.iface].update((name, []) for name in _LISTS)
        elif entry.name in _LISTS:
            found[entry.iface][entry.name].append(entry.value)
        else:
            found[entry.iface][entry.name] = entry.value
    return found


def _edited(lines: list[str], want: dict[str, Any], state: str) -> list[str]:
    """Return the lines with the option as it is wanted. Raises Fail when there is no such interface."""
    family = want.get("address_family")
    mine = [
        entry for entry in _parse(lines) if entry.iface == want["iface"] and family in (None, entry.family)
    ]
    if not mine:
        raise Fail("Error: interface %s not found" % want["iface"])
    lines = list(lines)
    options = [entry for entry in mine if entry.name == want["option"]]
    listed = want["option"] in _LISTS
    if state == "absent":
        value = want.get("value") if listed else None
        gone = [entry.index for entry in options if value in (None, entry.value)]
        return [line for index, line in enumerate(lines) if index not in gone]
    if want["option"] == "method":
        for entry in mine:
            if not entry.name:
                lines[entry.index] = _with_method(lines[entry.index], want["value"])
    elif not options or (listed and all(entry.value != want["value"] for entry in options)):
        last = options[-1] if options else mine[-1]
        bare = not any(entry.name for entry in mine)
        _insert(lines, last.index, "%s %s" % (want["option"], want["value"]), "    " if bare else "")
    elif not listed and options[-1].value != want["value"]:
        at = options[-1].index
        lines[at] = _WORDS.sub(lambda found: _with_value(found, want["value"]), lines[at], count=1)
    return lines


def _with_value(found: re.Match[str], value: str) -> str:
    return found.group(1) + found.group(2) + (found.group(3) or " ") + value + found.group(5)


def _with_method(line: str, method: str) -> str:
    return re.sub(r"^(\s*iface\s+\S+\s+\S+\s+)\S+", lambda found: found.group(1) + method, line)


def _insert(lines: list[str], after: int, option: str, indent: str) -> None:
    if not lines[after].endswith("\n"):
        lines[after] += "\n"
    prefix = lines[after][: len(lines[after]) - len(lines[after].lstrip())]
    lines.insert(after + 1, prefix + indent + option + "\n")
