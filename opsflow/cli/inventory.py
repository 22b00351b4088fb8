"""`opsflow inventory`: what an inventory means."""

from __future__ import annotations

import json
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from .vault_options import AskVaultPass, PasswordFiles, VaultIds

if TYPE_CHECKING:
    from opsflow.inventory.model import Group, Host, Inventory
    from opsflow.inventory.variables import InventoryVariables
    from opsflow.source.vault import Vault
    from opsflow.templating.inventory import InventoryTemplates

app = typer.Typer(no_args_is_help=True, help="Show hosts, groups and variables of an inventory.")

Sources = Annotated[
    list[str] | None,
    typer.Option(
        "-i", "--inventory", metavar="SOURCE", help="A file, a directory, or a list such as 'a,b,'."
    ),
]
Limit = Annotated[str | None, typer.Option("-l", "--limit", metavar="PATTERN", help="Only these hosts.")]
PlaybookDir = Annotated[
    Path | None, typer.Option(help="Also read group_vars and host_vars of this directory.", metavar="DIR")
]


@app.command("list")
def list_command(
    inventory: Sources = None,
    limit: Limit = None,
    playbook_dir: PlaybookDir = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
) -> None:
    """Print all groups, hosts and variables as JSON; templates are shown as written."""
    view = _read(inventory, limit, playbook_dir, (vault_id, vault_password_file, ask_vault_pass))
    hostvars = {host.name: values for host in view.hosts if (values := view.variables.for_host(host.name))}
    document: dict[str, Any] = {"_meta": {"hostvars": hostvars}}
    for group in view.inventory.groups.values():
        hosts = [] if group.name == "all" else [name for name in group.hosts if name in view.names]
        parts = {"hosts": hosts, "children": list(group.children)}
        if shown := {key: names for key, names in parts.items() if names}:
            document[group.name] = shown
    _print_json(document)
    view.print_warnings()


@app.command("host")
def host_command(
    name: Annotated[str, typer.Argument(help="The host.")],
    inventory: Sources = None,
    playbook_dir: PlaybookDir = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
) -> None:
    """Print the variables of one host as JSON; templates are shown as written."""
    from opsflow.core.errors import UsageError, did_you_mean

    view = _read(inventory, None, playbook_dir, (vault_id, vault_password_file, ask_vault_pass))
    try:
        values = view.variables.for_host(name)
    except KeyError:
        hint = did_you_mean(name, view.inventory.hosts)
        raise UsageError(f"there is no host '{name}' in the inventory", hint=hint) from None
    _print_json(values)
    view.print_warnings()


@app.command("graph")
def graph_command(
    group: Annotated[str, typer.Argument(help="Where to start.")] = "all",
    inventory: Sources = None,
    limit: Limit = None,
    playbook_dir: PlaybookDir = None,
    with_vars: Annotated[bool, typer.Option("--vars", help="Show variables, too.")] = False,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
) -> None:
    """Print groups and hosts as a tree."""
    from opsflow.core.errors import UsageError, did_you_mean

    view = _read(inventory, limit, playbook_dir, (vault_id, vault_password_file, ask_vault_pass))
    if group not in view.inventory.groups:
        hint = did_you_mean(group, view.inventory.groups)
        raise UsageError(f"there is no group '{group}' in the inventory", hint=hint)
    typer.echo("\n".join(_tree(view, view.inventory.groups[group], 0, with_vars)))
    view.print_warnings()


class _View(NamedTuple):
    """An inventory and the part of it to show."""

    inventory: Inventory
    variables: InventoryVariables
    hosts: list[Host]
    names: frozenset[str]

    def print_warnings(self) -> None:
        from opsflow.source.excerpt import describe

        for warning in self.inventory.warnings:
            typer.echo(f"warning: {describe(warning)}", err=True)


def _read(
    sources: list[str] | None,
    limit: str | None,
    playbook_dir: Path | None,
    passwords: tuple[list[str] | None, list[str] | None, bool],
) -> _View:
    from opsflow.core.errors import Problem, UsageError, did_you_mean
    from opsflow.inventory import patterns
    from opsflow.inventory.load import load_inventory
    from opsflow.inventory.variables import InventoryVariables

    from .options import read_config
    from .vault_options import read_vault

    if not sources:
        raise UsageError("no inventory is given", hint="name one with -i, such as -i hosts.yml")
    vault = read_vault(read_config(None), *passwords)
    templates = partial(_templates, vault)
    inventory = load_inventory(sources, playbook_dir=playbook_dir, templates=templates, vault=vault)
    hosts = list(inventory.hosts.values())
    if limit is not None:
        hosts = patterns.limit(inventory, hosts, limit)
        for name in patterns.unmatched(inventory, patterns.read_limit(limit)):
            hint = did_you_mean(name, [*inventory.groups, *inventory.hosts])
            inventory.warnings.append(Problem(f"the limit '{name}' names no host and no group", hint=hint))
    variables = InventoryVariables(inventory)
    variables.check(hosts)
    return _View(inventory, variables, hosts, frozenset(host.name for host in hosts))


def _templates(vault: Vault) -> InventoryTemplates:
    """Import Jinja2 only for an inventory that needs it."""
    from opsflow.templating.inventory import InventoryTemplates
    from opsflow.templating.render import Renderer

    return InventoryTemplates(Renderer(vault))


def _tree(view: _View, group: Group, depth: int, with_vars: bool) -> list[str]:
    lines = [_branch(f"@{group.name}:", depth)]
    for child in group.children.values():
        lines += _tree(view, child, depth + 1, with_vars)
    for name in group.hosts if group.name != "all" else ():
        if name in view.names:
            lines.append(_branch(name, depth + 1))
            lines += _vars(view.variables.for_host(name), depth + 2) if with_vars else []
    return lines + (_vars(view.variables.for_group(group.name), depth + 1) if with_vars else [])


def _vars(values: dict[str, Any], depth: int) -> list[str]:
    return [_branch(f"{{{name} = {_plain(values[name])}}}", depth) for name in sorted(values)]


def _branch(text: str, depth: int) -> str:
    return "  |" * depth + "--" * bool(depth) + text


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(_plain(value), indent=4, ensure_ascii=False))


def _plain(value: Any) -> Any:
    """Return a YAML value as JSON can hold it; what is encrypted stays so, in Ansible's form."""
    from opsflow.source.values import VaultText

    if isinstance(value, dict):
        return {_plain_key(key): _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, VaultText):
        return {"__ansible_vault": str.__str__(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


def _plain_key(key: Any) -> str | int | float | bool | None:
    return key if key is None or isinstance(key, str | int | float) else str(key)
