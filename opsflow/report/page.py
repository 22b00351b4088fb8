"""A document as one page of HTML that needs nothing from elsewhere: for managers above, for auditors below.

Whatever comes from a host is escaped, without control characters and cut; the page's own policy forbids
scripts and everything that would have to be loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from opsflow.core.results import HostSummary, Stats

from .diffs import LINES, style_of, unified
from .document import Document, Group, Play, Task
from .figures import failures, figures, marked, packages, sentence, title
from .fold import Fold, duration_text, host_ranges, hosts_text
from .lines import clean
from .recap import change_text
from .shown import moment_text, shown

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
        "marked": marked(document),
        "packages": packages(document),
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


def _failures(document: Document) -> list[dict[str, Any]]:
    """Return each failed task once, with each failure once, with all hosts that had it."""
    return [
        {
            "task": task,
            "place": place,
            "kinds": [(failure, group.hosts) for failure, group in islice(fold.groups.items(), VARIANTS)],
            "more": max(0, len(fold.groups) - VARIANTS),
        }
        for (task, place), fold in failures(document).items()
    ]


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
