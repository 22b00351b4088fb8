"""The patch state of a fleet in one screen: hosts in the same state share a line, packages are told once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .fold import Fold, host_ranges, hosts_text
from .lines import Line, Span, line
from .recap import change_text

PACKAGES = 40
SOON = 90 * 86400
"""Seconds before a release's end of life at which to speak of it."""

State = Mapping[str, Any]
_HEADS = ("HOSTS", "RELEASE", "UPGRADES", "SECURITY", "STAY", "REBOOT", "LAST UPGRADE")


def patch_lines(
    states: Mapping[str, State], failures: Mapping[str, str], *, now: float, everything: bool = False
) -> list[Line]:
    """Return the lines that tell how far hosts are behind.

    Args:
        states: what `patch_state` returned, by host.
        failures: why other hosts could not be asked.
        now: seconds since the epoch.
        everything: list all packages, however many.
    """
    sections = [
        _table(states, now),
        _packages(states, None if everything else PACKAGES),
        _listed("REBOOT REQUIRED", states, lambda state: state["reboot_packages"] or _flag(state)),
        _listed("OLD CODE IN MEMORY", states, lambda state: state["restart_needed"]),
        _listed("KEPT BACK", states, lambda state: state["plan"]["kept_back"]),
        _listed("HELD", states, lambda state: state["holds"]),
        _listed("PHASED, NOT THIS HOST'S TURN", states, lambda state: state["plan"]["phased"]),
        _listed("HALF DONE, TO BE REPAIRED", states, lambda state: state["unfinished"]),
        _listed("UPGRADE THEMSELVES", states, lambda state: ["unattended-upgrades"] * state["unattended"]),
        _listed("END OF SUPPORT", states, lambda state: _end_of_life(state, now)),
        not_known(failures),
        [_total(states, failures)],
    ]
    return [shown for section in sections if section for shown in [(), *section]][1:]


def _table(states: Mapping[str, State], now: float) -> list[Line]:
    fold: Fold[tuple[Span, ...]] = Fold()
    for host, state in states.items():
        fold.add(_cells(state, now), host)
    rows = [((hosts_text(group.hosts, limit=4), ""), *cells) for cells, group in fold.groups.items()]
    if not rows:
        return []
    heads: tuple[Span, ...] = tuple((head, "bold") for head in _HEADS)
    widths = [max(len(row[column][0]) for row in [heads, *rows]) for column in range(len(_HEADS))]
    return [
        tuple((f"{text:<{width}}  ", style) for (text, style), width in zip(row, widths, strict=True))
        for row in [heads, *rows]
    ]


def _cells(state: State, now: float) -> tuple[Span, ...]:
    plan = state["plan"]
    upgrades = len(plan["upgrade"])
    security = sum(1 for one in plan["upgrade"] if one["security"])
    stay = len({*plan["kept_back"], *plan["phased"], *state["holds"]})
    broken = bool(state["unfinished"])
    reboot = state["reboot_required"]
    return (
        (_release(state["system"]), ""),
        _count(upgrades, "changed") if not broken else ("broken", "failed"),
        _count(security, "failed"),
        _count(stay, ""),
        ("required", "changed") if reboot else ("-", "dim"),
        (_ago(state["last_upgrade"], now), ""),
    )


def _release(system: Mapping[str, Any]) -> str:
    return f"{system['id'].capitalize()} {system['release']}".strip() or "unknown"


def _count(number: int, style: str) -> Span:
    return (str(number), style) if number else ("-", "dim")


def _ago(last: Mapping[str, Any] | None, now: float) -> str:
    if last is None:
        return "unknown"
    days = int((now - last["time"]) // 86400)
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def _packages(states: Mapping[str, State], limit: int | None) -> list[Line]:
    """Return a line for each change of a package, security first, then what most hosts have."""
    fold: Fold[tuple[bool, str, str, str]] = Fold()
    for host, state in states.items():
        for kind in ("upgrade", "install", "remove"):
            for one in state["plan"][kind]:
                origin = "" if one["security"] or kind != "upgrade" else one["origin"]
                if one["third_party"]:
                    origin = f"third party: {one['origin'] or 'unknown'}"
                fold.add(
                    (not one["security"], one["name"], change_text(one["old"], one["new"]), origin), host
                )
    found = sorted(fold.groups.items(), key=lambda pair: (pair[0][0], -len(pair[1].hosts), pair[0][1]))
    lines = [line(("PACKAGES", "bold"))] if found else []
    for (plain, name, change, origin), group in found[:limit]:
        note = (f"  {origin}", "dim") if plain else ("  security", "failed")
        hosts = (
            (f"  {host_ranges(group.hosts, limit=4)}", "place")
            if len(group.hosts) < len(states)
            else ("", "")
        )
        lines.append(line(f"  {name}  ", (change, "changed"), note, hosts))
    if limit is not None and len(found) > limit:
        lines.append(line((f"  … {len(found) - limit} more: -v lists them", "dim")))
    return lines


def _listed(title: str, states: Mapping[str, State], names: Callable[[State], Sequence[str]]) -> list[Line]:
    """Return a section that names things, each set of them once for all hosts that have it."""
    fold: Fold[tuple[str, ...]] = Fold()
    for host, state in states.items():
        found = names(state)
        if found:
            fold.add(tuple(found), host)
    lines = [
        line(f"  {hosts_text(group.hosts, limit=6)}  {', '.join(key)}") for key, group in fold.groups.items()
    ]
    return [line((title, "bold")), *lines] if lines else []


def _flag(state: State) -> list[str]:
    return ["the system asks for it"] if state["reboot_required"] else []


def _end_of_life(state: State, now: float) -> list[str]:
    end = state["system"]["end_of_life"]
    if not end or time.mktime(time.strptime(end, "%Y-%m-%d")) > now + SOON:
        return []
    return [f"{_release(state['system'])}: {end}"]


def not_known(failures: Mapping[str, str]) -> list[Line]:
    """Return a section of hosts that could not be asked, each reason once."""
    fold: Fold[str] = Fold()
    for host, message in failures.items():
        fold.add(message, host)
    lines = [
        line("  ", (message, "error"))
        if message.startswith(group.hosts[0])
        else line(f"  {hosts_text(group.hosts, limit=6)}  ", (message, "error"))
        for message, group in fold.groups.items()
    ]
    return [line(("NOT KNOWN", "failed")), *lines] if lines else []


def _total(states: Mapping[str, State], failures: Iterable[str]) -> Line:
    behind = [state for state in states.values() if state["plan"]["upgrade"]]
    urgent = [state for state in behind if any(one["security"] for one in state["plan"]["upgrade"])]
    reboots = sum(1 for state in states.values() if state["reboot_required"])
    total = len(states) + len(list(failures))
    told = (
        [f"{len(behind)} of {total} hosts can be upgraded"]
        if behind
        else [f"{len(states)} of {total} up to date"]
    )
    told += [f"{len(urgent)} have security updates"] if urgent else []
    told += [f"{reboots} must reboot"] if reboots else []
    return line(("FLEET  ", "bold"), ", ".join(told))
