"""`opsflow exec`: one task on many hosts."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as o
from .flags import RunFlags, with_flags


@with_flags(RunFlags)
def exec_(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="Which hosts: names, groups, patterns.")],
    flags: RunFlags,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGUMENTS", help="A command, or the module's options.")
    ] = None,
    module: Annotated[
        str, typer.Option("-m", "--module", metavar="MODULE", help="The module to run.")
    ] = "command",
    module_args: Annotated[
        str | None, typer.Option("-a", "--args", metavar="ARGUMENTS", help="The same as ARGUMENTS.")
    ] = None,
    task_timeout: Annotated[
        int | None,
        typer.Option("--task-timeout", metavar="SECONDS", min=1, help="How long the task may take."),
    ] = None,
    list_hosts: Annotated[bool, typer.Option("--list-hosts", help="Only list the hosts.")] = False,
) -> int:
    """Run one task on many hosts, such as `opsflow exec web uptime`."""
    import shlex

    from opsflow.api import prepare_task
    from opsflow.core.errors import UsageError

    from .execute import execute
    from .play import echo_hosts

    settings = flags.settings()
    vault = flags.vault(settings)
    chosen = flags.options(settings, vault, {"timeout": task_timeout} if task_timeout else None)
    words = arguments or []
    text = module_args or (words[0] if len(words) == 1 else shlex.join(words))
    if module == "command" and not text and not list_hosts:
        hint = f"such as: opsflow exec {shlex.quote(pattern)} uptime; or name a module with -m"
        raise UsageError("there is no command to run", hint=hint)
    if list_hosts:  # whatever would be done on them
        module, text = "ping", ""
    run = prepare_task(pattern, module, text, settings.inventory, chosen, vault, o.own_places(settings))
    if list_hosts:
        echo_hosts(run.targets[id(run.playbooks[0].plays[0])])
        return 0
    return execute(run, settings, output=flags.output, verbosity=flags.verbose, diff=flags.diff)
