"""How tasks reach their hosts: settings are read anew only where something that decides them has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import (
    VARIABLES,
    Become,
    ConnectionDefaults,
    ConnectionSettings,
    become_from,
    settings_from,
)
from opsflow.source.values import is_templated
from opsflow.templating.scope import Scope

KEYWORDS = (
    "connection", "port", "remote_user", "timeout",
    "become", "become_user", "become_method", "become_exe", "become_flags",
)  # fmt: skip
"""The keywords of a task that have a say in it."""

_Way = tuple[ConnectionSettings, Become | None]


class Reach:
    """Gives tasks the sessions of their hosts.

    Some fifty names have a say in it and few of them are ever set: what was read is kept by the values of
    those that are.
    """

    def __init__(self, connections: Connections, defaults: ConnectionDefaults) -> None:
        """`defaults` is what the command line and the environment say."""
        self.connections = connections
        self.defaults = defaults
        self._ways: dict[tuple[object, ...], _Way] = {}

    def session(self, host: str, scope: Scope, keywords: Mapping[str, Any]) -> tuple[Session, Become | None]:
        """Return the session with a host, and whom to become there.

        Args:
            host: its name in the inventory.
            scope: its variables.
            keywords: those of the task that are set, by name.

        Raises:
            InputError: a variable or keyword has a value that makes no sense.
        """
        settings, become = self._way(host, scope, keywords)
        return self.connections.session(settings), become

    def _way(self, host: str, scope: Scope, keywords: Mapping[str, Any]) -> _Way:
        given = scope.written(VARIABLES)
        if any(is_templated(value) or isinstance(value, list | dict) for value in given.values()):
            return self._read(host, scope, keywords)  # any variable may decide, or there is a mistake
        key = (host, frozenset(given.items()), frozenset(keywords.items()))
        if key not in self._ways:
            self._ways[key] = self._read(host, scope, keywords)
        return self._ways[key]

    def _read(self, host: str, scope: Scope, keywords: Mapping[str, Any]) -> _Way:
        scope = scope.decided()
        settings = settings_from(host, scope, self.defaults, keywords)
        become = become_from(scope, keywords, self.defaults)
        for secret in (settings.password, settings.passphrase, become and become.password):
            # A password that is the user's name hides nothing, and every message names the user.
            if secret and secret.reveal() != settings.user:
                scope.renderer.vault.redactor.add(secret.reveal())
        return settings, become
