"""Ansible's `find`: files by name, age, size, content, mode."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import time

from opsflow.target import attributes, files, modes
from opsflow.target.paths import expand
from opsflow.target.request import Fail
from opsflow.target.stat import BITS, KINDS
from opsflow.target.text import compiled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from opsflow.target.request import Request

    Check = Callable[[str, os.stat_result], bool]

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_BYTES = {"b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_TYPES = {"file": stat.S_ISREG, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}


def run(
    request: Request,
    paths: list[str],
    recurse: bool = False,
    depth: int | None = None,
    follow: bool = False,
    hidden: bool = False,
    limit: int | None = None,
    get_checksum: bool = False,
    checksum_algorithm: str = "sha1",
    **wanted: Any,
) -> dict[str, Any]:
    """Return the paths below directories that are as wanted."""
    checks = _checks(request, **wanted)
    found: list[dict[str, Any]] = []
    skipped: dict[str, str] = {}
    examined = 0
    for top in (expand(request, path) for path in paths):
        if not os.path.isdir(top):
            skipped[top] = "'%s' is not a directory" % top
            continue
        for path in _walk(top, recurse, depth, follow, skipped):
            request.raise_if_cancelled()
            examined += 1
            seen = _lstat(path, skipped)
            if seen is None or (not hidden and os.path.basename(path).startswith(".")):
                continue
            if all(check(path, seen) for check in checks):
                found.append(_entry(path, seen, checksum_algorithm if get_checksum else None))
                if limit and len(found) >= limit:
                    return _result(found, examined, skipped, "Limit of matches reached")
    return _result(found, examined, skipped, None)


def _result(
    found: list[dict[str, Any]], examined: int, skipped: dict[str, str], msg: str | None
) -> dict[str, Any]:
    msg = msg or ("Not all paths examined, check warnings for details" if skipped else "All paths examined")
    result: dict[str, Any] = {"changed": False, "files": found, "examined": examined, "matched": len(found)}
    result.update(skipped_paths=skipped, msg=msg)
    if skipped:
        result["warnings"] = ["Skipped '%s': %s" % item for item in sorted(skipped.items())]
    return result


def _walk(top: str, recurse: bool, depth: int | None, follow: bool, skipped: dict[str, str]) -> Iterable[str]:
    def broken(error: OSError) -> None:
        skipped[error.filename] = error.strerror or "unreadable"

    for base, names, others in os.walk(top, followlinks=follow, onerror=broken):
        below = os.path.relpath(base, top)
        level = 0 if below == "." else below.count("/") + 1
        for name in sorted(names + others):
            yield os.path.join(base, name)
        if not recurse or (depth and level + 1 >= depth):
            del names[:]


def _lstat(path: str, skipped: dict[str, str]) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError as error:
        skipped[path] = error.strerror or "unreadable"
        return None


def _entry(path: str, seen: os.stat_result, algorithm: str | None) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": path,
        "mode": "%04o" % stat.S_IMODE(seen.st_mode),
        "uid": seen.st_uid,
        "gid": seen.st_gid,
        "size": seen.st_size,
        "inode": seen.st_ino,
        "dev": seen.st_dev,
        "nlink": seen.st_nlink,
        "atime": seen.st_atime,
        "mtime": seen.st_mtime,
        "ctime": seen.st_ctime,
        "pw_name": attributes.user_name(seen.st_uid),
        "gr_name": attributes.group_name(seen.st_gid),
    }
    entry.update((name, check(seen.st_mode)) for name, check in KINDS.items())
    entry.update((name, bool(seen.st_mode & bit)) for name, bit in BITS.items())
    if algorithm and stat.S_ISREG(seen.st_mode):
        entry["checksum"] = files.digest(path, algorithm)
    return entry


def _checks(
    request: Request,
    patterns: list[str] | None = None,
    excludes: list[str] | None = None,
    use_regex: bool = False,
    file_type: str = "file",
    age: str | None = None,
    age_stamp: str = "mtime",
    size: str | None = None,
    contains: str | None = None,
    read_whole_file: bool = False,
    encoding: str | None = None,
    mode: Any = None,
    exact_mode: bool = True,
) -> list[Check]:
    """Return what a path must pass, the cheap ones first."""
    checks: list[Check] = []
    if file_type != "any":
        checks.append(lambda path, seen: bool(_TYPES[file_type](seen.st_mode)))
    if patterns:
        checks.append(_named(patterns, use_regex, True))
    if excludes:
        checks.append(_named(excludes, use_regex, False))
    if age is not None:
        checks.append(_aged(_number(age, _SECONDS, "s", "age"), age_stamp))
    if size is not None:
        checks.append(_sized(_number(size, _BYTES, "b", "size")))
    if mode is not None:
        checks.append(_moded(mode, exact_mode))
    if contains is not None:
        checks.append(_containing(contains, read_whole_file, encoding or "utf-8"))
    return checks


def _number(text: str, units: dict[str, int], default: str, option: str) -> int:
    found = re.match(r"^\s*(-?\d+)\s*([a-z]?)[a-z]*\s*$", text.lower())
    if not found or (found.group(2) or default) not in units:
        raise Fail(
            "failed to process %s: '%s' must be a number with one of %s" % (option, text, "".join(units))
        )
    return int(found.group(1)) * units[found.group(2) or default]


def _named(patterns: list[str], use_regex: bool, wanted: bool) -> Check:
    sources = patterns if use_regex else [fnmatch.translate(pattern) for pattern in patterns]
    matches = [compiled(source, "patterns or excludes").match for source in sources]
    return lambda path, seen: any(match(os.path.basename(path)) for match in matches) == wanted


def _aged(age: int, stamp: str) -> Check:
    now = time.time()

    def check(path: str, seen: os.stat_result) -> bool:
        old = now - getattr(seen, "st_" + stamp)
        return old >= age if age >= 0 else old <= -age

    return check


def _sized(size: int) -> Check:
    return lambda path, seen: seen.st_size >= size if size >= 0 else seen.st_size <= -size


def _moded(mode: Any, exact: bool) -> Check:
    def check(path: str, seen: os.stat_result) -> bool:
        current = stat.S_IMODE(seen.st_mode)
        wanted = modes.resolve(mode, 0, stat.S_ISDIR(seen.st_mode))
        return current == wanted if exact else current & wanted == wanted

    return check


def _containing(pattern: str, whole: bool, encoding: str) -> Check:
    search = compiled(pattern, "contains")

    def check(path: str, seen: os.stat_result) -> bool:
        if not stat.S_ISREG(seen.st_mode):
            return False
        try:
            with open(path, encoding=encoding, errors="surrogateescape") as file:
                if whole:
                    return bool(search.search(file.read()))
                return any(search.match(line) for line in file)
        except (OSError, LookupError):
            return False

    return check
