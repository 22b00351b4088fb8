"""Values of results as people read them: YAML with text in blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from opsflow.core.jsonable import jsonable

from .lines import Line, lines_of

_NOISE = {
    "changed", "failed", "skipped", "diff", "invocation", "results", "warnings", "deprecations", "start",
    "end", "delta", "stdout_lines", "stderr_lines", "msg_lines",
}  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a block."""


def _text(dumper: Any, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def readable(value: object) -> str:
    """Return a value as YAML; text as it is."""
    plain = jsonable(value)
    if isinstance(plain, str):
        return plain
    text = yaml.dump(
        plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )
    return text.removesuffix("...\n").rstrip()


def data_lines(data: Mapping[str, Any], *, everything: bool) -> list[Line]:
    """Return a result's values as lines; without `everything`, those that only repeat others are left out."""
    kept = {
        key: value
        for key, value in data.items()
        if not key.startswith("_ansible")
        and (everything or (key not in _NOISE and value not in ("", [], {})))
    }
    return lines_of(readable(kept), "dim") if kept else []
