"""`opsflow exec`: one task on many hosts."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as o
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault


def exec_(
    pattern: Annotated[str, typer.Argument(metavar="PATTERN", help="Which hosts: names, groups, patterns.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGUMENTS", help="A command, or the module's options.")
    ] = None,
    module: Annotated[
        str, typer.Option("-m", "--module", metavar="MODULE", help="The module to run.")
    ] = "command",
    module_args: Annotated[
        str | None, typer.Option("-a", "--args", metavar="ARGUMENTS", help="The same as ARGUMENTS.")
    ] = None,
    inventory: o.Inventory = None,
    limit: o.Limit = None,
    extra_vars: o.ExtraVars = None,
    check: o.Check = False,
    diff: o.Diff = False,
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
    """Run one task on many hosts, such as `opsflow exec web uptime`."""
    import shlex

    from opsflow.api import prepare_task
    from opsflow.core.errors import UsageError
    from opsflow.engine.options import RunOptions

    from .execute import execute

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
        check=check,
        diff=diff,
        verbosity=verbose,
        connection=defaults,
    )
    words = arguments or []
    text = module_args or (words[0] if len(words) == 1 else shlex.join(words))
    if module == "command" and not text:
        hint = f"such as: opsflow exec {shlex.quote(pattern)} uptime; or name a module with -m"
        raise UsageError("there is no command to run", hint=hint)
    sources = o.inventory_sources(inventory, settings.inventory)
    run = prepare_task(pattern, module, text, sources, chosen, vault, o.own_places(settings))
    return execute(run, settings, output=output, verbosity=verbose, diff=diff)
