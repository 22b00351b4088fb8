"""An inventory and the part of it to show, in the forms of `ansible-inventory`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from . import options as o
from .vault_options import read_vault

if TYPE_CHECKING:
    from opsflow.inventory.model import Group, Host, Inventory
    from opsflow.inventory.variables import InventoryVariables
    from opsflow.source.vault import Vault
    from opsflow.templating.inventory import InventoryTemplates


class View(NamedTuple):
    """An inventory and the part of it to show; `extra_vars` outrank all others."""

    inventory: Inventory
    variables: InventoryVariables
    hosts: list[Host]
    names: frozenset[str]
    extra_vars: Mapping[str, Any]

    def host_vars(self, name: str, *, export: bool = False) -> dict[str, Any]:
        """Return a host's variables; for an export only those that no group gives it. Raises KeyError."""
        if export:
            return self.variables.own_of_host(name)
        return {**self.variables.for_host(name), **self.extra_vars}

    def print_warnings(self) -> None:
        """Say on standard error what is suspicious."""
        from opsflow.source.excerpt import describe

        for warning in self.inventory.warnings:
            typer.echo(f"warning: {describe(warning)}", err=True)


def read_view(
    sources: list[str] | None,
    limit: str | None,
    extra_vars: list[str] | None,
    playbook_dir: Path | None,
    config: Path | None,
    passwords: tuple[list[str] | None, list[str] | None, bool],
) -> View:
    """Return the inventory that the options of a command name; `passwords` are those of the vault.

    Raises UsageError and InputError.
    """
    from opsflow.core.errors import Problem, UsageError, did_you_mean
    from opsflow.inventory import patterns
    from opsflow.inventory.load import load_inventory
    from opsflow.inventory.variables import InventoryVariables

    settings = o.read_config(config)
    sources = sources or settings.inventory
    if not sources:
        raise UsageError("no inventory is given", hint="name one with -i, such as -i hosts.yml")
    vault = read_vault(settings, *passwords)
    extra = o.extra_vars(extra_vars, vault)
    templates = partial(_templates, vault, extra)
    inventory = load_inventory(sources, playbook_dir=playbook_dir, templates=templates, vault=vault)
    hosts = list(inventory.hosts.values())
    if limit is not None:
        hosts = patterns.limit(inventory, hosts, limit)
        for name in patterns.unmatched(inventory, patterns.read_limit(limit)):
            hint = did_you_mean(name, [*inventory.groups, *inventory.hosts])
            inventory.warnings.append(Problem(f"the limit '{name}' names no host and no group", hint=hint))
    variables = InventoryVariables(inventory)
    variables.check(hosts)
    return View(inventory, variables, hosts, frozenset(host.name for host in hosts), extra)


def _templates(vault: Vault, extra_vars: Mapping[str, Any]) -> InventoryTemplates:
    """Import Jinja2 only for an inventory that needs it."""
    from opsflow.templating.inventory import InventoryTemplates
    from opsflow.templating.render import Renderer

    return InventoryTemplates(Renderer(vault), extra_vars)


def json_document(view: View, *, export: bool) -> dict[str, Any]:
    """Return groups and variables as an inventory program prints them."""
    all_vars = ((host.name, view.host_vars(host.name, export=export)) for host in view.hosts)
    document: dict[str, Any] = {"_meta": {"hostvars": {name: values for name, values in all_vars if values}}}
    for group in view.inventory.groups.values():
        parts = {
            "hosts": _hosts(view, group),
            "children": list(group.children),
            "vars": view.variables.for_group(group.name) if export else {},
        }
        if shown := {key: names for key, names in parts.items() if names}:
            document[group.name] = shown
    return document


def yaml_document(view: View, *, export: bool) -> dict[str, Any]:
    """Return groups and variables as a YAML inventory has them; what is shown once is only named again."""
    return {"all": _yaml_group(view, view.inventory.all, export, set())}


def _yaml_group(view: View, group: Group, export: bool, seen: set[Group | str]) -> dict[str, Any]:
    children: dict[str, Any] = {}
    for name, child in group.children.items():
        children[name] = {} if child in seen else _yaml_group(view, child, export, seen)
        seen.add(child)
    hosts: dict[str, Any] = {}
    for name in _hosts(view, group):
        hosts[name] = {} if name in seen else view.host_vars(name, export=export)
        seen.add(name)
    own = view.variables.for_group(group.name) if export else {}
    return {key: value for key, value in (("children", children), ("hosts", hosts), ("vars", own)) if value}


def tree(view: View, group: Group, *, with_vars: bool, depth: int = 0) -> Iterator[str]:
    """Yield the lines of a tree of groups and hosts."""
    yield _branch(f"@{group.name}:", depth)
    for child in group.children.values():
        yield from tree(view, child, with_vars=with_vars, depth=depth + 1)
    for name in _hosts(view, group):
        yield _branch(name, depth + 1)
        yield from _vars(view.host_vars(name), depth + 2) if with_vars else ()
    yield from _vars(view.variables.for_group(group.name), depth + 1) if with_vars else ()


def _hosts(view: View, group: Group) -> list[str]:
    return [] if group.name == "all" else [name for name in group.hosts if name in view.names]


def _vars(values: Mapping[str, Any], depth: int) -> Iterator[str]:
    for name in sorted(values):
        yield _branch(f"{{{name} = {plain(values[name])}}}", depth)


def _branch(text: str, depth: int) -> str:
    return "  |" * depth + "--" * bool(depth) + text


def plain(value: Any) -> Any:
    """Return a value from a file as JSON can hold it; what is encrypted stays so, in Ansible's form."""
    from opsflow.source.values import VaultText

    if isinstance(value, dict):
        return {_plain_key(key): plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, VaultText):
        return {"__ansible_vault": str.__str__(value)}
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str.__str__(value) if isinstance(value, str) else value


def _plain_key(key: Any) -> str | int | float | bool | None:
    return key if key is None or isinstance(key, int | float) else str(key)
