"""`opsflow inventory why`: every layer that sets a variable of a host, and the one that wins."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as o
from .inventory_view import View, plain, read_view
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault

if TYPE_CHECKING:
    from opsflow.engine.run import Run
    from opsflow.inventory.why import Setting

_WIDTH = 60


def why(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The host.")],
    variable: Annotated[str, typer.Argument(metavar="VAR", help="The variable.")],
    playbook: Annotated[
        str | None, typer.Argument(metavar="PLAYBOOK", help="Also what its plays for the host set.")
    ] = None,
    inventory: o.Inventory = None,
    extra_vars: o.ExtraVars = None,
    playbook_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Also read group_vars and host_vars of this directory.")
    ] = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Print every layer that sets a variable of a host, the strongest first, and which one wins."""
    passwords = (vault_id, vault_password_file, ask_vault_pass)
    if playbook is None:
        view = read_view(inventory, None, extra_vars, playbook_dir, config, passwords)
        _in_inventory(host, variable, view)
        return
    from opsflow.api import prepare
    from opsflow.engine.options import RunOptions

    settings = o.read_config(config)
    sources = inventory or settings.inventory
    vault = read_vault(settings, *passwords)
    chosen = RunOptions(extra_vars=o.extra_vars(extra_vars, vault))
    places = o.own_places(settings)
    run = prepare([playbook], sources, chosen, roles_path=settings.roles_path, places=places, vault=vault)
    _in_playbook(run, playbook, host, variable)


def _in_inventory(host: str, variable: str, view: View) -> None:
    from opsflow.core.errors import UsageError, did_you_mean
    from opsflow.inventory.why import settings

    try:
        layers = [*view.variables.layers(host), ("extra variables", view.extra_vars)]
    except KeyError:
        hint = did_you_mean(host, view.inventory.hosts)
        raise UsageError(f"there is no host '{host}' in the inventory", hint=hint) from None
    found = settings(layers, variable)
    if not found:
        known = {name for _, values in layers for name in values}
        raise UsageError(f"nothing sets '{variable}' for {host}", hint=did_you_mean(variable, known))
    _print(found, host, variable)


def _in_playbook(run: Run, playbook: str, host: str, variable: str) -> None:
    from opsflow.core.errors import UsageError, did_you_mean

    names = {name.name: None for hosts in run.targets.values() for name in hosts}
    if host not in names:
        hint = did_you_mean(host, names) or "name a host that one of its plays is for"
        raise UsageError(f"no play of {playbook} is for '{host}'", hint=hint)
    explain_plays(run, variable, [host])


def explain_plays(run: Run, variable: str, only: Iterable[str] | None = None) -> None:
    """Print for each play which layers set a variable, hosts for which it is the same together.

    Args:
        run: a prepared run; no host is touched.
        variable: its name.
        only: names of hosts; all hosts of the plays without.

    Raises:
        UsageError: nothing sets it.
    """
    from opsflow.core.errors import UsageError, did_you_mean
    from opsflow.engine.explain import explain
    from opsflow.engine.variables import known_names
    from opsflow.report.fold import hosts_text

    chosen = None if only is None else set(only)
    told: dict[str, dict[str, list[str]]] = {}
    for play in [play for book in run.playbooks for play in book.plays]:
        for host in run.targets[id(play)]:
            if (chosen is None or host.name in chosen) and (found := explain(run, play, host.name, variable)):
                groups = told.setdefault(f"play {play.name} ({play.origin})", {})
                groups.setdefault("\n".join(_lines(found, variable)), []).append(host.name)
    if not told:
        which = hosts_text(sorted(chosen)) if chosen else "any host"
        known = known_names(run.renderer, run.inventory, run.options, run.directories)
        known |= {str(name) for book in run.playbooks for play in book.plays for name in play.vars or ()}
        hint = did_you_mean(variable, known)
        raise UsageError(f"nothing sets '{variable}' for {which} before the run", hint=hint)
    for play, groups in told.items():
        typer.echo(play)
        for text, hosts in groups.items():
            typer.echo(text.replace(_HOSTS, hosts_text(hosts, limit=_RANGES), 1))


_HOSTS = "\0"
"""Stands for the hosts in a text that many of them may share."""
_RANGES = 6


def _print(found: list[Setting], host: str, variable: str) -> None:
    typer.echo("\n".join(_lines(found, variable)).replace(_HOSTS, host, 1))


def _lines(found: list[Setting], variable: str) -> list[str]:
    from opsflow.inventory.why import winner

    best = winner(found)
    if best is None:
        title = f"{variable} of {_HOSTS} is set {'only by some tasks' if found else 'by nothing'}"
    else:
        title = f"{variable} of {_HOSTS} is {_shown(best.value)}"
    rows = [
        ("wins" if setting is best else "", _shown(setting.value), _layer(setting), str(setting.origin or ""))
        for setting in found
    ]
    return [title, *_columns(rows)]


def _columns(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _layer(setting: Setting) -> str:
    """Return what to call a layer; a file's name is its place already."""
    name = "variables file" if setting.origin and setting.layer == setting.origin.file else setting.layer
    return f"{name}, {setting.only}" if setting.only else name


def _shown(value: object) -> str:
    """Return a value on one line, cut short; templates as written, secrets not at all."""
    from opsflow.source.values import VaultText

    if value is ...:
        return "…"
    if isinstance(value, VaultText):
        return "(encrypted)"
    text = json.dumps(plain(value), ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}…"
