"""Filters that encrypt and decrypt text with a password of their own: `vault` and `unvault`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
from jinja2.runtime import Context

from opsflow.core.errors import InputError
from opsflow.source.vault import Vault, VaultSecret, is_encrypted, seal
from opsflow.templating.kinds import text
from opsflow.templating.scope import Scope


def vault(
    value: Any,
    secret: str,
    salt: str | None = None,
    vault_id: str = "filter_default",
    wrap_object: bool = False,
    vaultid: str | None = None,
) -> str:
    """Return a text encrypted. `wrap_object` means nothing: the result is text; `vaultid` is an old name."""
    chosen = VaultSecret(vaultid or vault_id, _password(secret))
    return seal(text(value).encode(), chosen, None if salt is None else text(salt).encode())


@jinja2.pass_context
def unvault(
    context: Context, value: Any, secret: str, vault_id: str = "filter_default", vaultid: str | None = None
) -> str:
    """Return a text decrypted; one that isn't encrypted stays as it is."""
    if not is_encrypted(text(value)):
        return text(value)
    chosen = VaultSecret(vaultid or vault_id, _password(secret))
    try:
        found = Vault([chosen]).decrypt(text(value), None).decode()
    except InputError as error:
        raise ValueError(error.problems[0].message) from None
    if isinstance(context.parent, Scope):
        context.parent.renderer.vault.redactor.add(found)
    return found


def _password(secret: Any) -> bytes:
    if not isinstance(secret, str) or not secret:
        raise ValueError("the secret must be a text")
    return secret.encode()


FILTERS: dict[str, Callable[..., Any]] = {"unvault": unvault, "vault": vault}
