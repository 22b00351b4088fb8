"""Lines of mount tables, and how large a file system is."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def decoded(field: str) -> str:
    r"""Return a field of a mount table without its octal escapes (\040 is a blank)."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), field)


def sizes(point: str) -> dict[str, Any]:
    """Return the sizes of the file system at a mount point, in bytes, blocks and inodes. Raises OSError."""
    found = os.statvfs(point)
    return {
        "size_total": found.f_frsize * found.f_blocks,
        "size_available": found.f_frsize * found.f_bavail,
        "block_size": found.f_bsize,
        "block_total": found.f_blocks,
        "block_available": found.f_bavail,
        "block_used": found.f_blocks - found.f_bavail,
        "inode_total": found.f_files,
        "inode_available": found.f_favail,
        "inode_used": found.f_files - found.f_favail,
    }
