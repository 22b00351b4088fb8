"""Hosts in a configuration file of ssh(1): blocks of options; what is not meant stays as it is written."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.text import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Options = dict[str, Any]

SYSTEM = "/etc/ssh/ssh_config"
_LINE = re.compile(r"(\s*)(\w+)(\s*=\s*|\s+)(.*?)\s*$")
_SEVERAL = ("identityfile", "localforward", "remoteforward", "certificatefile")


def run(
    request: Request,
    host: str,
    state: str,
    options: Options,
    user: str = "",
    group: str = "",
    ssh_config_file: str = "",
) -> dict[str, Any]:
    """Bring the block of a host to its options, or remove it."""
    path = ssh_config_file or ("~%s/.ssh/config" % user if user else SYSTEM)
    text = Text(request, path)
    _check_identity(request, text, options)
    lines = text.lines(create=True)
    edit = Edit(lines)
    edit.run(host, state, options)
    content = text.encode("".join(edit.lines))
    if edit.changed and not request.check:
        owner = {"owner": user or None, "group": group or user or None}
        _directory(request, os.path.dirname(text.path), owner)
        mode = "0644" if text.path == SYSTEM else "0600"
        files.replace(request, text.path, [content], dict(owner, mode=mode))
    result: dict[str, Any] = {"changed": edit.changed, **edit.told}
    if request.diff:
        result["diff"] = files.diff(text.encode(text.before or ""), content, text.path, text.path)
    return result


def _check_identity(request: Request, text: Text, options: Options) -> None:
    key = options.get("identityfile")
    if not key:
        return
    options["identityfile"] = expand(request, key)
    place = os.path.join(os.path.dirname(text.path), options["identityfile"])
    if text.before is not None and not os.path.exists(place):
        raise Fail("IdentityFile %s does not exist" % key)


def _directory(request: Request, path: str, owner: dict[str, Any]) -> None:
    if not os.path.isdir(path):
        files.make_directories(request, path, dict(owner, mode="0700"))


class Block:
    """Where a host's lines are, and what they say."""

    def __init__(self, start: int, host: str) -> None:
        self.start = start
        self.end = start + 1  # after its last option
        self.host = host
        self.options: Options = {}


def blocks(lines: list[str]) -> list[Block]:
    """Return the blocks of hosts in their order."""
    found: list[Block] = []
    current: Block | None = None
    for index, line in enumerate(lines):
        match = None if line.lstrip().startswith("#") else _LINE.match(line)
        if not match:
            continue
        key, value = match.group(2).lower(), match.group(4)
        if key in ("host", "match"):
            current = Block(index, " ".join(value.split())) if key == "host" else None
            found += [current] if current else []
        elif current:
            current.end = index + 1
            if key in _SEVERAL:
                current.options.setdefault(key, []).append(value)
            else:
                current.options.setdefault(key, value)  # ssh takes the first
    return found


class Edit:
    """The lines of a file while they are edited, and what Ansible tells of that."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.changed = False
        self.told: dict[str, list[Any]] = {
            "hosts_added": [],
            "hosts_changed": [],
            "hosts_removed": [],
            "hosts_change_diff": [],
        }

    def run(self, host: str, state: str, options: Options) -> None:
        """Edit the blocks of a host, from the last to the first, so that places stay true."""
        found = [block for block in blocks(self.lines) if block.host == host]
        for block in reversed(found):
            if state == "absent":
                self._remove(block)
                self.told["hosts_removed"].append(host)
            else:
                self._change(block, _changed(block.options, options))
        if not found and state == "present":
            wanted = _changed({}, options)
            if wanted:
                self._add(host, wanted)
                self.told["hosts_added"].append(host)
        self.changed = any(self.told.values())

    def _change(self, block: Block, wanted: Options | None) -> None:
        if wanted is not None:
            self._update(block, wanted)
            self.told["hosts_changed"].append(block.host)
            self.told["hosts_change_diff"].append({block.host: {"old": block.options, "new": wanted}})

    def _remove(self, block: Block) -> None:
        end = block.end
        while end < len(self.lines) and not self.lines[end].strip():
            end += 1
        del self.lines[block.start : end]

    def _add(self, host: str, options: Options) -> None:
        if self.lines:
            if not self.lines[-1].endswith("\n"):
                self.lines[-1] += "\n"
            if self.lines[-1].strip():
                self.lines.append("\n")
        self.lines.append("Host %s\n" % host)
        self.lines += ["    %s %s\n" % item for item in options.items()]

    def _update(self, block: Block, wanted: Options) -> None:
        """Write the lines of a block anew whose options differ, in their places; new ones at its end."""
        new: list[str] = []
        indent = "    "
        done: set[str] = set()
        for line in self.lines[block.start + 1 : block.end]:
            match = None if line.lstrip().startswith("#") else _LINE.match(line)
            key = match.group(2).lower() if match else ""
            if not match or wanted.get(key) == block.options.get(key):
                new.append(line)
                done.add(key)
            elif key in wanted and key not in done:
                new.append("%s%s%s%s\n" % (*match.group(1, 2, 3), wanted[key]))
                done.add(key)
            indent = match.group(1) if match else indent
        missing = [key for key in wanted if key not in block.options]
        new += ["%s%s %s\n" % (indent, key, wanted[key]) for key in missing]
        header = self.lines[block.start]
        head = header if header.endswith("\n") else header + "\n"
        self.lines[block.start : block.end] = [head, *new]


def _changed(old: Options, options: Options) -> Options | None:
    """Return a host's options as they are wanted, None where they are so already."""
    new = dict(old)
    for key, value in options.items():
        if not value:
            new.pop(key, None)
        elif value != old.get(key) and value not in (old[key] if isinstance(old.get(key), list) else ()):
            new[key] = value
    return None if new == old else new
