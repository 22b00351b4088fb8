"""Warnings that a module collects for its result."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_warnings: list[str] = []
_deprecations: list[dict[str, Any]] = []


def warn(warning: Any, **_: Any) -> None:
    """Add a warning; each is told once."""
    if not isinstance(warning, str):
        raise TypeError("warn requires a string not a %s" % type(warning))
    if warning not in _warnings:
        _warnings.append(warning)


def deprecate(
    msg: Any,
    version: str | None = None,
    date: str | None = None,
    collection_name: str | None = None,
    **_: Any,
) -> None:
    """Add a deprecation: what will go, and with which version or on which day."""
    if not isinstance(msg, str):
        raise TypeError("deprecate requires a string not a %s" % type(msg))
    found: dict[str, Any] = {"msg": msg, "collection_name": collection_name}
    if date:
        found["date"] = date
    else:
        found["version"] = version
    if found not in _deprecations:
        _deprecations.append(found)


def get_warning_messages() -> tuple[str, ...]:
    """Return the warnings so far."""
    return tuple(_warnings)


def get_deprecation_messages() -> tuple[dict[str, Any], ...]:
    """Return the deprecations so far."""
    return tuple(_deprecations)
