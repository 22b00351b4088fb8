"""Whether this is a change of root."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def is_chroot(module: Any = None) -> bool | None:
    """Tell whether the root directory is another than that of the first process, None where nobody knows."""
    if os.environ.get("debian_chroot"):  # noqa: SIM112
        return True
    here = os.stat("/")
    try:
        first = os.stat("/proc/1/root/.")
    except OSError:
        return here.st_ino not in (2, 128, 256)  # the roots of ext4, XFS and btrfs
    return (here.st_ino, here.st_dev) != (first.st_ino, first.st_dev)
