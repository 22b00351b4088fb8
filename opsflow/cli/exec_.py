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
) -> int:
    """Run one task on many hosts, such as `opsflow exec web uptime`."""
    import shlex

    from opsflow.api import prepare_task
    from opsflow.core.errors import UsageError

    from .execute import execute

    settings = flags.settings()
    vault = flags.vault(settings)
    chosen = flags.options(settings, vault)
    words = arguments or []
    text = module_args or (words[0] if len(words) == 1 else shlex.join(words))
    if module == "command" and not text:
        hint = f"such as: opsflow exec {shlex.quote(pattern)} uptime; or name a module with -m"
        raise UsageError("there is no command to run", hint=hint)
    run = prepare_task(pattern, module, text, settings.inventory, chosen, vault, o.own_places(settings))
    return execute(run, settings, output=flags.output, verbosity=flags.verbose, diff=flags.diff)
