"""From a `notifiers:` list to notifiers that can be used."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from opsflow.core.errors import InputError, OpsFlowError, Problem
from opsflow.core.origin import Origin
from opsflow.source.validate import validate
from opsflow.source.values import Map
from opsflow.source.vault import Vault

from .base import Notifier, NotifierConfig, notifiers


@dataclass(frozen=True, slots=True)
class Entry:
    """A notifier with its name, which is that of no other of a run, and the file that configures it."""

    name: str
    source: str
    config: NotifierConfig
    notifier: Notifier[Any]


def read_notifiers(
    configs: Iterable[object],
    origin: Origin,
    vault: Vault | None = None,
    problems: list[Problem] | None = None,
) -> list[Entry]:
    """Return the notifiers of a `notifiers:` list.

    Those of one name get a number behind it, all but the first. What the vault decrypts and what the
    notifiers hold as secrets is masked from now on wherever the vault's redactor works.

    Args:
        configs: the items of the list, with positions.
        origin: the place of the list.
        vault: decrypts values such as passwords.
        problems: takes what is wrong, instead of an error.

    Raises:
        InputError: with all problems: types, options and environment variables that are not there.
    """
    vault = vault or Vault()
    found: list[Entry] = []
    wrong: list[Problem] = [] if problems is None else problems
    for config in configs:
        try:
            entry = _read(vault.values(config), origin)
        except InputError as error:
            wrong += error.problems
            continue
        for secret in entry.notifier.secrets:
            vault.redactor.add(secret)
        found.append(entry)
    if wrong and problems is None:
        raise InputError(wrong)
    return _told_apart(found)


def names_in(configs: Iterable[object]) -> list[str]:
    """Return the names that the items of a `notifiers:` list have, also of those that can't be used."""
    maps = [config for config in configs if isinstance(config, Map)]
    return [str(config.get("name") or config.get("type")) for config in maps]


def _told_apart(entries: list[Entry]) -> list[Entry]:
    counts: dict[str, int] = {}
    named: list[Entry] = []
    for entry in entries:
        number = counts[entry.name] = counts.get(entry.name, 0) + 1
        named.append(entry if number == 1 else replace(entry, name=f"{entry.name}-{number}"))
    return named


def _read(config: object, origin: Origin) -> Entry:
    origin = getattr(config, "origin", None) or origin
    if not isinstance(config, Map) or not isinstance(config.get("type"), str):
        raise InputError.at(origin, f"a notifier needs a 'type': {', '.join(notifiers)}")
    name: str = config["type"]
    try:
        kind = notifiers.get(name)
    except OpsFlowError as error:
        hint = error.hint or f"there are {', '.join(notifiers)}"
        raise InputError.at(config.origin_of_value("type"), error.message, hint=hint) from None
    valid = validate(kind.Config, config, origin)
    try:
        notifier = kind(valid)
    except ValueError as error:
        raise InputError.at(origin, f"{name}: {error}") from None
    return Entry(str.__str__(valid.name or name), os.path.realpath(origin.file), valid, notifier)
