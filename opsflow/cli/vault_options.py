"""The options that say where vault passwords are, for all commands that read files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .options import ask_secret

if TYPE_CHECKING:
    from opsflow.source.config import Config
    from opsflow.source.vault import Vault, VaultSecret

VaultIds = Annotated[
    list[str] | None,
    typer.Option(
        "--vault-id", metavar="LABEL@SOURCE", help="A vault password: a file, a program, or prompt."
    ),
]
PasswordFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--vault-password-file", "--vault-pass-file", metavar="FILE", help="A file with the vault password."
    ),
]
AskVaultPass = Annotated[
    bool, typer.Option("-J", "--ask-vault-pass", "--ask-vault-password", help="Ask for the vault password.")
]


def vault_secrets(
    config: Config,
    ids: Sequence[str] | None,
    files: Sequence[str] | None,
    ask: bool,
    asked: Callable[[str], str] | None = None,
) -> list[VaultSecret]:
    """Return the secrets of the command line and the configuration.

    A password file on the command line stands in for the configured one; ids add up. `asked` asks a
    person for the password with an id, by default on the terminal. Raises InputError.
    """
    from opsflow.source.vault_secrets import PROMPT, read_secrets

    chosen = files or ([config.vault_password_file] if config.vault_password_file else [])
    prompts = [PROMPT] if ask else []
    return read_secrets(
        [*config.vault_ids, *(ids or ()), *(f"@{file}" for file in chosen), *prompts], asked or ask_password
    )


def read_vault(config: Config, ids: Sequence[str] | None, files: Sequence[str] | None, ask: bool) -> Vault:
    """Return the vault of a run. From now on its secrets are kept out of logs as well. Raises InputError."""
    import logging

    from opsflow.source.vault import Vault

    vault = Vault(vault_secrets(config, ids, files, ask))
    for handler in logging.getLogger().handlers:
        handler.addFilter(vault.redactor)
    return vault


def ask_password(label: str, *, new: bool = False) -> str:
    """Ask a person for the password with an id, twice for a new one.

    Raises UsageError where there is no terminal to ask on, or the two answers differ.
    """
    from opsflow.core.errors import UsageError
    from opsflow.source.vault import DEFAULT_ID

    named = "" if label == DEFAULT_ID else f" ({label})"
    hint = "name a file with --vault-password-file"
    answer = ask_secret(f"{'New vault' if new else 'Vault'} password{named}: ", hint)
    if new and ask_secret(f"Confirm new vault password{named}: ", hint) != answer:
        raise UsageError("the two passwords differ: nothing was done")
    return answer
