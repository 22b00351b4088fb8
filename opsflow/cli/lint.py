"""`opsflow lint`: what is wrong, or could be better, without touching a host."""

from __future__ import annotations

from typing import Annotated

import typer

from . import options as o
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH...", help="Playbooks, roles, inventories, or directories (default: here)."),
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or github.")]
Strict = Annotated[bool, typer.Option("--strict", help="Warnings count as errors for the exit code.")]
ListRules = Annotated[bool, typer.Option("--rules", help="Only list the rules.")]


def lint(
    paths: Paths = None,
    inventory: o.Inventory = None,
    extra_vars: o.ExtraVars = None,
    format: Format = "text",
    strict: Strict = False,
    rules: ListRules = False,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Show notes as well.")] = 0,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> int:
    """Find mistakes in playbooks, roles and inventories. Exit code 0: no errors; 3: errors."""
    from opsflow.core.errors import EXIT_BAD_INPUT, EXIT_OK
    from opsflow.engine.options import RunOptions
    from opsflow.lint.check import lint as find
    from opsflow.lint.formats import FORMATS, rules_table
    from opsflow.lint.model import Severity
    from opsflow.lint.refused import Project
    from opsflow.templating.render import Renderer

    if rules:
        typer.echo(rules_table())
        return EXIT_OK
    if format not in FORMATS:
        raise typer.BadParameter(
            f"must be one of {', '.join(FORMATS)}, not '{format}'.", param_hint="--format"
        )
    settings = o.read_config(config)
    vault = read_vault(settings, vault_id, vault_password_file, ask_vault_pass)
    project = Project(
        Renderer(vault),
        inventory or settings.inventory,
        settings.roles_path,
        RunOptions(extra_vars=o.extra_vars(extra_vars, vault)),
        o.own_places(settings),
    )
    findings = find(paths or ["."], project, known_rules(settings.lint.skip))
    if shown := FORMATS[format](findings, notes=verbose > 0):
        typer.echo(shown)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return EXIT_BAD_INPUT if any(finding.rule.severity in bad for finding in findings) else EXIT_OK


def known_rules(skip: list[str]) -> list[str]:
    """Return ids of rules. Raises InputError with those that do not exist."""
    from opsflow.core.errors import InputError, Problem, did_you_mean
    from opsflow.lint.model import RULES

    unknown = [name for name in skip if name not in RULES]
    if unknown:
        raise InputError(
            [
                Problem(f"lint.skip: there is no rule '{name}'", hint=did_you_mean(name, RULES))
                for name in unknown
            ]
        )
    return skip
