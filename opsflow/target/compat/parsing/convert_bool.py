"""Words that mean yes and no."""

from __future__ import annotations

from opsflow.target.compat.common.text.converters import to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

BOOLEANS_TRUE = frozenset(("y", "yes", "on", "1", "true", "t", 1, 1.0, True))
BOOLEANS_FALSE = frozenset(("n", "no", "off", "0", "false", "f", 0, 0.0, False))
BOOLEANS = BOOLEANS_TRUE | BOOLEANS_FALSE


def boolean(value: Any, strict: bool = True) -> bool:
    """Return whether a value means yes. Raises TypeError for what means neither, unless not `strict`."""
    if isinstance(value, bool):
        return value
    known = value
    if isinstance(value, (str, bytes)):
        known = to_text(value, errors="surrogate_or_strict").lower().strip()
    try:
        if known in BOOLEANS_TRUE:
            return True
        if known in BOOLEANS_FALSE or not strict:
            return False
    except TypeError:  # what can't be hashed
        if not strict:
            return False
    words = ", ".join(sorted({repr(word) for word in BOOLEANS}))
    raise TypeError(
        "The value '%s' is not a valid boolean. Valid booleans include: %s" % (to_text(value), words)
    )
