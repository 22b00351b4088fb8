"""Kernel parameters: in a file of /etc/sysctl.d and in the running kernel."""

from __future__ import annotations

import os

from opsflow.target import files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    name: str,
    sysctl_file: str,
    value: str | None = None,
    state: str = "present",
    reload: bool = True,
    sysctl_set: bool = False,
    ignoreerrors: bool = False,
) -> dict[str, Any]:
    """Bring a parameter to its value in the file; then in the kernel, by `sysctl_set` or `reload`."""
    path = os.path.realpath(sysctl_file)
    before = _lines(path)
    wanted = None if state == "absent" else _normal(value or "")
    after = _edited(before, name, wanted)
    file_changes = after != before
    live_changes = sysctl_set and wanted is not None and _live(name) != wanted
    if not request.check:
        if live_changes:
            _write(name, wanted or "", ignoreerrors)
        if file_changes:  # the kernel first: what it refuses must not look done the next time
            for key, text in _assignments(after) if reload else []:
                _write(key, text, ignoreerrors)
            files.replace(request, path, ["".join(line + "\n" for line in after).encode()], {})
    result: dict[str, Any] = {"changed": file_changes or live_changes}
    if request.diff and file_changes:
        old, new = ("".join(line + "\n" for line in lines).encode() for lines in (before, after))
        result["diff"] = files.diff(old, new, path, path)
    return result


def _lines(path: str) -> list[str]:
    try:
        with open(path, errors="surrogateescape") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def _assignments(lines: list[str]) -> list[tuple[str, str]]:
    pairs = [line.partition("=")[::2] for line in lines if line.strip()[:1] not in ("#", ";", "")]
    return [(key.strip(), value.strip()) for key, value in pairs]


def _edited(lines: list[str], name: str, value: str | None) -> list[str]:
    """Return the lines with one assignment of the parameter, or none of it."""
    edited: list[str] = []
    done = False
    for line in lines:
        pair = _assignments([line])
        if not pair or pair[0][0] != name:
            edited.append(line)
        elif value is not None and not done:
            done = True
            edited.append(line if _normal(pair[0][1]) == value else "%s=%s" % (name, value))
    if value is not None and not done:
        edited.append("%s=%s" % (name, value))
    return edited


def _normal(value: str) -> str:
    return " ".join(value.split())


def _path(name: str) -> str:
    """Return a parameter's file: dots separate, except where a slash comes first (net/ipv4/conf/eth0.1)."""
    first = next((char for char in name if char in "./"), ".")
    parts = name.translate(str.maketrans("./", "/.")) if first == "." else name
    return os.path.join("/proc/sys", parts)


def _live(name: str) -> str | None:
    try:
        with open(_path(name)) as file:
            return _normal(file.read())
    except OSError:
        return None


def _write(name: str, value: str, ignore: bool) -> None:
    """Set a parameter; one that is not there may be ignored.

    A name that begins with `-` may fail in any way, as in sysctl.conf(5).
    """
    try:
        with open(_path(name.lstrip("-")), "w") as file:
            file.write(value)
    except OSError as error:
        unknown = ignore and isinstance(error, FileNotFoundError)
        if not unknown and not name.startswith("-"):
            raise Fail("cannot set %s to '%s': %s" % (name, value, error.strerror), name=name) from error
