"""`opsflow inventory`: what an inventory means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from . import options as o
from .inventory_view import json_document, plain, read_view, tree, yaml_document
from .vault_options import AskVaultPass, PasswordFiles, VaultIds
from .why import why

app = typer.Typer(no_args_is_help=True, help="Show hosts, groups and variables of an inventory.")
app.command("why")(why)

PlaybookDir = Annotated[
    Path | None, typer.Option(help="Also read group_vars and host_vars of this directory.", metavar="DIR")
]
AsYaml = Annotated[bool, typer.Option("-y", "--yaml", help="Print YAML instead of JSON.")]


@app.command("list")
def list_command(
    inventory: o.Inventory = None,
    limit: o.Limit = None,
    extra_vars: o.ExtraVars = None,
    playbook_dir: PlaybookDir = None,
    as_yaml: AsYaml = False,
    export: Annotated[
        bool, typer.Option("--export", help="Show variables where they are set, not what hosts get.")
    ] = False,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Print all groups, hosts and variables; templates are shown as written."""
    view = read_view(
        inventory, limit, extra_vars, playbook_dir, config, (vault_id, vault_password_file, ask_vault_pass)
    )
    document = yaml_document if as_yaml else json_document
    _print(document(view, export=export), as_yaml)
    view.print_warnings()


@app.command("host")
def host_command(
    name: Annotated[str, typer.Argument(help="The host.")],
    inventory: o.Inventory = None,
    extra_vars: o.ExtraVars = None,
    playbook_dir: PlaybookDir = None,
    as_yaml: AsYaml = False,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Print the variables of one host; templates are shown as written."""
    from opsflow.core.errors import UsageError, did_you_mean

    view = read_view(
        inventory, None, extra_vars, playbook_dir, config, (vault_id, vault_password_file, ask_vault_pass)
    )
    try:
        values = view.host_vars(name)
    except KeyError:
        hint = did_you_mean(name, view.inventory.hosts)
        raise UsageError(f"there is no host '{name}' in the inventory", hint=hint) from None
    _print(values, as_yaml)
    view.print_warnings()


@app.command("graph")
def graph_command(
    group: Annotated[str, typer.Argument(help="Where to start.")] = "all",
    inventory: o.Inventory = None,
    limit: o.Limit = None,
    playbook_dir: PlaybookDir = None,
    with_vars: Annotated[bool, typer.Option("--vars", help="Show variables, too.")] = False,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Print groups and hosts as a tree."""
    from opsflow.core.errors import UsageError, did_you_mean

    view = read_view(
        inventory, limit, None, playbook_dir, config, (vault_id, vault_password_file, ask_vault_pass)
    )
    if group not in view.inventory.groups:
        hint = did_you_mean(group, view.inventory.groups)
        raise UsageError(f"there is no group '{group}' in the inventory", hint=hint)
    for line in tree(view, view.inventory.groups[group], with_vars=with_vars):
        typer.echo(line)
    view.print_warnings()


def _print(value: Any, as_yaml: bool) -> None:
    if not as_yaml:
        typer.echo(json.dumps(plain(value), indent=4, ensure_ascii=False, sort_keys=True))
        return
    import yaml

    typer.echo(yaml.safe_dump(plain(value), allow_unicode=True, default_flow_style=False), nl=False)
