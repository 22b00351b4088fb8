"""Where vault passwords come from: a file, a program that prints one, or a person.

A source is named as Ansible does it: `label@source` or only `source`, which is `prompt` or a path.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from opsflow.core.errors import InputError

from .vault import DEFAULT_ID, VaultSecret

PROMPT = "prompt"
_PROMPTS = (PROMPT, "prompt_ask_vault_pass")
_UNKNOWN_ID = 2  # the exit code of a client that has no secret for the id it was asked for

Ask = Callable[[str], str]
"""Asks a person for the password with an id, and returns it."""


def split_vault_id(text: str) -> tuple[str, str]:
    """Return the label and the source of `label@source`; without a label it is `default`."""
    label, at, source = text.partition("@")
    label, source = (label, source) if at else ("", text)
    return label or DEFAULT_ID, PROMPT if source in _PROMPTS else source


def read_secrets(vault_ids: Iterable[str], ask: Ask) -> list[VaultSecret]:
    """Return the secrets of `label@source` texts, each read now.

    Raises:
        InputError: a file can't be read or is empty, or a program fails.
    """
    found: list[VaultSecret] = []
    for text in vault_ids:
        label, source = split_vault_id(text)
        password = ask(label).encode() if source == PROMPT else _from_file(label, Path(source).expanduser())
        if not password:
            raise InputError.at(None, f"the vault password '{label}' from {source} is empty")
        found.append(VaultSecret(label, password))
    return found


def _from_file(label: str, path: Path) -> bytes:
    if not path.exists():
        raise InputError.at(None, f"the vault password file {path} does not exist")
    if path.is_file() and os.access(path, os.X_OK):
        return _from_program(label, path)
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise InputError.at(None, f"cannot read the vault password file {path}: {error.strerror}") from error


def _from_program(label: str, path: Path) -> bytes:
    """Return what a program prints. One whose name ends in `-client` is told which id is wanted."""
    command = [str(path.resolve())]
    if path.stem.endswith("-client"):
        command += ["--vault-id", label]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        hint = "a password file that is no program must not be executable: chmod -x"
        message = f"cannot run the vault password program {path}: {error.strerror}"
        raise InputError.at(None, message, hint=hint) from error
    if done.returncode == _UNKNOWN_ID and len(command) > 1:
        raise InputError.at(None, f"the vault password program {path} knows no secret '{label}'")
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        message = f"the vault password program {path} ended with exit code {done.returncode}"
        raise InputError.at(None, f"{message}: {said}" if said else message)
    return done.stdout.strip(b"\r\n")
