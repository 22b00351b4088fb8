"""`opsflow fleet`: how far hosts are behind."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import options as o
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault

if TYPE_CHECKING:
    from opsflow.core.events import Event
    from opsflow.engine.run import Run


def fleet(
    pattern: Annotated[str, typer.Argument(metavar="[PATTERN]", help="Which hosts.")] = "all",
    inventory: o.Inventory = None,
    limit: o.Limit = None,
    extra_vars: o.ExtraVars = None,
    refresh: Annotated[
        bool, typer.Option("--refresh/--no-refresh", help="Look at fresh package lists, fetched aside.")
    ] = True,
    forks: o.Forks = None,
    user: o.User = None,
    become: o.Become = False,
    become_user: o.BecomeUser = None,
    become_method: o.BecomeMethod = None,
    ask_pass: o.AskPass = False,
    ask_become_pass: o.AskBecomePass = False,
    private_key: o.PrivateKey = None,
    connection: o.Connection = None,
    timeout: o.Timeout = None,
    ssh_common_args: o.CommonArgs = None,
    accept_new_host_keys: o.AcceptNew = False,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    output: o.Output = "text",
    verbose: o.Verbose = 0,
    config: o.ConfigFile = None,
) -> int:
    """Show what could be upgraded, what waits for a reboot, and what is broken. Nothing is changed."""
    from opsflow.api import prepare_task
    from opsflow.engine.options import RunOptions

    settings = o.read_config(config, verbose)
    vault = read_vault(settings, vault_id, vault_password_file, ask_vault_pass)
    defaults = o.connection_defaults(
        settings,
        user=user,
        become=become,
        become_user=become_user,
        become_method=become_method,
        ask_pass=ask_pass,
        ask_become_pass=ask_become_pass,
        private_key=private_key,
        connection=connection,
        timeout=timeout,
        ssh_common_args=ssh_common_args,
        accept_new=accept_new_host_keys,
    )
    chosen = RunOptions(
        forks=forks or settings.forks,
        extra_vars=o.extra_vars(extra_vars, vault),
        limit=limit,
        verbosity=verbose,
        connection=defaults,
    )
    sources = o.inventory_sources(inventory, settings.inventory)
    arguments = "" if refresh else "refresh=false"
    run = prepare_task(pattern, "patch_state", arguments, sources, chosen, vault, o.own_places(settings))
    return _show(run, output=output, everything=verbose > 0)


def _show(run: Run, *, output: str, everything: bool) -> int:
    from opsflow.report.lines import render
    from opsflow.report.patches import patch_lines

    from .console import use_color
    from .console.plain import write
    from .console.stream import dumps

    answers = _Answers()
    run.events.subscribe(answers)
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
