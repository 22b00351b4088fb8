"""`opsflow play`: run playbooks on an inventory."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from opsflow.core.errors import UsageError

from . import options as o
from .flags import RunFlags, with_flags
from .resume import Changed, Unknown, check_unknown, recall_of
from .why import explain_plays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsflow.engine.run import Run
    from opsflow.inventory.model import Host
    from opsflow.packages.approval import Approval

Playbooks = Annotated[list[str], typer.Argument(metavar="PLAYBOOK", help="Playbook files, run in order.")]
Tags = Annotated[
    list[str] | None, typer.Option("-t", "--tags", metavar="TAGS", help="Only tasks with these tags.")
]
SkipTags = Annotated[
    list[str] | None, typer.Option("--skip-tags", metavar="TAGS", help="No tasks with these tags.")
]
StartAt = Annotated[str | None, typer.Option("--start-at-task", metavar="NAME", help="Begin at this task.")]

Explain = Annotated[
    str | None,
    typer.Option("--explain", metavar="VAR", help="Only tell what sets a variable, and what wins."),
]

Plan = Annotated[bool, typer.Option("--plan", help="Change nothing, show what upgrades would do.")]
PlanOut = Annotated[
    Path | None, typer.Option("--plan-out", metavar="FILE", help="Plan, and write what can be approved.")
]
Apply = Annotated[
    Path | None, typer.Option("--apply", metavar="FILE", help="Do what was approved, and nothing else.")
]


@with_flags(RunFlags)
def play(
    playbooks: Playbooks,
    flags: RunFlags,
    tags: Tags = None,
    skip_tags: SkipTags = None,
    start_at_task: StartAt = None,
    list_hosts: Annotated[bool, typer.Option("--list-hosts", help="Only list the hosts.")] = False,
    list_tasks: Annotated[bool, typer.Option("--list-tasks", help="Only list the tasks.")] = False,
    list_tags: Annotated[bool, typer.Option("--list-tags", help="Only list the tags.")] = False,
    syntax_check: Annotated[bool, typer.Option("--syntax-check", help="Only check the files.")] = False,
    explain: Explain = None,
    plan: Plan = False,
    plan_out: PlanOut = None,
    apply: Apply = None,
    force_handlers: Annotated[bool, typer.Option("--force-handlers", help="Also on failed hosts.")] = False,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with a run, where it stopped.")
    ] = None,
    changed: Changed = False,
    unknown: Unknown = "ask",
) -> int:
    """Run playbooks: connect to every host once, do the tasks in order, tell what happened."""
    from opsflow.api import prepare

    planning = plan or plan_out is not None
    approval = _approval(apply, playbooks, planning) if apply else None
    flags = replace(flags, check=flags.check or planning)
    check_unknown(unknown)
    settings = flags.settings()
    recall = recall_of(flags, resume, changed=changed) if resume else None
    vault = flags.vault(settings)
    chosen = flags.options(
        settings,
        vault,
        tags=_names(tags) or frozenset({"all"}),
        skip_tags=_names(skip_tags),
        start_at=start_at_task,
        defaults={"force_handlers": True} if force_handlers else None,
        debugger=settings.task_debugger and not planning,
        planning=planning,
        approval=approval,
    )
    run = prepare(
        playbooks,
        settings.inventory,
        chosen,
        roles_path=settings.roles_path,
        places=o.own_places(settings),
        ask=o.ask_prompt,
        vault=vault,
    )
    run.recall, run.unknown = recall, "fail" if unknown == "ask" and not sys.stdin.isatty() else unknown
    if syntax_check or list_hosts or explain or list_tasks or list_tags:
        _look(run, playbooks, syntax_check, explain, Listing(list_hosts, list_tasks, list_tags))
        return 0
    if planning:
        from .plan import show_plan

        return show_plan(run, settings, output=flags.output, everything=flags.verbose > 0, out=plan_out)
    from .execute import execute

    def carry_out() -> int:
        return execute(run, settings, output=flags.output, verbosity=flags.verbose, diff=flags.diff)

    if approval:
        from .plan import approved

        return approved(run, approval, carry_out)
    return carry_out()


def _approval(path: Path, playbooks: list[str], planning: bool) -> Approval:
    from .plan import read_approval

    if planning:
        raise UsageError("--apply carries a plan out: it cannot be given with --plan or --plan-out")
    return read_approval(path, playbooks[0])


class Listing(NamedTuple):
    """What to list of a run."""

    hosts: bool
    tasks: bool
    tags: bool


def _look(run: Run, playbooks: list[str], syntax_check: bool, explain: str | None, listing: Listing) -> None:
    """Show what was asked for instead of a run."""
    from opsflow.source.excerpt import describe

    if syntax_check or listing.hosts:
        for problem in run.mismatches():
            typer.echo(f"warning: {describe(problem)}", err=True)
    if syntax_check:
        typer.echo(f"{', '.join(playbooks)}: no problems found")
    elif explain:
        explain_plays(run, explain)
    else:
        _list(run, listing)


def _names(given: list[str] | None) -> frozenset[str]:
    return frozenset(name.strip() for text in given or [] for name in text.split(",") if name.strip())


def _list(run: Run, listing: Listing) -> None:
    for book in run.playbooks:
        typer.echo(f"playbook: {book.path}")
        for number, one in enumerate(book.plays, 1):
            typer.echo(f"\n  play #{number} ({', '.join(map(str, one.hosts))}): {one.name}")
            if listing.hosts:
                echo_hosts(run.targets[id(one)])
            selected = [task for task in run.selected_tasks(one) if not task.meta]
            if listing.tasks:
                typer.echo("    tasks:")
                _echo_lines(f"{task.name}{_tags_of(task)}" for task in selected)
            if listing.tags:
                typer.echo(
                    f"    tags: [{', '.join(sorted({tag for task in selected for tag in task.tags}))}]"
                )


def echo_hosts(hosts: Sequence[Host]) -> None:
    """Show how many hosts there are, and their names."""
    typer.echo(f"    hosts ({len(hosts)}):")
    _echo_lines(host.name for host in hosts)


def _echo_lines(lines: Any) -> None:
    for line in lines:
        typer.echo(f"      {line}")


def _tags_of(task: Any) -> str:
    return f"  [{', '.join(sorted(task.tags))}]" if task.tags else ""
