"""What an upgrade did, or would do, as the result of a task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from opsflow.core.results import PackageChange
from opsflow.core.upgrades import Plan, Upgraded, UpgradeRequest


def done(upgraded: Upgraded) -> dict[str, Any]:
    """Return the result of an upgrade that took place."""
    result = {**asdict(upgraded), "changed": upgraded.changed}
    result["packages"] = result.pop("changes")
    result["undoable"] = bool(upgraded.transaction)
    warned = [one["message"] for one in upgraded.preflight if not one["ok"]]
    if warned:
        result["warnings"] = warned
    result["msg"] = _sentence(_counts(upgraded.changes, ("upgraded", "installed", "removed")), upgraded)
    return result


def planned(plan: Plan, request: UpgradeRequest) -> dict[str, Any]:
    """Return the result of an upgrade that was only planned."""
    told = {key: value for key, value in asdict(plan).items() if value is not None}
    changes = [
        PackageChange(one.name, one.old, one.new) for one in (*plan.upgrade, *plan.install, *plan.remove)
    ]
    counts = _counts(changes, ("would upgrade", "would install", "would remove"))
    known = datetime.fromtimestamp(plan.as_of, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {
        "changed": bool(changes),
        "packages": [asdict(change) for change in changes],
        "plan": {**told, "policy": {"conffiles": request.conffiles, "purge": request.purge}},
        "kept_back": plan.kept_back,
        "held": plan.held,
        "phased": plan.phased,
        "msg": f"{_sentence(counts, plan)} (package lists of {known})"
        if plan.as_of
        else _sentence(counts, plan),
    }


def _counts(changes: Sequence[PackageChange], verbs: tuple[str, str, str]) -> list[str]:
    """Return "upgraded 3 packages", "installed 1": the noun stands only once."""
    kinds = (
        sum(1 for change in changes if change.old and change.new),
        sum(1 for change in changes if not change.old),
        sum(1 for change in changes if not change.new),
    )
    told = [f"{verb} {count}" for verb, count in zip(verbs, kinds, strict=True) if count]
    if told:
        first = next(count for count in kinds if count)
        told[0] += " package" if first == 1 else " packages"
    return told


def _sentence(counts: list[str], stays: Plan | Upgraded) -> str:
    told = counts or ["nothing to upgrade"]
    kinds = ((stays.kept_back, "kept back"), (stays.held, "held"), (stays.phased, "phased"))
    told += [f"{len(names)} {word}" for names, word in kinds if names]
    repaired = stays.repaired if isinstance(stays, Upgraded) else []
    if repaired:
        told.append(f"{len(repaired)} repaired after an interrupted run")
    return ", ".join(told)
