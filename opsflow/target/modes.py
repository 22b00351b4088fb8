"""File modes, octal and symbolic, as chmod understands them."""

from __future__ import annotations

import re

from opsflow.target.runner import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CLAUSE = re.compile(r"^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_SHIFT = {"u": 6, "g": 3, "o": 0}
_BITS = {"r": 4, "w": 2, "x": 1}


def umask() -> int:
    """Return the umask of this process without touching it: other threads create files meanwhile."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022  # Linux before 4.7 does not tell


def resolve(mode: Any, current: int, directory: bool) -> int:
    """Return the permission bits that `mode` means for a file whose bits are `current`.

    `mode` is a number, octal text ("0644", "644") or clauses as in chmod ("u=rwX,g-w,o="). Raises Fail.
    """
    if isinstance(mode, int):
        return _checked(mode, mode)
    try:
        return _checked(int(mode, 8), mode)
    except ValueError:
        return _symbolic(mode, current, directory)


def _checked(bits: int, mode: Any) -> int:
    if not 0 <= bits <= 0o7777:
        raise Fail("mode must be in octal or symbolic form", details="'%s' is out of range" % mode)
    return bits


def _symbolic(mode: str, bits: int, directory: bool) -> int:
    for clause in mode.replace(" ", "").split(","):
        found = _CLAUSE.match(clause)
        if not found:
            raise Fail(
                "mode must be in octal or symbolic form",
                details="bad symbolic permission for mode: %s" % mode,
            )
        who = found.group(1).replace("a", "ugo")
        spare = umask() if not who else 0  # without a "who", chmod leaves the bits of the umask alone
        for operator, permissions in _ACTION.findall(found.group(2)):
            bits = _apply(bits, who or "ugo", operator, permissions, directory, spare)
    return bits


def _apply(bits: int, who: str, operator: str, permissions: str, directory: bool, spare: int) -> int:
    value = _value(bits, who, permissions, directory) & ~spare
    if operator == "+":
        return bits | value
    if operator == "-":
        return bits & ~value
    cleared = 0
    for user in who:
        cleared |= 7 << _SHIFT[user]
        if not directory:  # chmod keeps a directory's setuid and setgid bits unless they are named
            cleared |= {"u": 0o4000, "g": 0o2000, "o": 0}[user]
    if set(who) == set("ugo"):
        cleared |= 0o1000
    return bits & ~(cleared & ~spare) | value


def _value(bits: int, who: str, permissions: str, directory: bool) -> int:
    if permissions in _SHIFT and permissions:
        copied = bits >> _SHIFT[permissions] & 7
        return _spread(copied, who)
    value = _spread(sum(_BITS[letter] for letter in set(permissions) & set("rwx")), who)
    if "X" in permissions and (directory or bits & 0o111):
        value |= _spread(1, who)
    if "s" in permissions:
        value |= (0o4000 if "u" in who else 0) | (0o2000 if "g" in who else 0)
    if "t" in permissions:
        value |= 0o1000
    return value


def _spread(three: int, who: str) -> int:
    value = 0
    for user in who:
        value |= three << _SHIFT[user]
    return value
