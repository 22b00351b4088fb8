"""Groups: added, renumbered, removed."""

from __future__ import annotations

from opsflow.target.accounts import find_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    name: str,
    state: str = "present",
    gid: int | None = None,
    system: bool = False,
    non_unique: bool = False,
    force: bool = False,
    local: bool = False,
    gid_min: int | None = None,
    gid_max: int | None = None,
) -> dict[str, Any]:
    """Bring a group to the wanted state."""
    found = find_group(name, local)
    if found and found.gr_name != name:  # the name is a number, and the group has that one
        found = None
    number = ["-g", str(gid)] if gid is not None else []
    number += ["-o"] if number and non_unique else []
    argv: list[str] = []
    if state == "absent":
        argv = ["groupdel", *(["-f"] if force else []), name] if found else []
    elif not found:
        limits = [("GID_MIN", gid_min), ("GID_MAX", gid_max)]
        keys = [word for key, value in limits if value is not None for word in ("-K", "%s=%d" % (key, value))]
        argv = ["groupadd", *number, *(["-r"] if system else []), *keys, name]
    elif gid is not None and found.gr_gid != gid:
        argv = ["groupmod", *number, name]
    result: dict[str, Any] = {"changed": bool(argv), "name": name, "state": state}
    if argv and not request.check:
        done = request.command(argv).check("%s of group %s" % (argv[0], name))
        result.update((key, text) for key, text in (("stdout", done.stdout), ("stderr", done.stderr)) if text)
        found = find_group(name, local)
    if state == "present":
        result.update(gid=found.gr_gid if found else gid, system=system)
    return result
