"""Executable inventories: programs that print hosts and groups as JSON.

`PROGRAM --list` prints `{group: {"hosts": […], "vars": {…}, "children": […]}}`, and all variables of hosts
in `_meta.hostvars`. Without `_meta`, `PROGRAM --host NAME` is asked for those of each host.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.values import Map, sourced

from .draft import Draft
from .model import Group

TIME_LIMIT = 300.0
"""Seconds that a program may take for one answer."""

_AT_ONCE = 8
_PARTS = ("hosts", "vars", "children")
_TEXT_SHOWN = 2000


def is_script(content: bytes) -> bool:
    """Tell whether a file is a program, by how it begins: an executable text is still a text."""
    return content.startswith((b"#!", b"\x7fELF"))


def parse(draft: Draft, path: Path) -> None:
    """Run an inventory program and read what it prints into `draft`. Raises InputError when it fails."""
    if not os.access(path, os.X_OK):
        hint = f"make it executable: chmod +x {path}"
        raise InputError.at(Origin(str(path), 1, 1), "an inventory script that can't be run", hint=hint)
    document = _ask(draft, path, "--list")
    origin = document.origin
    meta = document.pop("_meta", None)
    named: dict[str, None] = {}
    for name, body in document.items():
        group = draft.group(name, origin)
        if group is not None:
            named.update(dict.fromkeys(_group(draft, group, body, origin)))
    hostvars = meta.get("hostvars") if isinstance(meta, Map) else None
    found = hostvars if isinstance(hostvars, Map) else _ask_each(draft, path, named)
    for name in named:
        values = found.get(name)
        if isinstance(values, Map):
            draft.host_vars([draft.inventory.hosts[name]], values)
        elif values is not None:
            draft.problem(f"the variables of host '{name}' must be an object, not {values!r}", origin)


def _group(draft: Draft, group: Group, body: Any, origin: Origin) -> list[str]:
    """Read one group and return the names of its hosts."""
    body = _whole(group.name, body, origin)
    for part, kind in (("hosts", list), ("children", list), ("vars", dict)):
        if not isinstance(body.get(part, kind()), kind):
            wanted = "a list" if kind is list else "an object"
            draft.problem(f"{part} of group '{group.name}' must be {wanted}, not {body[part]!r}", origin)
            return []
    for name in body.get("children", []):
        if child := draft.group(name, origin):
            draft.child(group, child, origin)
    draft.group_vars(group, body.get("vars") or Map(origin))
    # A name stands for itself here: no ranges, no ports.
    return [draft.host(name, group, origin).name for name in map(str, body.get("hosts", []))]


def _whole(name: str, body: Any, origin: Origin) -> Map:
    """Return a group in its full form: a list is its hosts, an object without parts one host's variables."""
    if isinstance(body, Map) and (not body or any(part in body for part in _PARTS)):
        return body
    whole = Map(origin)
    if isinstance(body, Map):
        whole.update(hosts=[name], vars=body)
    else:
        whole["hosts"] = body
    return whole


def _ask_each(draft: Draft, path: Path, names: Iterable[str]) -> dict[str, Any]:
    """Ask for the variables of each host, several hosts at once."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = {name: pool.submit(_ask, draft, path, "--host", name) for name in names}
        return {name: answer.result() for name, answer in asked.items()}


def _ask(draft: Draft, path: Path, *args: str) -> Map:
    """Return the JSON object that the program prints; what it says beside that becomes a warning."""
    origin = Origin(f"{path} {' '.join(args)}", 1, 1)
    output, said = _run(path, args, origin)
    if said:
        draft.warn(f"the inventory script says: {said}", origin)
    if not output.strip():
        return Map(origin)
    try:
        value = sourced(json.loads(output), origin)
    except ValueError as error:
        raise InputError.at(origin, f"the inventory script's output is not JSON: {error}") from error
    if not isinstance(value, Map):
        raise InputError.at(origin, "the inventory script's output must be a JSON object")
    return value


def _run(path: Path, args: tuple[str, ...], origin: Origin) -> tuple[str, str]:
    """Return what the program prints and what it says on standard error, cut short."""
    command = [str(path.absolute()), *args]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise InputError.at(origin, f"the inventory script can't be run: {error.strerror}") from error
    try:
        output, errors = process.communicate(timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        message = f"the inventory script has not answered for {TIME_LIMIT:g} seconds"
        raise InputError.at(origin, message) from None
    finally:
        _end(process)
    said = errors.decode("utf-8", "replace").strip()[-_TEXT_SHOWN:]
    if process.returncode:
        message = f"the inventory script failed with exit code {process.returncode}"
        raise InputError.at(origin, message, hint=f"it said: {said}" if said else None)
    return output.decode("utf-8", "replace"), said


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that is still running, with all that it started."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
