"""The end of a run: what happened to each host, what changed, what failed, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any, cast

from opsflow.core.origin import Origin
from opsflow.core.results import Failure, PackageChange, RunSummary, Stats, Status

from .fold import Fold, Group, duration_text, hosts_text
from .lines import Line, indented, line, lines_of, place

PACKAGES = 40
"""How many package changes are listed for hosts that share them; the ledger and the notifiers have all."""
FAILURES = 50
"""How many different failures of one task are repeated; all of them were shown when they happened."""
HOSTS_IN_COMMAND = 100


def recap_lines(summary: RunSummary, details: Mapping[str, Any], *, logs: bool = False) -> list[Line]:
    """Return the lines that end a run.

    Args:
        summary: what happened.
        details: what else the run tells; `inventory` (a list of its sources), `options` and `selection`
            (words of the command line) make commands complete, `recorded` says that it can be gone on with.
        logs: whether to add the end of what failed tasks printed, for those who did not watch.
    """
    sections = [
        [_title(summary), *_nothing(summary), *_hosts(summary), *_recalled(summary)],
        _packages(summary),
        _marked(summary, "REBOOTED", "bold", "rebooted"),
        _marked(summary, "ROLLED BACK", "changed", "rolled_back"),
        _marked(summary, "NEEDS A PERSON", "failed", "needs_person"),
        _failures(summary, logs),
        _skipped(summary),
        _not_reached(summary),
        _next(next_steps(summary, details)),
    ]
    return [shown for section in sections if section for shown in [(), *section]]


def _title(summary: RunSummary) -> Line:
    outcome = summary.outcome
    style = {"ok": "ok", "changed": "changed"}.get(outcome, "failed")
    facts = [duration_text(summary.duration), _many(len(summary.hosts), "host")]
    check = "  (check mode: nothing was changed)" if summary.check else ""
    return line(("RECAP  ", "bold"), (outcome, style), f"  {', '.join(facts)}{check}")


def _nothing(summary: RunSummary) -> list[Line]:
    """Say aloud that no host was worked on: an empty run looks like a good one."""
    begun = summary.hosts or summary.recalled
    empty = not begun and not summary.stopped and not summary.unfinished
    return [line(("  nothing was done: no task ran on any host", "warning"))] if empty else []


def _recalled(summary: RunSummary) -> list[Line]:
    """Say what was done before, by the run that this one went on with."""
    if summary.resumes is None:
        return []
    tasks, hosts = sum(summary.recalled.values()), _many(len(summary.recalled), "host")
    done = f"{_many(tasks, 'result')} of {hosts} taken over" if tasks else "which had done nothing"
    return [line("  went on with run ", (summary.resumes, "bold"), f", {done}")]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _hosts(summary: RunSummary) -> list[Line]:
    """Return a line for each set of hosts with the same counts, those with trouble last."""
    fold: Fold[tuple[int, ...]] = Fold()
    names = [field.name for field in fields(Stats)]
    for host, told in summary.hosts.items():
        fold.add(tuple(getattr(told.stats, name) for name in names), host)
    trouble = [names.index(name) for name in ("unreachable", "failed")]
    groups = sorted(fold.groups.items(), key=lambda pair: any(pair[0][index] for index in trouble))
    texts = [hosts_text(group.hosts, limit=6) for _, group in groups]
    width = min(max((len(text) for text in texts), default=0), 48)
    return [
        line(f"  {text:<{width}}", *_counts(dict(zip(names, counts, strict=True))))
        for text, (counts, _) in zip(texts, groups, strict=True)
    ]


def _counts(counts: dict[str, int]) -> list[tuple[str, str]]:
    shown = {name: count for name, count in counts.items() if count or name in ("ok", "changed")}
    return [(f"  {name} {count}", name if count else "dim") for name, count in shown.items()]


def _packages(summary: RunSummary) -> list[Line]:
    fold: Fold[tuple[PackageChange, ...]] = Fold()
    for host, told in summary.hosts.items():
        if told.packages:
            fold.add(tuple(sorted(told.packages, key=lambda change: change.name)), host)
    lines: list[Line] = []
    for changes, group in fold.groups.items():
        lines += [line(f"  {hosts_text(group.hosts, limit=6)}  ", (_many(len(changes), "package"), "dim"))]
        lines += [_change(change) for change in changes[:PACKAGES]]
        if len(changes) > PACKAGES:
            lines += [line((f"    … {len(changes) - PACKAGES} more", "dim"))]
    title = "PACKAGES that would change" if summary.check else "PACKAGES"
    return [line((title, "bold")), *lines] if lines else []


def _change(change: PackageChange) -> Line:
    return line(f"    {change.name}  ", (change_text(change.old, change.new), "changed"))


def change_text(old: str | None, new: str | None) -> str:
    """Return versions as people read them: `1.0 → 1.1`, `new 1.1`, `removed 1.0`."""
    if old is None:
        return f"new {new}"
    return f"removed {old}" if new is None else f"{old} → {new}"


def _marked(summary: RunSummary, title: str, style: str, mark: str) -> list[Line]:
    hosts = [host for host, told in summary.hosts.items() if getattr(told, mark)]
    return [line((f"{title}  ", style), hosts_text(hosts))] if hosts else []


def _failures(summary: RunSummary, logs: bool) -> list[Line]:
    """Return each failure once, with all hosts that had it, under its task."""
    tasks: dict[tuple[str, Origin | None], Fold[Failure]] = {}
    for host, result in summary.hosts.items():
        for failure in result.failures:
            told = failure if logs else failure._replace(log="")
            tasks.setdefault((failure.task, failure.origin), Fold()).add(told, host)
    lines: list[Line] = []
    for (task, origin), fold in tasks.items():
        lines += [line("  ", (task, "bold"), "  ", place(origin))]
        for failure, group in islice(fold.groups.items(), FAILURES):
            lines += _failure(failure, group)
            lines += [line("      ", ("| ", "dim"), *rest) for rest in lines_of(failure.log)] if logs else []
        if len(fold.groups) > FAILURES:
            lines.append(
                line((f"    … {len(fold.groups) - FAILURES} more, each with its own message", "dim"))
            )
    return [line(("FAILED", "failed")), *lines] if lines else []


def _failure(failure: Failure, group: Group) -> list[Line]:
    word = "  unreachable" if failure.status is Status.UNREACHABLE else ""
    head = line("    ", (hosts_text(group.hosts), "bold"), (word, "failed"))
    return [head, *indented(lines_of(failure.message, "error"), " " * 6)]


def _skipped(summary: RunSummary) -> list[Line]:
    """Return the hosts that people took out of the run, with those who did, and those that were busy."""
    fold: Fold[str] = Fold()
    for host, why in summary.skipped.items():
        fold.add(why, host)
    return [
        line(("SKIPPED  ", "warning"), (hosts_text(group.hosts), "bold"), f"  {_because(why)}")
        for why, group in fold.groups.items()
    ]


def _because(why: str) -> str:
    return why if why.startswith("busy: ") else f"by {why}"


def _not_reached(summary: RunSummary) -> list[Line]:
    lines: list[Line] = []
    if summary.stopped:
        lines.append(line(("STOPPED  ", "failed"), summary.stopped))
    for task, hosts in summary.unfinished.items():
        lines.append(line("  broken off on ", (hosts_text(hosts), "bold"), f": {task}"))
    if summary.not_reached:
        lines.append(line(("NOT REACHED  ", "bold"), hosts_text(summary.not_reached)))
    return lines


def next_steps(summary: RunSummary, details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a person may want to do now, each with its command, which is empty where there is none.

    Args:
        summary: what happened.
        details: as of `recap_lines`.
    """
    unreachable = [host for host, told in summary.hosts.items() if told.stats.unreachable]
    failed = [
        host for host, told in summary.hosts.items() if told.stats.failed and not told.stats.unreachable
    ]
    steps: list[tuple[str, str]] = []
    if unreachable:
        command = ["opsflow", "exec", *_same(details), _joined(unreachable), "-m", "ping"]
        steps.append(("see whether the unreachable hosts are back", shlex.join(command)))
    left = failed or unreachable or summary.not_reached or summary.stopped
    if summary.playbooks and left and details.get("recorded") and not summary.check:
        steps.append(("go on where it stopped", shlex.join(["opsflow", "resume", summary.run_id])))
    if summary.playbooks and (failed or unreachable or summary.not_reached):
        hosts = dict.fromkeys([*failed, *unreachable, *summary.not_reached])
        what = "failed hosts and those not reached" if summary.not_reached else "failed hosts"
        steps.append((f"run again on the {what}", _again(summary, details, hosts)))
    if (failed or unreachable) and any(told.undoable for told in summary.hosts.values()):
        undo = ["opsflow", "rollback", summary.run_id, *_same(details), "-b"]
        steps.append(("undo what this run upgraded", shlex.join(undo)))
    if summary.check and summary.outcome == "changed" and summary.playbooks:
        steps.append(("do it: the same command without --check", ""))
    return steps


def _next(steps: list[tuple[str, str]]) -> list[Line]:
    lines = [shown for step in steps for shown in _step(*step)]
    return [line(("NEXT", "bold")), *lines] if lines else []


def _step(what: str, command: str) -> list[Line]:
    return [line(f"  {what}:"), line("    ", (command, "place"))] if command else [line(f"  {what}")]


def _again(summary: RunSummary, details: Mapping[str, Any], hosts: Iterable[str]) -> str:
    command = ["opsflow", "play", *summary.playbooks, *_same(details), *_texts(details.get("selection"))]
    command += ["--limit", _joined(hosts)]
    return shlex.join([*command, "--check"] if summary.check else command)


def _joined(hosts: Iterable[str]) -> str:
    names = list(hosts)
    if len(names) <= HOSTS_IN_COMMAND:
        return ",".join(names)
    return ",".join([*names[:HOSTS_IN_COMMAND], f"… {len(names) - HOSTS_IN_COMMAND} more"])


def _same(details: Mapping[str, Any]) -> list[str]:
    """Return the options that a command needs to reach the same hosts with the same variables."""
    sources = [part for name in _texts(details.get("inventory")) for part in ("-i", name)]
    return [*sources, *_texts(details.get("options"))]


def _texts(value: object) -> list[str]:
    return [str(item) for item in cast(list[object], value)] if isinstance(value, list) else []
