"""What a run comes to: a sentence, a handful of numbers, what failed, what else is to be known."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.core.results import Failure, HostSummary

from .document import Document
from .fold import Fold, duration_text
from .recap import change_text

_WORDS = {
    "ok": "went well, nothing had to change",
    "changed": "went well",
    "failed": "failed",
    "unreachable": "failed: hosts were unreachable",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
    "running": "goes on",
    "lost": "was cut off",
}


def title(document: Document) -> str:
    """Return what was run and how that went."""
    books = ", ".join(document.summary.playbooks) or "A command"
    return f"{books} {_WORDS.get(document.state, document.state)}"


def sentence(document: Document) -> str:
    """Return what happened in a sentence or two, as one would tell it."""
    summary = document.summary
    hosts = list(summary.hosts.values())
    if not hosts:
        told = "No task ran on any host."
    elif not (parts := _parts(document)):
        told = f"Nothing {'would change' if summary.check else 'had to change'} on {_hosts(len(hosts))}."
    else:
        told = f"Of {_hosts(len(hosts))}, {_joined(parts)}."
    if summary.check:
        told = f"In check mode, which changes nothing: {told[0].lower()}{told[1:]}"
    return f"{told} Reason for the stop: {summary.stopped}." if summary.stopped else told


def _parts(document: Document) -> list[str]:
    summary = document.summary
    changed = "would change" if summary.check else "changed"
    counts = [
        (_count(document, lambda host: bool(host.stats.changed)), changed),
        (_count(document, lambda host: bool(host.stats.failed)), "failed"),
        (_count(document, lambda host: bool(host.stats.unreachable)), "could not be reached"),
        (_count(document, lambda host: host.rolled_back), "rolled back"),
        (_count(document, lambda host: host.needs_person), "need a person"),
    ]
    found = [f"{count} {words}" for count, words in counts if count]
    return [*found, f"{len(summary.not_reached)} more had no turn"] if summary.not_reached else found


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _hosts(count: int) -> str:
    return "1 host" if count == 1 else f"{count} hosts"


def _count(document: Document, wanted: Callable[[HostSummary], bool]) -> int:
    return sum(1 for host in document.summary.hosts.values() if wanted(host))


def figures(document: Document) -> list[tuple[str, str, str]]:
    """Return the numbers at the head of a report: what, how many, and the style of it."""
    summary = document.summary
    packages = {package.name for host in summary.hosts.values() for package in host.packages}
    counts = [
        ("hosts", len(summary.hosts), ""),
        ("changed", _count(document, lambda host: bool(host.stats.changed)), "changed"),
        ("failed", _count(document, lambda host: bool(host.stats.failed)), "failed"),
        ("unreachable", _count(document, lambda host: bool(host.stats.unreachable)), "failed"),
        ("not reached", len(summary.not_reached), "failed"),
        ("rolled back", _count(document, lambda host: host.rolled_back), "changed"),
        ("need a person", _count(document, lambda host: host.needs_person), "failed"),
        ("rebooted", _count(document, lambda host: host.rebooted), ""),
        ("packages changed", len(packages), ""),
    ]
    always = ("hosts", "changed", "failed")
    found = [(name, str(count), style if count else "") for name, count, style in counts
             if count or name in always]  # fmt: skip
    return [*found, ("took", duration_text(summary.duration), "")]


def failures(document: Document) -> dict[tuple[str, str], Fold[Failure]]:
    """Return what failed by task and its place; hosts that failed alike are one."""
    tasks: dict[tuple[str, str], Fold[Failure]] = {}
    for host, told in document.summary.hosts.items():
        for failure in told.failures:
            tasks.setdefault((failure.task, str(failure.origin or "")), Fold()).add(failure, host)
    return tasks


def marked(document: Document) -> list[tuple[str, str, list[str]]]:
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


def packages(document: Document) -> list[tuple[str, str, list[str]]]:
    """Return each change of a package by name, with the hosts that had it."""
    fold: Fold[tuple[str, str]] = Fold()
    for host, told in document.summary.hosts.items():
        for package in told.packages:
            fold.add((package.name, change_text(package.old, package.new)), host)
    return [(name, change, group.hosts) for (name, change), group in sorted(fold.groups.items())]
