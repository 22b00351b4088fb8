"""The old place of the converters of text."""

from __future__ import annotations

import codecs

from opsflow.target.compat.common.text.converters import to_bytes, to_native, to_text

binary_type, text_type = bytes, str

__all__ = ["binary_type", "codecs", "text_type", "to_bytes", "to_native", "to_text"]
