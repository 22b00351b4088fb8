"""A document as one page of HTML that needs nothing from elsewhere: for managers above, for auditors below.

Whatever comes from a host is escaped, without control characters and cut; the page's own policy forbids
scripts and everything that would have to be loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from opsflow.core.results import Failure, HostSummary, Stats

from .diffs import LINES, style_of, unified
from .document import Document, Group, Play, Task
from .figures import figures, sentence, title
from .fold import Fold, duration_text, host_ranges, hosts_text
from .lines import clean
from .recap import change_text

WIDTH = 2000
"""Characters of a line that are shown."""
TEXTS = 60
"""Lines of a message or of the end of an output that are shown."""
VARIANTS = 20
"""How many different results of one kind are shown where each host has its own; the JSON has all."""
RANGES = 12
ORDER = ("failed", "unreachable", "rescued", "ignored", "changed", "ok", "skipped")
_TROUBLE = ("failed", "unreachable")


def html(document: Document) -> str:
    """Return a document as a page of HTML."""
    summary = document.summary
    values: dict[str, Any] = {
        "document": document,
        "summary": summary,
        "title": title(document),
        "sentence": sentence(document),
        "figures": figures(document),
        "failures": _failures(document),
        "marked": _marked(document),
        "packages": _packages(document),
        "host_groups": _host_groups(summary.hosts),
        "host_rows": [_host_row(name, host) for name, host in summary.hosts.items()],
        "stats": [field.name for field in fields(Stats)],
        "plays": [_play(play) for play in document.plays],
        "moment": moment_text,
    }
    return _template().render(values)


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_finalized
    )
    environment.filters.update(
        hosts=_folded,
        every=_every,
        seconds=duration_text,
        text=shown,
    )
    return environment.from_string(Path(__file__).with_name("page.html.j2").read_text())


def _folded(hosts: list[str]) -> str:
    return hosts_text(hosts, limit=RANGES)


def _every(hosts: list[str]) -> Markup:
    return escape(clean(host_ranges(hosts)))


def _finalized(value: object) -> object:
    """Take out of each text what a page must not have; markup is of our own making."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def shown(text: str, *, lines: int = TEXTS) -> str:
    """Return a text as a page may have it: without control characters, each line and all of them cut."""
    found = text.splitlines()
    cut = [f"… ({len(found) - lines} more lines)"] if len(found) > lines else []
    kept = [one if len(one) <= WIDTH else f"{one[:WIDTH]}…" for one in found[:lines]]
    return clean_text("\n".join([*map(clean, kept), *cut]))


def clean_text(text: str) -> str:
    """Return a text that can be written as UTF-8: halves of characters are replaced."""
    return text.encode(errors="replace").decode()


def moment_text(seconds: float) -> str:
    """Return a time as people read it, with the zone that it is told in."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


# what failed, what changed


def _failures(document: Document) -> list[dict[str, Any]]:
    """Return each failed task once, with each failure once, with all hosts that had it."""
    tasks: dict[tuple[str, str], Fold[Failure]] = {}
    for host, told in document.summary.hosts.items():
        for failure in told.failures:
            place = str(failure.origin or "")
            tasks.setdefault((failure.task, place), Fold()).add(failure, host)
    return [
        {
            "task": task,
            "place": place,
            "kinds": [(failure, group.hosts) for failure, group in islice(fold.groups.items(), VARIANTS)],
            "more": max(0, len(fold.groups) - VARIANTS),
        }
        for (task, place), fold in tasks.items()
    ]


def _marked(document: Document) -> list[tuple[str, str, list[str]]]:
    """Return what else is to be known of hosts: a style, words, and the hosts."""
    hosts = document.summary.hosts
    words = (
        ("failed", "Need a person: an upgrade failed there and could not be undone", "needs_person"),
        ("changed", "Rolled back: an upgrade failed there and was undone", "rolled_back"),
        ("", "Rebooted", "rebooted"),
    )
    found = [
        (style, text, [host for host, told in hosts.items() if getattr(told, mark)])
        for style, text, mark in words
    ]
    found += [("failed", f"Broken off: {task}", names) for task, names in document.summary.unfinished.items()]
    found.append(("", "Not reached", document.summary.not_reached))
    return [one for one in found if one[2]]


def _packages(document: Document) -> list[tuple[str, str, list[str]]]:
    fold: Fold[tuple[str, str]] = Fold()
    for host, told in document.summary.hosts.items():
        for package in told.packages:
            fold.add((package.name, change_text(package.old, package.new)), host)
    return [(name, change, group.hosts) for (name, change), group in sorted(fold.groups.items())]


# hosts


def _host_groups(hosts: Mapping[str, HostSummary]) -> list[tuple[list[str], list[int], str]]:
    """Return hosts with the same counts, the counts, and a word for them; those with trouble first."""
    fold: Fold[tuple[int, ...]] = Fold()
    for name, host in hosts.items():
        fold.add(_counts(host), name)
    found = [(group.hosts, list(counts), _word(counts)) for counts, group in fold.groups.items()]
    return sorted(found, key=lambda one: ORDER.index(one[2]))


def _host_row(name: str, host: HostSummary) -> tuple[str, str, list[int], int]:
    counts = _counts(host)
    return name, _word(counts), list(counts), len(host.packages)


def _counts(host: HostSummary) -> tuple[int, ...]:
    return tuple(getattr(host.stats, field.name) for field in fields(Stats))


def _word(counts: Sequence[int]) -> str:
    told = dict(zip((field.name for field in fields(Stats)), counts, strict=True))
    return next((word for word in ("unreachable", "failed", "changed") if told[word]), "ok")


# what was done


def _play(play: Play) -> dict[str, Any]:
    waves = [wave for wave in play.waves if wave.total > 1]
    return {"play": play, "waves": waves, "tasks": [_task(task) for task in play.tasks]}


def _task(task: Task) -> dict[str, Any]:
    groups = sorted(task.groups.values(), key=lambda group: ORDER.index(group.told.status))
    by_status: dict[str, list[Group]] = {}
    for group in groups:
        by_status.setdefault(group.told.status, []).append(group)
    return {
        "task": task,
        "counts": {word: sum(len(group.hosts) for group in found) for word, found in by_status.items()},
        "groups": [_group(group) for found in by_status.values() for group in found[:VARIANTS]],
        "more": {word: len(found) - VARIANTS for word, found in by_status.items() if len(found) > VARIANTS},
        "open": any(word in by_status for word in _TROUBLE),
    }


def _group(group: Group) -> dict[str, Any]:
    times = group.hosts.values()
    shortest, longest = (duration_text(round(edge(times), 1)) for edge in (min, max))
    return {
        "told": group.told,
        "hosts": list(group.hosts),
        "took": shortest if shortest == longest else f"{shortest} to {longest}",
        "things": [(thing.what, thing.name, _change(thing.old, thing.new)) for thing in group.told.things],
        "diffs": [
            (hosts, [_diff(unified(diff)) for diff in diffs])
            for diffs, hosts in islice(group.diffs.items(), VARIANTS)
        ],
        "more": max(0, len(group.diffs) - VARIANTS),
    }


def _change(old: str | None, new: str | None) -> str:
    return change_text(old, new) if old or new else ""


def _diff(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return the lines of a difference with their styles, as many as are shown."""
    found = list(islice(lines, LINES + 1))
    more = [("… (more lines)", "dim")] if len(found) > LINES else []
    return [*((text, style_of(text)) for text in found[:LINES]), *more]
