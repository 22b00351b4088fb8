"""What is shown of a result. Hosts for which it is equal are folded into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from opsflow.core.events import HostFinished, ItemFinished, TaskInfo
from opsflow.core.failures import failure_log, failure_message, loop_items, mappings
from opsflow.core.results import Status, TaskResult
from opsflow.report.diffs import diff_lines
from opsflow.report.lines import Line, indented, line, lines_of, place
from opsflow.report.values import data_lines, readable

ITEM_NAMES = 12


class Options(NamedTuple):
    """What a person asked to see. `answers`: what a single task came to say is shown without -v."""

    verbosity: int = 0
    diff: bool = False
    answers: bool = False


class Shown(NamedTuple):
    """A result as people see it: a word, a note beside the hosts, and lines below them."""

    word: str
    note: str
    body: tuple[Line, ...]
    delegated_to: str | None = None


def show(event: HostFinished, items: Sequence[ItemFinished], options: Options) -> Shown:
    """Return what is shown of a task's result on a host.

    Args:
        event: the end of the task on the host.
        items: what its loop did before, empty when it has none.
        options: what to show.
    """
    result = event.result
    word = "rescued" if result.failed and event.rescued else result.status.value
    if items:
        notes, body = [_count_note(items), *_effects(result)], _items(event.task, items, options)
        body += _failure(result) if _failed(result) and not body else []
        body += diff_lines(result.diff) if options.diff else []  # a record has it of all items together
    else:
        notes, body = _single(event.task, result, options)
        notes = notes or _effects(result)  # a message says it better
    if _failed(result):
        body += _place(event.task)
    return Shown(word, ", ".join(notes), tuple(body), event.delegated_to)


def _failed(result: TaskResult) -> bool:
    return result.failed or result.status is Status.IGNORED


def _place(task: TaskInfo) -> list[Line]:
    where = place(task.origin)
    if not where[0]:
        return []
    trail = task.trail[::-1]
    kept = trail if len(trail) <= _TRAIL else (*trail[: _TRAIL - 1], trail[-1])
    return [line(where), *(line((f"  included from {above}", "place")) for above in kept)]


_TRAIL = 6
"""How many places of a chain of includes are shown: those near the task, and the outermost."""


def _single(task: TaskInfo, result: TaskResult, options: Options) -> tuple[list[str], list[Line]]:
    """Return the note and the lines of one result: of a task without a loop, or of an item."""
    extras = _extras(task, result, options)
    if _failed(result):
        return [], _failure(result) + extras
    if result.status is Status.SKIPPED:
        data = result.public()
        reasons = [str(data[key]) for key in ("skip_reason", "skipped_reason") if data.get(key)]
        return reasons if options.verbosity else [], extras
    if is_debug(task):
        return [], _debug(result) + extras
    message = result.message.strip() if result.changed else ""
    return [message] if message and "\n" not in message else [], extras


def _failure(result: TaskResult) -> list[Line]:
    lines = lines_of(failure_message(result), "error")
    lines += [line(("| ", "dim"), *rest) for rest in lines_of(failure_log(result))]
    hint = result.public().get("hint")
    return [*lines, *(lines_of(f"→ {hint}", "warning") if isinstance(hint, str) else [])]


def is_debug(task: TaskInfo) -> bool:
    """Tell whether the task's message is what the playbook wants people to read."""
    return task.module.rpartition(".")[2] == "debug"


def _debug(result: TaskResult) -> list[Line]:
    data = result.public()
    if "msg" in data:
        return lines_of(readable(data["msg"])) or [line('""')]
    told = {key: value for key, value in data.items() if key not in ("changed", "failed")}
    return lines_of(readable(told)) if told else []


def _extras(task: TaskInfo, result: TaskResult, options: Options) -> list[Line]:
    """Warnings always, the diff and the values where they were asked for."""
    data = result.public()
    lines: list[Line] = []
    for warning in _texts(data.get("warnings")) + _texts(data.get("deprecations")):
        lines += lines_of(f"warning: {warning}", "warning")
    if options.diff and (diff := result.diff):
        lines += diff_lines(diff)
    if options.answers and not options.verbosity and not _failed(result) and not is_debug(task):
        lines += _answer(data)
    if options.verbosity and not (is_debug(task) and options.verbosity == 1):
        lines += data_lines(data, everything=options.verbosity > 1)
    return lines


def _answer(data: Mapping[str, Any]) -> list[Line]:
    """Return what a command printed, or the values of a result that is not a command's.

    A module that has a message and a log says by its message what it did; of a change it stands elsewhere.
    """
    if "stdout" not in data:
        return data_lines(data, everything=False)
    if "rc" not in data and data.get("msg"):
        return [] if data.get("changed") else lines_of(str(data["msg"]))
    errors = lines_of(str(data.get("stderr", "")))
    return [*lines_of(str(data["stdout"])), *(line(("| ", "dim"), *rest) for rest in errors)]


def _texts(value: object) -> list[str]:
    """Return the texts of a list of warnings: text, or mappings with `msg`."""
    items = cast(list[object], value) if isinstance(value, list) else []
    messages = [str(item.get("msg", "")) for item in mappings(items)]
    return messages + [item for item in items if isinstance(item, str)]


def _effects(result: TaskResult) -> list[str]:
    """Return what is worth a word beside the hosts: packages and reboots."""
    if result.censored:
        return []
    parts: list[Mapping[str, Any]] = [result.data, *loop_items(result.data)]
    count = sum("new" in package for part in parts for package in mappings(part.get("packages")))
    notes = [f"{count} package{'s' if count > 1 else ''}"] if count else []
    return notes + (["rebooted"] if any(part.get("rebooted") is True for part in parts) else [])


def _count_note(items: Sequence[ItemFinished]) -> str:
    counts: dict[str, int] = {}
    for item in items:
        counts[item.result.status.value] = counts.get(item.result.status.value, 0) + 1
    return "items: " + ", ".join(f"{count} {word}" for word, count in counts.items())


def _items(task: TaskInfo, items: Sequence[ItemFinished], options: Options) -> list[Line]:
    """Return the items that need lines of their own; the others that changed by name."""
    lines: list[Line] = []
    quiet: list[str] = []
    for item in items:
        note, body = _single(task, item.result, options)
        if body:
            word = item.result.status.value
            told = f"  {', '.join(note)}" if note else ""
            lines += [line((word, word), f" {_label(item)}{told}"), *indented(body, "  ")]
        elif item.result.changed:
            quiet.append(_label(item))
    if quiet:
        more = f", … ({len(quiet) - ITEM_NAMES} more)" if len(quiet) > ITEM_NAMES else ""
        lines.insert(0, line(("changed", "changed"), f" {', '.join(quiet[:ITEM_NAMES])}{more}"))
    return lines


def _label(item: ItemFinished) -> str:
    return "(hidden)" if item.result.censored else item.label
