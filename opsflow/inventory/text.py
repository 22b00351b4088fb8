"""The text of inventory and variable files."""

from __future__ import annotations

from pathlib import Path

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.source.loader import read_text


def read_plain(path: Path) -> str:
    """Return a file's text. Raises InputError when it can't be read or is encrypted as a whole."""
    text = read_text(path)
    if text.startswith("$ANSIBLE_VAULT"):
        hint = "decrypt it, or encrypt single values in it instead (!vault)"
        message = "the whole file is encrypted: it can't be read"
        raise InputError.at(Origin(str(path), 1, 1), message, hint=hint)
    return text
