"""What an upgrade would do to a fleet: hosts that would get the same share a block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .fold import Fold, hosts_text
from .lines import Line, Span, line
from .patches import not_known
from .recap import change_text

PACKAGES = 40
Plan = Mapping[str, Any]
"""What `apt_upgrade.plan` returned, with the task's `name`, and its `reboot_required` and `reboot_policy`."""

_KINDS = (("upgrade", "UPGRADE"), ("install", "INSTALL"), ("remove", "REMOVE"))
_STAYS = (("kept_back", "kept back"), ("held", "held"), ("phased", "phased, not this host's turn"))
_TOLD = (
    ("others", "OTHER TASKS change packages as well"),
    ("afterwards", "FAILED in check mode, when the plan had been made"),
)
_Key = tuple[str, tuple[tuple[Line, ...], ...], tuple[tuple[str, ...], ...]]


def plan_lines(
    plans: Mapping[str, Sequence[Plan]],
    told: Mapping[str, Mapping[str, Sequence[str]]],
    failures: Mapping[str, str],
    *,
    everything: bool = False,
) -> list[Line]:
    """Return the lines that tell what hosts would get.

    Args:
        plans: the plans of each host, in the order of the tasks that made them.
        told: what else there is to say: `others`, what tasks without a plan would change of packages, and
            `afterwards`, what failed in check mode when the plan had been made; both by host.
        failures: why nothing is known of other hosts.
        everything: list all packages, however many.
    """
    busy: Fold[_Key] = Fold()
    idle: list[str] = []
    for host, made in plans.items():
        some = [plan for plan in made if _has_something_to_tell(plan)]
        for plan in some:
            busy.add(_key(plan), host)
        idle += [] if some else [host]
    named = len({plan["name"] for made in plans.values() for plan in made}) > 1
    by_host = {(host, plan["name"]): plan for host, made in plans.items() for plan in made}
    sections = [
        _block(key, {host: by_host[host, key[0]] for host in group.hosts}, named, everything)
        for key, group in busy.groups.items()
    ]
    sections += [[line(("NOTHING TO DO  ", "bold"), hosts_text(idle, limit=6))]] if idle else []
    sections += [_told(title, told.get(key, {})) for key, title in _TOLD]
    sections += [not_known(failures), [_total(plans, failures)]]
    return [shown for section in sections if section for shown in [(), *section]][1:]


def _has_something_to_tell(plan: Plan) -> bool:
    return bool(_changes(plan) or plan.get("reboot_required") or any(plan[key] for key, _ in _STAYS))


def _changes(plan: Plan) -> list[Mapping[str, Any]]:
    return [one for kind, _ in _KINDS for one in plan[kind]]


def _key(plan: Plan) -> _Key:
    """Return what makes two plans the same: the task, all changes, and what stays."""
    changes = tuple(tuple(map(_change, sorted(plan[kind], key=_urgency))) for kind, _ in _KINDS)
    return plan["name"], changes, tuple(tuple(plan[key]) for key, _ in _STAYS)


def _urgency(change: Mapping[str, Any]) -> tuple[bool, bool, str]:
    return not change["security"], not change["third_party"], change["name"]


def _change(one: Mapping[str, Any]) -> Line:
    notes: list[Span] = [("  security", "failed")] if one["security"] else []
    notes += [(f"  third party: {one['origin'] or 'unknown'}", "warning")] if one["third_party"] else []
    return line(f"    {one['name']}  ", (change_text(one["old"], one["new"]), "changed"), *notes)


def _block(key: _Key, plans: Mapping[str, Plan], named: bool, everything: bool) -> list[Line]:
    name, changes, stays = key
    lines = [
        line(("PLAN  ", "bold"), (hosts_text(list(plans), limit=6), "place"), f"  {name}" if named else "")
    ]
    for (_, title), found in zip(_KINDS, changes, strict=True):
        shown = found if everything else found[:PACKAGES]
        lines += [line(f"  {title}  ", (str(len(found)), "dim")), *shown] if found else []
        if len(shown) < len(found):
            lines.append(line((f"    … {len(found) - len(shown)} more: -v lists them", "dim")))
    for (_, words), names in zip(_STAYS, stays, strict=True):
        lines += [line(f"  {words}: {', '.join(names)}")] if names else []
    if any(changes):
        lines += _each(plans, "size", lambda plan: [_size(plan)])
        lines += _each(plans, "at risk", lambda plan: [_conffile(one) for one in plan["conffiles"]])
        lines += _each(
            plans, "restart", lambda plan: [", ".join(plan["services"])] if plan["services"] else []
        )
    return lines + _each(plans, "reboot", lambda plan: [_reboot(plan)])


def _each(plans: Mapping[str, Plan], title: str, words: Callable[[Plan], Sequence[str]]) -> list[Line]:
    """Return a line for each thing to say, with the hosts it holds for where that is not all of the block."""
    fold: Fold[str] = Fold()
    for host, plan in plans.items():
        for text in words(plan):
            fold.add(text, host)
    return [
        line(
            f"  {title}: {text}",
            (f"  {hosts_text(group.hosts, limit=4)}" if len(group.hosts) < len(plans) else "", "place"),
        )
        for text, group in fold.groups.items()
    ]


def _size(plan: Plan) -> str:
    more = "less" if plan["disk"] < 0 else "more"
    return f"{size_text(plan['download'])} to fetch, {size_text(abs(plan['disk']))} {more} on disk"


def _conffile(one: Mapping[str, str]) -> str:
    return f"{one['path']} ({one['package']}): {one['why']}"


def _reboot(plan: Plan) -> str:
    """Return whether a host would be rebooted; where a task leaves that to others, whether it should be."""
    policy = plan.get("reboot_policy", "never")
    reason = "due already" if plan.get("reboot_required") else ""
    if plan["reboot"]:
        reason = f"needed for {', '.join(plan['reboot_packages'])}"
    if policy == "always" or (policy == "if_required" and reason):
        return f"yes, {reason or policy}"
    return f"not by this task, but {reason}" if reason else "no"


def _told(title: str, told: Mapping[str, Sequence[str]]) -> list[Line]:
    fold: Fold[str] = Fold()
    for host, texts in told.items():
        for text in texts:
            fold.add(text, host)
    lines = [line(f"  {hosts_text(group.hosts, limit=6)}  {text}") for text, group in fold.groups.items()]
    return [line((title, "warning")), *lines] if lines else []


def _total(plans: Mapping[str, Sequence[Plan]], failures: Mapping[str, str]) -> Line:
    if not (plans or failures):
        return line(("TOTAL  ", "bold"), "no task plans an upgrade")
    made = [plan for found in plans.values() for plan in found]
    busy = [host for host, found in plans.items() if any(map(_changes, found))]
    changes = [one for plan in made for one in _changes(plan)]
    counts = {
        "to upgrade": sum(len(plan["upgrade"]) for plan in made),
        "to install": sum(len(plan["install"]) for plan in made),
        "to remove": sum(len(plan["remove"]) for plan in made),
        "for security": sum(1 for one in changes if one["security"]),
        "from third parties": sum(1 for one in changes if one["third_party"]),
        "to reboot": sum(1 for plan in made if plan["reboot"]),
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    hosts = f"{len(busy)} of {len({*plans, *failures})} hosts would change"
    return line(("TOTAL  ", "bold"), f"{hosts}: {told}" if told else hosts)


def size_text(size: int) -> str:
    """Return bytes as people read them: 0 B, 12.3 kB, 162 MB."""
    number, unit = float(size), 0
    while number >= 1000 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.{1 if unit and number < 100 else 0}f} {_UNITS[unit]}"


_UNITS = ("B", "kB", "MB", "GB", "TB")
