"""File modes, octal and symbolic, as chmod understands them."""

from __future__ import annotations

import re

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CLAUSE = re.compile(r"^([ugo]*|a)((?:[-+=](?:[rwxXst]*|[ugo]))+)$")
_ACTION = re.compile(r"([-+=])([ugo]|[rwxXst]*)")
_SHIFT = {"u": 6, "g": 3, "o": 0}
_OWN = {"u": 0o4700, "g": 0o2070, "o": 0o1007}  # the bits that belong to user, group and others
_BITS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}


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
        for operator, permissions in _ACTION.findall(found.group(2)):
            bits = _apply(bits, found.group(1), operator, permissions, directory)
    return bits


def _apply(bits: int, who: str, operator: str, permissions: str, directory: bool) -> int:
    mine = 0
    for user in who.replace("a", "ugo") or "ugo":
        mine |= _OWN[user]
    value = _value(bits, permissions, directory) & mine
    kept = 0o6000 & ~value if directory else 0  # chmod keeps a directory's setuid and setgid unless named
    if not who:
        value &= ~umask()  # and leaves the bits of the umask alone where nobody is named
    if operator == "+":
        return bits | value
    if operator == "-":
        return bits & ~value
    return bits & (~mine | kept) | value


def _value(bits: int, permissions: str, directory: bool) -> int:
    """Return the bits that letters name, for user, group and others alike."""
    if permissions and permissions in _SHIFT:
        return (bits >> _SHIFT[permissions] & 7) * 0o111
    value = 0
    for letter in permissions:
        if letter != "X":
            value |= _BITS[letter]
        elif directory or bits & 0o111:
            value |= 0o111
    return value
