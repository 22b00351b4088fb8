"""Any value of a run as what JSON knows: for the streams, webhooks and files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from .results import RunSummary, TaskResult


def jsonable(value: object) -> Any:
    """Return `value` as dicts, lists, text, numbers, booleans and None; of a result, what may be shown."""
    if isinstance(value, str):
        return str.__str__(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in cast(Mapping[object, object], value).items()}
    if isinstance(value, tuple) and (names := getattr(cast(Any, value), "_fields", ())):  # a named one
        return dict(zip(names, map(jsonable, cast(tuple[object, ...], value)), strict=True))
    if isinstance(value, list | tuple | AbstractSet):
        return [jsonable(item) for item in cast(list[object], value)]
    return _other(value)


def _other(value: object) -> Any:
    if isinstance(value, TaskResult):
        data = jsonable(value.public())
        return {"status": value.status.value, "duration": round(value.duration, 3), "data": data}
    if isinstance(value, RunSummary):
        return summary_data(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: jsonable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    return str(value)


def summary_data(summary: RunSummary) -> dict[str, Any]:
    """Return a run's summary as JSON knows it, with its outcome, exit code and ISO time of start."""
    data = {field.name: jsonable(getattr(summary, field.name)) for field in fields(summary)}
    started = iso_time(summary.started)
    return {**data, "started": started, "outcome": summary.outcome, "exit_code": summary.exit_code}


def iso_time(seconds: float) -> str:
    """Return seconds since the epoch as an ISO 8601 time in UTC, with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
