"""Text to bytes and back, whatever is in it, and values to JSON."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HAS_SURROGATEESCAPE = True

_REPLACING = "surrogate_then_replace"


def _handler(errors: str | None) -> str:
    """Return Python's name of an error handler; those of our callers always keep odd bytes if they can."""
    if errors in (None, _REPLACING, "surrogate_or_strict", "surrogate_or_replace"):
        return "surrogateescape"
    return str(errors)


def _nonstring(obj: Any, nonstring: str) -> Any:
    """Return what stands for a value that is no text: its text, nothing, itself; `strict` refuses it."""
    if nonstring == "simplerepr":
        try:
            return str(obj)
        except UnicodeError:
            return repr(obj)
    if nonstring in ("passthru", "empty"):
        return obj if nonstring == "passthru" else ""
    if nonstring == "strict":
        raise TypeError("obj must be a string type")
    raise TypeError("Invalid value %s for the parameter nonstring" % nonstring)


def to_bytes(
    obj: Any, encoding: str = "utf-8", errors: str | None = None, nonstring: str = "simplerepr"
) -> Any:
    """Return a value as bytes; what came from undecodable bytes becomes those bytes again."""
    if isinstance(obj, bytes):
        return obj
    if not isinstance(obj, str):
        obj = _nonstring(obj, nonstring)
        if not isinstance(obj, str):
            return obj
    try:
        return obj.encode(encoding, _handler(errors))
    except UnicodeEncodeError:
        if errors not in (None, _REPLACING):
            raise
        text = obj.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        return text.encode(encoding, "replace")


def to_text(
    obj: Any, encoding: str = "utf-8", errors: str | None = None, nonstring: str = "simplerepr"
) -> Any:
    """Return a value as text; bytes that cannot be decoded are kept as surrogates."""
    if isinstance(obj, str):
        return obj
    if isinstance(obj, bytes):
        return obj.decode(encoding, _handler(errors))
    return to_text(_nonstring(obj, nonstring)) if nonstring != "passthru" else obj


to_native = to_text


def default_of(value: Any) -> Any:
    if isinstance(value, bytes):
        return to_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (Set, tuple)):
        return list(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    raise TypeError("Cannot json serialize %s" % to_native(value))


def jsonify(data: Any, **kwargs: Any) -> str:
    """Return a value as JSON: sets as lists, dates as text, bytes as text."""
    return json.dumps(container_to_text(data), default=default_of, **kwargs)


def container_to_bytes(d: Any, encoding: str = "utf-8", errors: str = "surrogate_or_strict") -> Any:
    """Return a value with all texts in its mappings, lists and tuples turned into bytes."""
    return _converted(d, str, lambda text: to_bytes(text, encoding, errors))


def container_to_text(d: Any, encoding: str = "utf-8", errors: str = "surrogate_or_strict") -> Any:
    """Return a value with all bytes in its mappings, lists and tuples turned into text."""
    return _converted(d, bytes, lambda data: to_text(data, encoding, errors))


def _converted(value: Any, kind: type, convert: Any) -> Any:
    if isinstance(value, kind):
        return convert(value)
    if isinstance(value, dict):
        return {_converted(k, kind, convert): _converted(v, kind, convert) for k, v in value.items()}
    if isinstance(value, list):
        return [_converted(item, kind, convert) for item in value]
    if isinstance(value, tuple):
        return tuple(_converted(item, kind, convert) for item in value)
    return value
