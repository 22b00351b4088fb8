"""What a run comes to in a sentence and a handful of numbers."""

from __future__ import annotations

from collections.abc import Callable

from opsflow.core.results import HostSummary

from .document import Document
from .fold import duration_text

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
