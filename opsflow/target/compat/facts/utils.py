"""Reading small files, and the size of mounts."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_file_content(path: str, default: Any = None, strip: bool = True) -> Any:
    """Return a file's text, the default where it is empty or can't be read."""
    try:
        with open(path, errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return default
    text = text.strip() if strip else text
    return text or default


def get_file_lines(path: str, strip: bool = True, line_sep: str | None = None) -> list[str]:
    """Return a file's lines, none where it can't be read."""
    text = get_file_content(path, strip=strip)
    if not text:
        return []
    if line_sep is None:
        return text.splitlines()
    return text.rstrip(line_sep).split(line_sep) if len(line_sep) == 1 else text.split(line_sep)


def get_mount_size(mountpoint: str) -> dict[str, int]:
    """Return the sizes of a mounted file system, nothing where it can't be asked."""
    try:
        found = os.statvfs(mountpoint)
    except OSError:
        return {}
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
