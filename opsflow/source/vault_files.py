"""Encrypts, decrypts and edits whole files. A file is replaced as a whole or not at all."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from opsflow.core.errors import InputError, OpsFlowError
from opsflow.core.origin import Origin

from .loader import read_bytes
from .vault import Vault, is_encrypted, seal

_MEMORY = ("/dev/shm",)  # noqa: S108  a directory of our own is made in it


def encrypted(vault: Vault, data: bytes, name: str, vault_id: str | None) -> bytes:
    """Return `data` of the file `name` encrypted. Raises InputError when it is already."""
    if is_encrypted(data):
        raise InputError.at(None, f"{name} is encrypted already", hint="change its password with rekey")
    return vault.encrypt(data, vault_id).encode()


def decrypted(vault: Vault, data: bytes, name: str) -> bytes:
    """Return what is encrypted in `data` of the file `name`. Raises InputError."""
    return vault.decrypt(data, Origin(name, 1, 1))


def rekey(vault: Vault, path: Path, new: Vault, vault_id: str | None) -> None:
    """Encrypt a file with another password. Raises InputError, OpsFlowError."""
    write(path, seal(decrypted(vault, read_bytes(path), str(path)), new.secret(vault_id)).encode())


def edit(vault: Vault, path: Path, vault_id: str | None, edited: Callable[[bytes, str], bytes]) -> bool:
    """Have a file edited and encrypt it again with the password that it had; return whether it changed.

    Args:
        vault: decrypts and encrypts.
        path: the file, which must be encrypted.
        vault_id: the secret to encrypt with instead.
        edited: returns what became of a text; its second argument is a name with the file's ending.

    Raises:
        InputError: it can't be decrypted.
        OpsFlowError: it can't be edited or written; the file is as it was.
    """
    before, secret = vault.unseal(read_bytes(path), Origin(str(path), 1, 1))
    after = edited(before, path.name)
    if after == before and vault_id is None:
        return False
    write(path, seal(after, vault.secret(vault_id) if vault_id else secret).encode())
    return True


def create(vault: Vault, path: Path, vault_id: str | None, edited: Callable[[bytes, str], bytes]) -> None:
    """Have a new file written and encrypt it; arguments and errors as in `edit`."""
    if path.exists():
        raise InputError.at(None, f"{path} exists already", hint="change it with edit")
    secret = vault.secret(vault_id)
    write(path, seal(edited(b"", path.name), secret).encode())


def write(path: Path, content: bytes) -> None:
    """Replace a file's content; its owner and mode stay, a new file is for its owner alone.

    Raises OpsFlowError when it can't be written; it is as it was then.
    """
    target = path.resolve()
    temporary: str | None = None
    try:
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if target.exists():
                before = target.stat()
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
                if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise OpsFlowError(f"cannot write {path}: {error.strerror}") from error


def in_editor(text: bytes, name: str, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return what a person makes of a text in the editor of VISUAL or EDITOR, else vi.

    The text lies in a directory that only the owner can enter, in memory where there is such a place.

    Raises:
        OpsFlowError: the editor can't be started, or fails.
    """
    command = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    memory = (place for place in (environ.get("XDG_RUNTIME_DIR"), *_MEMORY) if place)
    place = next((one for one in memory if os.path.isdir(one) and os.access(one, os.W_OK)), None)
    directory = tempfile.mkdtemp(prefix="opsflow-", dir=place)
    try:
        path = Path(directory, name)
        path.touch(0o600)
        path.write_bytes(text)
        done = subprocess.run([*command, str(path)], check=False)
        if done.returncode:
            raise OpsFlowError(
                f"the editor '{command[0]}' ended with exit code {done.returncode}: nothing was changed"
            )
        return path.read_bytes()
    except OSError as error:
        hint = "name an editor in the variable EDITOR"
        raise OpsFlowError(f"cannot edit with '{command[0]}': {error.strerror}", hint=hint) from error
    finally:
        shutil.rmtree(directory, ignore_errors=True)
