"""A document as Markdown: for a ticket, a pull request, a chat that knows it.

What comes from hosts stands in code, where it is neither a mark, nor a link, nor the name of somebody who is
then told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import islice

from .diffs import LINES, unified
from .document import Document, Group, Task
from .figures import failures, figures, marked, packages, sentence, title
from .fold import duration_text, hosts_text
from .recap import change_text
from .shown import moment_text, shown

RANGES = 6
PACKAGES = 100
VARIANTS = 5
"""How many different results of one kind are told; the other formats have more."""
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")
_LONGEST = 200
"""Characters of a text within a line."""


def markdown(document: Document) -> str:
    """Return a document as Markdown."""
    parts = [
        _head(document),
        _next(document),
        _failures(document),
        _marked(document),
        _packages(document),
        _tasks(document),
        _warnings(document),
        _record(document),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(document: Document) -> str:
    check = " (check mode)" if document.summary.check else ""
    numbers = " · ".join(f"{name} **{value}**" for name, value, _ in figures(document))
    return (
        f"# {plain(title(document))}\n\n**{document.state}**{check}: {plain(sentence(document))}\n\n{numbers}"
    )


def _next(document: Document) -> str:
    steps = [f"{_sentence(what)}\n\n{block(command)}" if command else _sentence(what)
             for what, command in document.next_steps]  # fmt: skip
    return "\n\n".join(["## What to do next", *steps]) if steps else ""


def _sentence(words: str) -> str:
    return plain(f"{words[0].upper()}{words[1:]}")


def _failures(document: Document) -> str:
    found: list[str] = []
    for (task, place), fold in failures(document).items():
        found.append(f"**{plain(task)}**" + (f" at {code(place)}" if place else ""))
        for failure, group in islice(fold.groups.items(), VARIANTS):
            found.append(f"{_hosts(group.hosts)}: {failure.status.value}")
            found.append(block("\n".join(filter(None, [failure.message, failure.log]))))
        found += _more(len(fold.groups))
    return "\n\n".join(["## What failed, and why", *found]) if found else ""


def _more(count: int) -> list[str]:
    return [f"… {count - VARIANTS} more, each with its own"] if count > VARIANTS else []


def _marked(document: Document) -> str:
    return "\n".join(f"- {plain(words)}: {_hosts(hosts)}" for _, words, hosts in marked(document))


def _packages(document: Document) -> str:
    found = packages(document)
    if not found:
        return ""
    rows = [(code(name), code(change), _hosts(hosts)) for name, change, hosts in found[:PACKAGES]]
    what = "would change" if document.summary.check else "changed"
    more = f"\n\n… {len(found) - PACKAGES} more packages" if len(found) > PACKAGES else ""
    return f"## Packages that {what}\n\n{_table(('Package', 'Change', 'Hosts'), rows)}{more}"


def _tasks(document: Document) -> str:
    tasks = [task for play in document.plays for task in play.tasks]
    if not tasks:
        return ""
    rows = [
        (plain(task.info.name), _counts(task), duration_text(task.ended - task.started)) for task in tasks
    ]
    changes = [part for task in tasks for part in _changes(task)]
    return "\n\n".join(["## What was done", _table(("Task", "Hosts", "Took"), rows), *changes])


def _counts(task: Task) -> str:
    return ", ".join(f"{count} {word}" for word, count in task.counts.items()) or "no host"


def _changes(task: Task) -> Iterator[str]:
    """Yield what a task changed, thing by thing, and how that was before and is now; folded away."""
    groups = [group for group in task.groups.values() if group.told.things or group.diffs]
    if not groups:
        return
    yield f"<details><summary>{escape(_flat(task.info.name))}</summary>"
    for group in groups[:VARIANTS]:
        yield _hosts(group.hosts)
        yield from _things(group)
        for diffs, hosts in islice(group.diffs.items(), VARIANTS):
            if len(group.diffs) > 1:
                yield _hosts(hosts)
            lines = [line for diff in diffs for line in unified(diff)]
            yield block("\n".join(lines[:LINES]), "diff")
        yield from _more(len(group.diffs))
    yield from _more(len(groups))
    yield "</details>"


def _things(group: Group) -> Iterator[str]:
    told = group.told.things
    lines = [
        f"- {thing.what} {code(thing.name or '')}"
        + (f" {code(change_text(thing.old, thing.new))}" if thing.old or thing.new else "")
        for thing in told[:PACKAGES]
    ]
    if len(told) > PACKAGES:
        lines.append(f"- … {len(told) - PACKAGES} more")
    if lines:
        yield "\n".join(lines)


def _warnings(document: Document) -> str:
    found = [f"- {plain(warning.message)}" for warning in document.warnings]
    return "\n".join(["## Warnings", "", *found]) if found else ""


def _record(document: Document) -> str:
    record = document.record
    if not record:
        return ""
    client = f", from {record['client']}" if record["client"] else ""
    dirty = " with changes that were not committed" if record["git_dirty"] else ""
    rows = [
        ("Run", code(record["run_id"])),
        ("Who", code(f"{record['who']} at {record['node']}{client}")),
        ("When", f"{record['started']} to {record['ended'] or 'no recorded end'}"),
        ("Command", code(record["command"])),
        ("Git", f"{code(record['git_commit'])}{dirty}" if record["git_commit"] else "no repository"),
        ("Inventory", code(", ".join(record["inventory"]) or "none")),
        ("Versions", code(", ".join(f"{name} {version}" for name, version in record["versions"].items()))),
    ]
    for one in document.decisions:
        told = " ".join(filter(None, [one.by, one.what, hosts_text(one.hosts), one.reason]))
        rows += [(moment_text(one.asked), code(told))]
    if proof := document.proof:
        verdict = "; ".join(proof.problems) if proof.problems else f"verified, {proof.rows} rows of this run"
        rows.append(("Audit", f"{plain(verdict)}; head {code(proof.head)}"))
    return f"## Who, from where, with what\n\n{_table(('', ''), rows)}"


# marks


def plain(text: str) -> str:
    """Return a text within a line, in which nothing is a mark and nobody is called by name."""
    return _MARKS.sub(r"\\\1", _flat(text)).replace("@", "@\u2060")


def code(text: str) -> str:
    """Return a text within a line as code, also in a cell of a table."""
    flat = _flat(text).replace("|", "¦")
    fence = "`" * (max((len(run) for run in re.findall("`+", flat)), default=0) + 1)
    return f"{fence}{' ' if '`' in flat else ''}{flat or ' '}{' ' if '`' in flat else ''}{fence}"


def block(text: str, language: str = "") -> str:
    """Return a text of several lines as code, in a fence that none of its lines can close."""
    kept = shown(text)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", kept)), default=0) + 1)
    return f"{fence}{language}\n{kept}\n{fence}"


def _flat(text: str) -> str:
    flat = " ".join(shown(text).split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"


def _hosts(hosts: Iterable[str]) -> str:
    return code(hosts_text(list(hosts), limit=RANGES))


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
