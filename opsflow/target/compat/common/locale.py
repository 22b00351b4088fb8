"""A locale whose output programs can read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def get_best_parsable_locale(module: Any, preferences: Any = None, raise_on_locale: bool = False) -> str:
    """Return the first of the preferred locales (C.utf8, en_US.utf8, C, POSIX) that the host has, else C.

    Raises RuntimeWarning when that can't be found out, if `raise_on_locale`.
    """
    wanted = preferences or ["C.utf8", "en_US.utf8", "C", "POSIX"]
    try:
        available = _available(module)
    except RuntimeWarning:
        if raise_on_locale:
            raise
        return "C"
    return next((name for name in wanted if name in available), "C")


def _available(module: Any) -> list[str]:
    program = module.get_bin_path("locale")
    if not program:
        raise RuntimeWarning("Could not find 'locale' tool")
    rc, out, err = module.run_command([program, "-a"])
    if rc != 0 or not out.strip():
        raise RuntimeWarning("Unable to get locale information, rc=%s: %s" % (rc, err))
    return out.strip().splitlines()
