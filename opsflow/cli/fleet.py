"""`opsflow fleet`: how far hosts are behind."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as o
from .flags import RunFlags, with_flags

if TYPE_CHECKING:
    from opsflow.core.events import Event
    from opsflow.engine.run import Run


@with_flags(RunFlags)
def fleet(
    flags: RunFlags,
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="Which hosts.")] = "all",
    refresh: Annotated[
        bool, typer.Option("--refresh/--no-refresh", help="Look at fresh package lists, fetched aside.")
    ] = True,
) -> int:
    """Show what could be upgraded, what waits for a reboot, and what is broken. Nothing is changed."""
    from opsflow.api import prepare_task

    settings = flags.settings()
    vault = flags.vault(settings)
    chosen = flags.options(settings, vault)
    arguments = "" if refresh else "refresh=false"
    places = o.own_places(settings)
    run = prepare_task(pattern, "patch_state", arguments, settings.inventory, chosen, vault, places)
    return _show(run, output=flags.output, everything=flags.verbose > 0)


def _show(run: Run, *, output: str, everything: bool) -> int:
    import asyncio

    from opsflow.report.lines import render
    from opsflow.report.patches import patch_lines

    from .console import check_output
    from .garbage import look_rarely
    from .out import dumps, use_color, write

    check_output(output)
    answers = _Answers()
    run.events.subscribe(answers)
    look_rarely()
    code = asyncio.run(run.run()).exit_code
    if output != "text":
        write(sys.stdout, dumps({"hosts": answers.states, "failed": answers.failures}, 2) + "\n")
        return code
    lines = patch_lines(answers.states, answers.failures, now=time.time(), everything=everything)
    color = use_color(sys.stdout)
    write(sys.stdout, "".join(f"{render(line, color=color)}\n" for line in lines))
    return code


class _Answers:
    """What hosts said, in the inventory's order as far as they were asked in it."""

    def __init__(self) -> None:
        self.states: dict[str, dict[str, Any]] = {}
        self.failures: dict[str, str] = {}
        self.hosts: list[str] = []

    def __call__(self, event: Event) -> None:
        from opsflow.core.events import HostFinished, RunFinished, TaskStarted

        if isinstance(event, TaskStarted):
            self.hosts = event.hosts
        elif isinstance(event, HostFinished):
            if event.result.failed:
                self.failures[event.host] = event.result.message
            else:
                self.states[event.host] = event.result.data
        elif isinstance(event, RunFinished):
            self.states = {host: self.states[host] for host in self.hosts if host in self.states}
