"""Ansible's vault: text that is encrypted with a password, in files and as single values.

The first line names the format, the cipher and perhaps which secret it is for. The rest is hexadecimal:
salt, checksum (HMAC) and ciphertext. A key costs 10,000 rounds of hashing, so it is kept for its salt.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from binascii import hexlify, unhexlify
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.core.redact import Redactor

from .values import Map, Seq, Str, Template, VaultText

MAGIC = "$ANSIBLE_VAULT;"
DEFAULT_ID = "default"

_CIPHER = "AES256"
_ROUNDS = 10_000
_SALT = 32  # bytes
_BLOCK = 16  # bytes
_WIDTH = 80  # characters of a line
_HOW = "give its password with --vault-password-file, --vault-id or --ask-vault-pass"


class VaultError(ValueError):
    """A text can't be decrypted; the message says why, `hint` what to do, neither says where it is."""

    def __init__(self, message: str, hint: str = "take it again from where it was encrypted") -> None:
        super().__init__(message)
        self.hint = hint


class VaultSecret(NamedTuple):
    """A password and the id by which encrypted text may ask for it."""

    id: str
    password: bytes

    def __repr__(self) -> str:
        return f"VaultSecret({self.id!r}, '***')"


class _Keys(NamedTuple):
    cipher: bytes
    checksum: bytes
    counter: bytes


class _Envelope(NamedTuple):
    """An encrypted text taken apart."""

    id: str
    salt: bytes
    checksum: bytes
    ciphertext: bytes


class Vault:
    """The secrets of a run. What it decrypts is known to its redactor as something to be masked."""

    def __init__(self, secrets: Sequence[VaultSecret] = (), redactor: Redactor | None = None) -> None:
        self.secrets = tuple(secrets)
        self.redactor = redactor or Redactor()
        self._keys: dict[tuple[bytes, bytes], _Keys] = {}

    def decrypt(self, text: str | bytes, origin: Origin | None) -> bytes:
        """Return what is encrypted in `text`; errors as in `unseal`."""
        return self.unseal(text, origin)[0]

    def unseal(self, text: str | bytes, origin: Origin | None) -> tuple[bytes, VaultSecret]:
        """Return what is encrypted in `text`, and the secret that fits.

        The secret with the id that the text names is tried first, then all others.

        Raises:
            InputError: no secret fits, or the text is damaged.
        """
        try:
            return self._open(_parse(text))
        except VaultError as error:
            raise InputError.at(origin, str(error), hint=error.hint) from None

    def value(self, text: VaultText) -> str:
        """Return a single value decrypted, as text of the file that it stands in. Raises InputError."""
        try:
            plain = self.decrypt(text, text.origin).decode()
        except UnicodeDecodeError:
            raise InputError.at(text.origin, "the encrypted value is not UTF-8 text") from None
        self.redactor.add(plain)
        return plain

    def values(self, value: Any) -> Any:
        """Return a value of a file with all encrypted text in it decrypted. Raises InputError."""
        if isinstance(value, VaultText):
            return Str(self.value(value), value.origin)
        if isinstance(value, Map):
            mapping = Map(value.origin)
            mapping.key_origins.update(value.key_origins)
            mapping.update({key: self.values(item) for key, item in value.items()})
            return mapping
        if isinstance(value, Seq):
            sequence = Seq(value.origin)
            sequence.item_origins += value.item_origins
            sequence += [self.values(item) for item in value]
            return sequence
        return value

    def plain(self, data: bytes, file: str) -> bytes:
        """Return a file's content, decrypted where it is encrypted as a whole. Raises InputError."""
        return self.decrypt(data, Origin(file, 1, 1)) if is_encrypted(data) else data

    def hide(self, value: Any) -> None:
        """Have all texts and long numbers in a value masked from now on.

        Templates are no secrets, and neither are words such as `local` in `ansible_connection`.
        """
        if isinstance(value, dict):
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                if not str(key).startswith("ansible_") or "pass" in str(key):  # pyright: ignore[reportUnknownArgumentType]
                    self.hide(item)
        elif isinstance(value, list):
            for item in value:  # pyright: ignore[reportUnknownVariableType]
                self.hide(item)
        elif isinstance(value, str) and not isinstance(value, Template | VaultText):
            self.redactor.add(str.__str__(value))
        elif isinstance(value, int) and len(str(value)) >= _LONG_NUMBER:
            self.redactor.add(str(value))

    def secret(self, vault_id: str | None = None) -> VaultSecret:
        """Return the secret to encrypt with: the one with that id, else the only one.

        Raises InputError when there is none, or when it isn't clear which one is meant.
        """
        known = {secret.id: secret for secret in reversed(self.secrets)}
        if not known:
            raise InputError.at(None, "there is no vault password to encrypt with", hint=_HOW)
        if vault_id is None and len(known) == 1:
            return self.secrets[0]
        if vault_id in known:
            return known[vault_id]
        names = ", ".join(sorted(known))
        if vault_id is None:
            raise InputError.at(
                None, f"which vault secret shall encrypt: {names}?", hint="say it with --encrypt-vault-id"
            )
        raise InputError.at(None, f"there is no vault secret '{vault_id}'", hint=f"there are {names}")

    def encrypt(self, data: bytes, vault_id: str | None = None) -> str:
        """Return `data` encrypted with the secret that `secret` returns. Raises InputError."""
        return seal(data, self.secret(vault_id))

    def _open(self, envelope: _Envelope) -> tuple[bytes, VaultSecret]:
        if not self.secrets:
            raise VaultError("encrypted, and no vault password is known", _HOW)
        for secret in sorted(self.secrets, key=lambda secret: secret.id != envelope.id):
            keys = self._keys_of(secret, envelope.salt)
            found = hmac.digest(keys.checksum, envelope.ciphertext, "sha256")
            if hmac.compare_digest(found, envelope.checksum):
                return _unpadded(_ctr(keys, envelope.ciphertext)), secret
        tried = ", ".join(secret.id for secret in self.secrets)
        raise VaultError(
            "can't be decrypted: the password is another one, or the text was changed",
            f"the secrets that were tried: {tried}; {_HOW}",
        )

    def _keys_of(self, secret: VaultSecret, salt: bytes) -> _Keys:
        known = secret.password, salt
        if known not in self._keys:
            self._keys[known] = _derive(secret.password, salt)
        return self._keys[known]


_LONG_NUMBER = 6  # digits from which a number is a secret and no port


def is_encrypted(data: str | bytes) -> bool:
    """Tell whether a text or a file's content is in the vault's format."""
    return data.startswith(MAGIC) if isinstance(data, str) else data.startswith(MAGIC.encode())


def is_encrypted_file(path: Path) -> bool:
    """Tell whether a file is encrypted as a whole. Raises OSError when it can't be read."""
    with path.open("rb") as file:
        return is_encrypted(file.read(len(MAGIC)))


def seal(data: bytes, secret: VaultSecret, salt: bytes | None = None) -> str:
    """Return `data` encrypted, as lines of text.

    A salt must never be used for two different texts: it decides about the whole key stream.
    """
    salt = os.urandom(_SALT) if salt is None else salt
    keys = _derive(secret.password, salt)
    pad = _BLOCK - len(data) % _BLOCK
    ciphertext = _ctr(keys, data + bytes([pad]) * pad)
    checksum = hmac.digest(keys.checksum, ciphertext, "sha256")
    body = hexlify(b"\n".join(map(hexlify, (salt, checksum, ciphertext)))).decode()
    named = ("1.1", _CIPHER) if secret.id == DEFAULT_ID else ("1.2", _CIPHER, secret.id)
    lines = [body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH)]
    return "\n".join([MAGIC + ";".join(named), *lines]) + "\n"


def id_of(text: str | bytes) -> str:
    """Return the id of the secret that a text was encrypted with. Raises VaultError."""
    return _parse(text).id


def _parse(text: str | bytes) -> _Envelope:
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    header, *lines = raw.strip().splitlines() or [b""]
    parts = [part.decode("utf-8", "replace").strip() for part in header.split(b";")]
    if parts[0] != MAGIC[:-1] or len(parts) < 3:
        raise VaultError("not in the vault's format: it must begin with $ANSIBLE_VAULT;1.1;AES256")
    if parts[1] not in ("1.1", "1.2") or parts[2] != _CIPHER:
        raise VaultError(
            f"the vault's format {parts[1]} with {parts[2]} is not known: only 1.1, 1.2 with AES256"
        )
    try:
        salt, checksum, ciphertext = unhexlify(b"".join(line.strip() for line in lines)).split(b"\n")
        envelope = _Envelope(
            parts[3] if len(parts) > 3 else DEFAULT_ID,
            unhexlify(salt),
            unhexlify(checksum),
            unhexlify(ciphertext),
        )
    except ValueError:  # binascii's error is one, and so is a wrong number of fields
        raise VaultError("damaged: this is not what the vault writes") from None
    return envelope


def _derive(password: bytes, salt: bytes) -> _Keys:
    found = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 80)
    return _Keys(found[:32], found[32:64], found[64:])


def _ctr(keys: _Keys, data: bytes) -> bytes:
    """Encrypt or decrypt: in counter mode that is the same."""
    # Slow to import, and most runs have nothing encrypted.
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    worker = Cipher(algorithms.AES(keys.cipher), modes.CTR(keys.counter)).encryptor()
    return worker.update(data) + worker.finalize()


def _unpadded(data: bytes) -> bytes:
    pad = data[-1] if data else 0
    if not 0 < pad <= _BLOCK or data[-pad:] != bytes([pad]) * pad:
        raise VaultError("damaged: what was decrypted has no proper end")
    return data[:-pad]
