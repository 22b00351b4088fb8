"""Owner, group, mode and the like of a file: what it has, and making it what a task wants.

The wanted ones are Ansible's common file options: mode, owner, group, attributes (chattr's letters),
seuser, serole, setype, selevel. `unsafe_writes` may be among them and is of no interest here.
"""

from __future__ import annotations

import fcntl
import grp
import os
import pwd
import re
import stat
import struct

from opsflow.target import modes
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

    Diff = dict[str, dict[str, Any]]

_COMMON = ("mode", "owner", "group", "attributes", "seuser", "serole", "setype", "selevel", "unsafe_writes")
_GETFLAGS, _GETVERSION = (2 << 30 | struct.calcsize("l") << 16 | letter << 8 | 1 for letter in b"fv")
"""FS_IOC_GETFLAGS and FS_IOC_GETVERSION of ioctl(2). Both are about four bytes, whatever their names say."""
_FLAGS = (
    ("s", 0x1),
    ("u", 0x2),
    ("S", 0x8),
    ("D", 0x10000),
    ("i", 0x10),
    ("a", 0x20),
    ("d", 0x40),
    ("A", 0x80),
    ("c", 0x4),
    ("E", 0x800),
    ("j", 0x4000),
    ("I", 0x1000),
    ("t", 0x8000),
    ("T", 0x20000),
    ("e", 0x80000),
    ("C", 0x800000),
    ("x", 0x2000000),
    ("F", 0x40000000),
    ("N", 0x10000000),
    ("P", 0x20000000),
    ("V", 0x100000),
    ("m", 0x400),
)
"""Letters of lsattr(1), in its order, and the bits of linux/fs.h."""
_SELINUX = ("seuser", "serole", "setype", "selevel")


def split(options: dict[str, Any]) -> dict[str, Any]:
    """Take the common file options out of a module's options and return them."""
    return {name: options.pop(name) for name in _COMMON if name in options}


def state(path: str) -> str:
    """Return link, directory, hard (a file with several names), file or absent."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    if stat.S_ISLNK(found.st_mode):
        return "link"
    if stat.S_ISDIR(found.st_mode):
        return "directory"
    return "hard" if found.st_nlink > 1 else "file"


def info(path: str) -> dict[str, Any]:
    """Return what Ansible adds to a result about its path: uid, gid, owner, group, mode, size, state."""
    kind = state(path)
    if kind == "absent":
        return {"state": "absent"}
    found = os.lstat(path)
    return {
        "uid": found.st_uid,
        "gid": found.st_gid,
        "owner": user_name(found.st_uid),
        "group": group_name(found.st_gid),
        "mode": "0%03o" % stat.S_IMODE(found.st_mode),
        "size": found.st_size,
        "state": kind,
    }


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def uid_of(owner: Any) -> int:
    """Return the uid of a user given by name or number. Raises Fail when there is none of that name."""
    try:
        return int(owner)
    except ValueError:
        pass
    try:
        return pwd.getpwnam(owner).pw_uid
    except KeyError:
        raise Fail("chown failed: failed to look up user %s" % owner) from None


def gid_of(group: Any) -> int:
    """Return the gid of a group given by name or number. Raises Fail when there is none of that name."""
    try:
        return int(group)
    except ValueError:
        pass
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise Fail("chgrp failed: failed to look up group %s" % group) from None


def apply(request: Request, path: str, wanted: Mapping[str, Any], diff: Diff | None = None) -> bool:
    """Give an existing path what is wanted of it; a symbolic link itself, not what it points to.

    Returns whether something differed; in check mode only tells. `diff` gets what it was and is.
    """
    seen: Diff = diff if diff is not None else {"before": {}, "after": {}}
    changed = _owner(request, path, wanted, seen)
    changed = _mode(request, path, wanted.get("mode"), seen) or changed
    changed = _attributes(request, path, wanted.get("attributes"), seen) or changed
    return _selinux(request, path, wanted, seen) or changed


def _owner(request: Request, path: str, wanted: Mapping[str, Any], diff: Diff) -> bool:
    found = os.lstat(path)
    uid = uid_of(wanted["owner"]) if wanted.get("owner") not in (None, "") else found.st_uid
    gid = gid_of(wanted["group"]) if wanted.get("group") not in (None, "") else found.st_gid
    for name, old, new in (("owner", found.st_uid, uid), ("group", found.st_gid, gid)):
        if old != new:
            diff["before"][name], diff["after"][name] = old, new
    if (uid, gid) == (found.st_uid, found.st_gid):
        return False
    if not request.check:
        try:
            os.lchown(path, uid, gid)
        except OSError as error:
            raise Fail("chown of '%s' failed: %s" % (path, error.strerror)) from error
    return True


def _mode(request: Request, path: str, mode: Any, diff: Diff) -> bool:
    found = os.lstat(path)
    if mode is None or stat.S_ISLNK(found.st_mode):  # Linux keeps no mode for links
        return False
    current = stat.S_IMODE(found.st_mode)
    new = modes.resolve(mode, current, stat.S_ISDIR(found.st_mode))
    if new == current:
        return False
    diff["before"]["mode"], diff["after"]["mode"] = "0%03o" % current, "0%03o" % new
    if not request.check:
        try:
            os.chmod(path, new)
        except OSError as error:
            raise Fail("chmod of '%s' failed: %s" % (path, error.strerror)) from error
    return True


def flags(path: str) -> tuple[str, str | None]:
    """Return chattr's letters of a path and its inode version; nothing where the filesystem has none."""
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            return "", None
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            (found,) = struct.unpack("I", fcntl.ioctl(file, _GETFLAGS, bytes(4)))
            (version,) = struct.unpack("I", fcntl.ioctl(file, _GETVERSION, bytes(4)))
        finally:
            os.close(file)
    except OSError:
        return "", None
    return "".join(letter for letter, bit in _FLAGS if found & bit), str(version)


def _attributes(request: Request, path: str, attributes: str | None, diff: Diff) -> bool:
    if not attributes:
        return False
    found = re.match(r"^([-+=]?)([a-zA-Z]*)$", attributes)
    if not found:
        raise Fail("attributes must be letters of chattr, with +, - or = before them: '%s'" % attributes)
    operator, letters = found.group(1) or "=", set(found.group(2))
    current = set(flags(path)[0])
    new = {"+": current | letters, "-": current - letters, "=": letters | (current & {"e"})}[operator]
    if new == current:
        return False
    diff["before"]["attributes"], diff["after"]["attributes"] = "".join(sorted(current)), attributes
    if not request.check:
        request.command(["chattr", operator + found.group(2), path]).check("chattr")
    return True


def _selinux(request: Request, path: str, wanted: Mapping[str, Any], diff: Diff) -> bool:
    """Set the parts of the SELinux context that are given; nothing where SELinux is off, as Ansible."""
    if not any(wanted.get(part) for part in _SELINUX) or not os.path.exists("/sys/fs/selinux/enforce"):
        return False
    label = os.getxattr(path, "security.selinux", follow_symlinks=False)
    old = label.decode().rstrip("\0").split(":", 3)
    new = [wanted.get(part) or kept for part, kept in zip(_SELINUX, old)]
    if new == old:
        return False
    diff["before"]["secontext"], diff["after"]["secontext"] = old, new
    if not request.check:
        os.setxattr(path, "security.selinux", ":".join(new).encode(), follow_symlinks=False)
    return True
