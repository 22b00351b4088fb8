"""Ansible's `stat`: everything about a path."""

from __future__ import annotations

import os
import stat

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

KINDS = {
    "isdir": stat.S_ISDIR,
    "isreg": stat.S_ISREG,
    "islnk": stat.S_ISLNK,
    "ischr": stat.S_ISCHR,
    "isblk": stat.S_ISBLK,
    "isfifo": stat.S_ISFIFO,
    "issock": stat.S_ISSOCK,
}
BITS = {
    "rusr": stat.S_IRUSR,
    "wusr": stat.S_IWUSR,
    "xusr": stat.S_IXUSR,
    "rgrp": stat.S_IRGRP,
    "wgrp": stat.S_IWGRP,
    "xgrp": stat.S_IXGRP,
    "roth": stat.S_IROTH,
    "woth": stat.S_IWOTH,
    "xoth": stat.S_IXOTH,
    "isuid": stat.S_ISUID,
    "isgid": stat.S_ISGID,
}
_FLAGS = {
    "A": "noatime",
    "a": "append",
    "c": "compressed",
    "C": "nocow",
    "d": "nodump",
    "D": "dirsync",
    "e": "extents",
    "E": "encrypted",
    "h": "blocksize",
    "i": "immutable",
    "I": "indexed",
    "j": "journalled",
    "N": "inline",
    "s": "zero",
    "S": "synchronous",
    "t": "notail",
    "T": "blockroot",
    "u": "undelete",
    "X": "compressedraw",
    "Z": "compresseddirty",
}


def run(
    request: Request,
    path: str,
    follow: bool = False,
    get_checksum: bool = True,
    checksum_algorithm: str = "sha1",
    get_mime: bool = True,
    get_attributes: bool = True,
    get_selinux_context: bool = False,
) -> dict[str, Any]:
    """Return what is known of a path: Ansible's keys in `stat`."""
    path = expand(request, path)
    try:
        found = os.stat(path) if follow else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"changed": False, "stat": {"exists": False}}
    except OSError as error:
        raise Fail("cannot look at '%s': %s" % (path, error.strerror), errno=error.errno) from error
    result = _basic(path, found)
    result.update(_names(path, found))
    if get_checksum and stat.S_ISREG(found.st_mode) and result["readable"]:
        result["checksum"] = files.digest(path, checksum_algorithm)
    if get_mime:
        result.update(_mime(request, path, follow))
    if get_attributes:
        letters, version = attributes.flags(path)
        known = [_FLAGS[letter] for letter in letters if letter in _FLAGS]
        result.update(attr_flags=letters, attributes=known, version=version)
    if get_selinux_context:
        result["selinux_context"] = _selinux(path, follow)
    return {"changed": False, "stat": result}


def _basic(path: str, found: os.stat_result) -> dict[str, Any]:
    result: dict[str, Any] = {
        "exists": True,
        "path": path,
        "mode": "%04o" % stat.S_IMODE(found.st_mode),
        "uid": found.st_uid,
        "gid": found.st_gid,
        "size": found.st_size,
        "inode": found.st_ino,
        "dev": found.st_dev,
        "nlink": found.st_nlink,
        "atime": found.st_atime,
        "mtime": found.st_mtime,
        "ctime": found.st_ctime,
        "block_size": found.st_blksize,
        "blocks": found.st_blocks,
        "device_type": found.st_rdev,
        "disk_usage_bytes": found.st_blocks * 512,
    }
    result.update((name, check(found.st_mode)) for name, check in KINDS.items())
    result.update((name, bool(found.st_mode & bit)) for name, bit in BITS.items())
    return result


def _names(path: str, found: os.stat_result) -> dict[str, Any]:
    result: dict[str, Any] = {
        "readable": os.access(path, os.R_OK),
        "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
        "pw_name": attributes.user_name(found.st_uid),
        "gr_name": attributes.group_name(found.st_gid),
    }
    if stat.S_ISLNK(found.st_mode):
        result["lnk_source"] = os.path.realpath(path)
        result["lnk_target"] = os.readlink(path)
    return result


def _mime(request: Request, path: str, follow: bool) -> dict[str, str]:
    """Return mimetype and charset as file(1) sees them; `unknown` where it is not installed."""
    result = {"mimetype": "unknown", "charset": "unknown"}
    argv = ["file", "--brief", "--mime-type", "--mime-encoding"] + (["--dereference"] if follow else [])
    try:
        done = request.command([*argv, "--", path])
    except Fail:
        return result
    kind, separator, charset = done.stdout.strip().partition("; charset=")
    if done.rc == 0 and separator:
        result.update(mimetype=kind, charset=charset)
    return result


def _selinux(path: str, follow: bool) -> list[str] | None:
    try:
        label = os.getxattr(path, "security.selinux", follow_symlinks=follow)
    except OSError:  # no SELinux here
        return None
    return label.decode().rstrip("\0").split(":", 3)
