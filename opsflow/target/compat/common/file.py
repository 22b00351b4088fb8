"""Files: what may be run, and the options that all modules about files share."""

from __future__ import annotations

import os
import re
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE_ATTRIBUTES = {
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

USERS_RE = re.compile(r"^[ugo]+$")
PERMS_RE = re.compile(r"^[rwxXstugo]*$")

MODE_OPERATOR_RE = re.compile(r"[+=-]")

S_IRANY = 0o444
S_IWANY = 0o222
S_IXANY = 0o111
S_IRWU_RWG_RWO = 0o666
S_IRWU_RG_RO = 0o644
S_IRWXU_RXG_RXO = 0o755
PERM_BITS = _PERM_BITS = 0o7777
EXEC_PERM_BITS = _EXEC_PERM_BITS = 0o111
DEFAULT_PERM = _DEFAULT_PERM = 0o666


def is_executable(path: Any) -> int:
    """Return the bits by which a file may be run by anybody, 0 where by nobody."""
    return os.stat(path)[stat.ST_MODE] & _EXEC_PERM_BITS


def format_attributes(attributes: str) -> list[str]:
    """Return the words for chattr's letters."""
    return [FILE_ATTRIBUTES[letter] for letter in attributes if letter in FILE_ATTRIBUTES]


def get_flags_from_attributes(attributes: Any) -> str:
    """Return chattr's letters for words."""
    return "".join(letter for letter, word in FILE_ATTRIBUTES.items() if word in attributes)


def get_file_arg_spec() -> dict[str, dict[str, Any]]:
    """Return the options that all modules about files share."""
    return {
        "mode": {"type": "raw"},
        "owner": {},
        "group": {},
        "seuser": {},
        "serole": {},
        "selevel": {},
        "setype": {},
        "attributes": {"aliases": ["attr"]},
        "unsafe_writes": {"type": "bool", "default": False, "fallback": (_env, ["ANSIBLE_UNSAFE_WRITES"])},
    }


def _env(*names: str) -> str:
    from opsflow.target.compat.common.parameters import env_fallback

    return env_fallback(*names)
