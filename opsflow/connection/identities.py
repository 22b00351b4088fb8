"""Private keys to log in with. Each is read and decoded once a run."""

from __future__ import annotations

import copy
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
from asyncssh.public_key import SSHKeyPair, load_default_keypairs, load_keypairs

from opsflow.core.errors import Unreachable
from opsflow.core.secrets import Secret

from .settings import ConnectionSettings
from .ssh_config import HostConfig

log = logging.getLogger("opsflow.connection")


@dataclass(slots=True)
class Identities:
    """What one host is offered: key pairs, and whether and which of the agent's keys.

    `agent_only` holds the public keys (as the protocol writes them) to which the agent is confined.
    """

    pairs: list[SSHKeyPair]
    names: list[str]
    agent: bool
    agent_only: list[bytes] | None = None


class Keyring:
    """All private keys of a run."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, Secret | None], list[SSHKeyPair]] = {}
        self._texts: dict[tuple[Secret, Secret | None], list[SSHKeyPair]] = {}
        self._default: list[SSHKeyPair] | None = None

    def identities(self, settings: ConnectionSettings, config: HostConfig) -> Identities:
        """Return what to log in with at a host.

        Raises:
            Unreachable: the key that the inventory names can't be used.
        """
        found = _Collected()
        agent = self._agent(config)
        if settings.private_key:
            found.add(self._text(settings, settings.private_key), "the key in ansible_private_key")
        if path := settings.private_key_file:
            found.add(self._named(settings, path, agent), path)
        for path in config.texts("IdentityFile") or []:
            found.add(self._configured(settings, os.path.expanduser(path)), path)
        if not (found.names or config.texts("IdentityFile")):
            found.add(self._defaults(), "the keys in ~/.ssh")
        # A pair remembers the signature algorithm it was used with last: each connection gets its own.
        pairs = [copy.copy(pair) for pair in found.pairs]
        only = _public(pairs, found.names) if config.get("IdentitiesOnly") else None
        return Identities(pairs, found.names, agent, only)

    def _agent(self, config: HostConfig) -> bool:
        return bool(config.text("IdentityAgent") or os.environ.get("SSH_AUTH_SOCK"))

    def _text(self, settings: ConnectionSettings, text: Secret) -> list[SSHKeyPair]:
        key = (text, settings.passphrase)
        if key not in self._texts:
            phrase = settings.passphrase.reveal() if settings.passphrase else None
            try:
                private = asyncssh.import_private_key(text.reveal().strip() + "\n", phrase)
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
                raise Unreachable(
                    f"cannot log in to {settings.host_name}: ansible_private_key can't be used: {error}",
                    kind="auth",
                ) from None
            self._texts[key] = list(load_keypairs([private]))
        return self._texts[key]

    def _named(self, settings: ConnectionSettings, path: str, agent: bool) -> list[SSHKeyPair]:
        """A key file that the inventory or the command line names must be usable."""
        try:
            return self._file(path, settings.passphrase)
        except OSError as error:
            problem, hint = f"can't be read: {error.strerror}", "check ansible_ssh_private_key_file"
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
            problem, hint = f"is not a private key: {error}", None
            if _is_encrypted(error):
                if agent:  # the agent may hold it, decrypted
                    log.debug("%s is encrypted: left to the agent", path)
                    return []
                wrong = "with another passphrase" if settings.passphrase else "and no passphrase is known"
                problem = f"is encrypted {wrong}"
                hint = f"add it to an SSH agent (ssh-add {path}) or set ansible_ssh_private_key_passphrase"
        raise Unreachable(
            f"cannot log in to {settings.host_name}: the private key {path} {problem}", kind="auth", hint=hint
        )

    def _configured(self, settings: ConnectionSettings, path: str) -> list[SSHKeyPair]:
        """A key file that only the SSH configuration names is used where it can be."""
        try:
            return self._file(path, settings.passphrase)
        except (OSError, asyncssh.KeyEncryptionError, asyncssh.KeyImportError, ValueError) as error:
            log.debug("the key %s is not used: %s", path, error)
            return []

    def _file(self, path: str, passphrase: Secret | None) -> list[SSHKeyPair]:
        key = (path, passphrase)
        if key not in self._files:
            self._files[key] = list(load_keypairs(path, passphrase.reveal() if passphrase else None))
        return self._files[key]

    def _defaults(self) -> list[SSHKeyPair]:
        if self._default is None:
            self._default = list(load_default_keypairs())
        return self._default


@dataclass(slots=True)
class _Collected:
    pairs: list[SSHKeyPair] = field(default_factory=list[SSHKeyPair])
    names: list[str] = field(default_factory=list[str])

    def add(self, pairs: list[SSHKeyPair], name: str) -> None:
        self.pairs += pairs
        if pairs:
            self.names.append(name)


def _is_encrypted(error: Exception) -> bool:
    """asyncssh has no class of its own for a passphrase that is missing."""
    return isinstance(error, asyncssh.KeyEncryptionError) or "Passphrase must be" in str(error)


def _public(pairs: list[SSHKeyPair], names: list[str]) -> list[bytes]:
    """The public halves: of the pairs, and of files whose private half only the agent can use."""
    found = [pair.public_data for pair in pairs]
    for name in names:
        try:
            found.append(asyncssh.read_public_key(Path(f"{name}.pub")).public_data)
        except (OSError, asyncssh.KeyImportError):
            log.debug("there is no public key beside %s", name)
    return found
