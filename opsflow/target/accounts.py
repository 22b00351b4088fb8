"""Users and groups as a host knows them: /etc/passwd, /etc/shadow and the name service."""

from __future__ import annotations

import grp
import os
import pwd

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def find_user(name: str, local: bool = False) -> pwd.struct_passwd | None:
    """Return a user's entry; `local` looks at the host's own files only."""
    if not local:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            return None
    for fields in _rows("/etc/passwd", 7):
        if fields[0] == name:
            return pwd.struct_passwd([*fields[:2], int(fields[2]), int(fields[3]), *fields[4:7]])
    return None


def find_group(name: str, local: bool = False) -> grp.struct_group | None:
    """Return the entry of a group, which may be given by its number."""
    for group in all_groups(local):
        if group.gr_name == name or (name.isdigit() and group.gr_gid == int(name)):
            return group
    if local:
        return None
    try:  # a directory service may hide its groups from listings
        return grp.getgrgid(int(name)) if name.isdigit() else grp.getgrnam(name)
    except KeyError:
        return None


def all_groups(local: bool = False) -> list[grp.struct_group]:
    """Return all groups that the host lists."""
    if not local:
        return grp.getgrall()
    return [
        grp.struct_group((name, password, int(gid), members.split(",") if members else []))
        for name, password, gid, members in _rows("/etc/group", 4)
    ]


def groups_of(user: pwd.struct_passwd, local: bool = False) -> set[str]:
    """Return the names of the groups that a user belongs to beside the primary one."""
    listed = {
        group.gr_name
        for group in all_groups(local)
        if user.pw_name in group.gr_mem and group.gr_gid != user.pw_gid
    }
    if local or listed:
        return listed
    found: set[str] = set()
    for gid in os.getgrouplist(user.pw_name, user.pw_gid):
        try:
            name = grp.getgrgid(gid).gr_name
        except KeyError:
            continue
        if gid != user.pw_gid:
            found.add(name)
    return found


class Shadow:
    """A user's line in /etc/shadow. Numbers are days; None where a field is empty."""

    def __init__(self, fields: list[str]) -> None:
        self.password = fields[1]
        self.minimum, self.maximum, self.warn, self.inactive, self.expires = (
            int(field) if field.lstrip("-").isdigit() else None for field in fields[3:8]
        )


def find_shadow(name: str) -> Shadow:
    """Return what is known of a user's password; an empty line where there is nothing to read."""
    for fields in _rows("/etc/shadow", 8):
        if fields[0] == name:
            return Shadow(fields)
    return Shadow([name, "", "", "", "", "", "", ""])


def _rows(path: str, width: int) -> Iterator[list[str]]:
    try:
        with open(path, errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:  # not for us to read, or not there
        return
    for line in lines:
        fields = line.split(":")
        if len(fields) >= width and not line.startswith(("#", "+", "-")):
            yield fields[: max(width, 8)]
