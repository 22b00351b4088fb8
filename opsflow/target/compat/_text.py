"""The old place of the converters of text."""

from __future__ import annotations

import codecs

from opsflow.target.compat.common.text.converters import to_bytes, to_native, to_text

__all__ = ["codecs", "to_bytes", "to_native", "to_text"]
