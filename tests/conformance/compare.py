"""Compares the stories of ansible-core and OpsFlow."""

from __future__ import annotations

from itertools import zip_longest

from opsflow.core.errors import EXIT_BAD_INPUT, EXIT_HOSTS_FAILED, EXIT_STOPPED

from .story import Story


def differences(oracle: Story, ours: Story) -> list[str]:
    """Return a line for each difference that has a meaning."""
    found: list[str] = []
    for host in sorted({*oracle["hosts"], *ours["hosts"]}):
        rows = zip_longest(oracle["hosts"].get(host, []), ours["hosts"].get(host, []))
        found += [f"{host}: ansible-core {theirs}, OpsFlow {own}" for theirs, own in rows if theirs != own]
    if oracle["recap"] != ours["recap"] and not _refused(oracle, ours):
        found.append(f"recap: ansible-core {oracle['recap']}, OpsFlow {ours['recap']}")
    if not _same_exit(oracle, ours):
        found.append(f"exit: ansible-core {oracle['exit']}, OpsFlow {ours['exit']}")
    return found


def _refused(oracle: Story, ours: Story) -> bool:
    return not oracle["hosts"] and not ours["hosts"] and bool(oracle["exit"] and ours["exit"])


def _same_exit(oracle: Story, ours: Story) -> bool:
    """OpsFlow has codes of its own for what it refuses to begin and for what a threshold stopped."""
    if ours["exit"] == EXIT_BAD_INPUT:
        return _refused(oracle, ours)
    if ours["exit"] == EXIT_STOPPED:
        return oracle["exit"] == EXIT_HOSTS_FAILED
    return oracle["exit"] == ours["exit"]
