"""`opsflow vault`: encrypt and decrypt files and values in Ansible's format."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import options as o
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, ask_password, vault_secrets

if TYPE_CHECKING:
    from opsflow.source.vault import Vault

app = typer.Typer(no_args_is_help=True, help="Encrypt and decrypt files and values in Ansible's format.")

Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE", help="Files; none, or -, is standard input to output.")
]
NamedFiles = Annotated[list[Path], typer.Argument(metavar="FILE", help="Files.")]
OneFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file.")]
Output = Annotated[
    str | None, typer.Option("--output", metavar="FILE", help="Write there instead; - is standard output.")
]
EncryptId = Annotated[
    str | None,
    typer.Option("--encrypt-vault-id", metavar="LABEL", help="Which of several passwords encrypts."),
]


@app.command("encrypt")
def encrypt_command(
    files: Files = None,
    output: Output = None,
    encrypt_vault_id: EncryptId = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Encrypt files in their places."""
    from opsflow.source.vault_files import encrypted

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass, new=True)
    for name in _one_output(files, output):
        _put(output or name, encrypted(vault, _get(name), name, encrypt_vault_id))


@app.command("decrypt")
def decrypt_command(
    files: Files = None,
    output: Output = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Decrypt files in their places."""
    from opsflow.source.vault_files import decrypted

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass)
    for name in _one_output(files, output):
        _put(output or name, decrypted(vault, _get(name), name))


@app.command("view")
def view_command(
    files: NamedFiles,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Print what is in encrypted files."""
    from opsflow.source.vault_files import decrypted

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass)
    for path in files:
        _put("-", decrypted(vault, _get(str(path)), str(path)))


@app.command("edit")
def edit_command(
    file: OneFile,
    encrypt_vault_id: EncryptId = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Edit an encrypted file with the editor of VISUAL or EDITOR."""
    from opsflow.source.vault_files import edit, in_editor

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass)
    edit(vault, file, encrypt_vault_id, in_editor)


@app.command("create")
def create_command(
    file: OneFile,
    encrypt_vault_id: EncryptId = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Write a new encrypted file with the editor of VISUAL or EDITOR."""
    from opsflow.source.vault_files import create, in_editor

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass, new=True)
    create(vault, file, encrypt_vault_id, in_editor)


@app.command("rekey")
def rekey_command(
    files: NamedFiles,
    new_vault_id: Annotated[
        str | None, typer.Option(metavar="LABEL@SOURCE", help="The new password, as --vault-id.")
    ] = None,
    new_vault_password_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="A file with the new password.")
    ] = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Encrypt files with another password; without an option for it, it is asked for."""
    from functools import partial

    from opsflow.source.vault import Vault
    from opsflow.source.vault_files import rekey
    from opsflow.source.vault_secrets import PROMPT, read_secrets

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass)
    source = f"@{new_vault_password_file}" if new_vault_password_file else new_vault_id or PROMPT
    new = Vault(read_secrets([source], partial(ask_password, new=True)))
    for path in files:
        rekey(vault, path, new, None)


@app.command("encrypt_string", hidden=True)
@app.command("encrypt-string")
def encrypt_string_command(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT", help="Values; none, or -, is standard input.")
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("-n", "--name", metavar="NAME", help="The variable of each TEXT.")
    ] = None,
    stdin_name: Annotated[
        str | None, typer.Option("--stdin-name", metavar="NAME", help="The variable of standard input.")
    ] = None,
    encrypt_vault_id: EncryptId = None,
    vault_id: VaultIds = None,
    vault_password_file: PasswordFiles = None,
    ask_vault_pass: AskVaultPass = False,
    config: o.ConfigFile = None,
) -> None:
    """Encrypt values and print them as YAML, to be pasted into a file of variables."""
    from itertools import zip_longest

    from opsflow.core.errors import UsageError

    vault = _vault(config, vault_id, vault_password_file, ask_vault_pass, new=True)
    given = [text for text in texts or [] if text != "-"]
    values = [*zip_longest(names or [], (text.encode() for text in given))]
    if not given or len(given) < len(texts or []):
        values.append((stdin_name, _from_stdin()))
    for name, content in values:
        if content is None:
            raise UsageError(f"there is no value for the name '{name}'")
        typer.echo(_as_yaml(name, vault.encrypt(content, encrypt_vault_id)))


def _as_yaml(name: str | None, text: str) -> str:
    lines = "\n".join(f"          {line}" for line in text.splitlines())
    return f"{name}: !vault |\n{lines}" if name else f"!vault |\n{lines}"


def _vault(
    config: Path | None, ids: list[str] | None, files: list[str] | None, ask: bool, *, new: bool = False
) -> Vault:
    """Return the vault; where nothing says where the password is, it is asked for, a new one twice."""
    from functools import partial

    from opsflow.source.vault import Vault
    from opsflow.source.vault_secrets import PROMPT, read_secrets

    asked = partial(ask_password, new=new)
    found = vault_secrets(o.read_config(config), ids, files, ask, asked)
    return Vault(found or read_secrets([PROMPT], asked))


def _one_output(files: list[str] | None, output: str | None) -> list[str]:
    from opsflow.core.errors import UsageError

    names = files or ["-"]
    if output and len(names) > 1:
        raise UsageError("--output is for a single file")
    return names


def _get(name: str) -> bytes:
    from opsflow.source.loader import read_bytes

    return _from_stdin() if name == "-" else read_bytes(name)


def _from_stdin() -> bytes:
    if sys.stdin.isatty():
        sys.stderr.write("Reading from the terminal; end with Ctrl-D\n")
    return sys.stdin.buffer.read()


def _put(name: str, content: bytes) -> None:
    from opsflow.source.vault_files import write

    if name == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        write(Path(name), content)
