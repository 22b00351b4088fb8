"""Passwords in texts that are about to be logged."""

from __future__ import annotations

import re

from opsflow.target.compat.common.parameters import MASK, remove_values
from opsflow.target.compat.common.text.converters import to_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

PASSWORD_MATCH = re.compile(
    r"^(?:.+[-_\s])?pass(?:[-_\s]?(?:word|phrase|wrd|wd)?)(?:[-_\s].+)?$", re.IGNORECASE
)
_PASSWORD_OF_URL = re.compile(r"(?<=:)(?!//)([^:@/\s]+)(?=@)")


def heuristic_log_sanitize(data: Any, no_log_values: Iterable[str] | None = None) -> str:
    """Return a text without what looks like the password of a URL, and without known secrets."""
    text = _PASSWORD_OF_URL.sub(MASK, to_native(data))
    return remove_values(text, no_log_values) if no_log_values else text
