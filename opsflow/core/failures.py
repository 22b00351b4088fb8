"""What went wrong, in words: from a failed result to the message and the end of its output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from .events import TaskInfo
from .results import Failure, Status, TaskResult

LOG_LINES = 20
LOG_CHARACTERS = 4000


def failure_of(task: TaskInfo, result: TaskResult) -> Failure:
    """Return the failure that a result tells of; nothing of it is shown where `no_log` says so."""
    return Failure(task.name, task.origin, failure_message(result), result.status, failure_log(result))


def failure_message(result: TaskResult) -> str:
    """Return the sentence that says why a result failed, with the exit code where there is one."""
    if result.censored:
        return result.message
    failed = failed_items(result.data)
    if not failed:
        return _message(result.data, "unreachable" if result.status is Status.UNREACHABLE else "failed")
    first = f"item {item_label(failed[0])}: {_message(failed[0], 'failed')}"
    return f"{first} (and {len(failed) - 1} more)" if len(failed) > 1 else first


def failure_log(result: TaskResult) -> str:
    """Return the end of what a failed task printed: error text before output; empty if censored."""
    if result.censored:
        return ""
    failed = failed_items(result.data)
    return _log(failed[0] if failed else result.data)


def loop_items(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of a loop's items; empty when the result isn't that of a loop."""
    return mappings(data.get("results"))


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the mappings in a list from a host; whatever else a host may have put there is left out."""
    if not isinstance(value, list):
        return []
    items = cast(list[object], value)
    return [cast(Mapping[str, Any], item) for item in items if isinstance(item, Mapping)]


def failed_items(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results of those items of a loop that failed."""
    return [item for item in loop_items(data) if item.get("failed") or item.get("unreachable")]


def item_label(item: Mapping[str, Any]) -> str:
    """Return the name by which a loop's item is shown."""
    label = item.get("_ansible_item_label", item.get(item.get("ansible_loop_var", "item"), "?"))
    return label if isinstance(label, str) else json.dumps(label, default=str)


def tail(text: str, *, lines: int = LOG_LINES, characters: int = LOG_CHARACTERS) -> str:
    """Return the end of a text: at most so many lines and characters, with a word about what was cut."""
    kept = text.rstrip().splitlines()
    cut = len(kept) - lines
    shown = "\n".join(kept[-lines:])
    if len(shown) > characters:
        return "…" + shown[-characters:]
    return f"… ({cut} lines before)\n{shown}" if cut > 0 else shown


def _message(data: Mapping[str, Any], default: str) -> str:
    message = data.get("msg")
    text = message if isinstance(message, str) else json.dumps(message, default=str) if message else ""
    if "assertion" in data and text == "Assertion failed":
        text = f"{text}: {data['assertion']}"
    rc = data.get("rc")
    if not isinstance(rc, int) or rc == 0:
        return text.strip() or default
    if not text.strip():
        return f"ended with exit code {rc}"
    return text.strip() if str(rc) in text else f"{text.strip()} (rc {rc})"


def _log(data: Mapping[str, Any]) -> str:
    for key in ("stderr", "module_stderr", "stdout", "module_stdout"):
        text = data.get(key)
        if isinstance(text, str) and text.strip():
            return tail(text)
    return ""
