"""From configuration to notifiers, and from the end of a run to those that want to hear of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from opsflow.core.errors import InputError, OpsFlowError, Problem
from opsflow.core.origin import Origin
from opsflow.core.results import RunSummary
from opsflow.source.validate import validate
from opsflow.source.values import Map
from opsflow.source.vault import Vault

from .base import Notifier, NotifierConfig, NotifyError, Report, notifiers

log = logging.getLogger(__name__)

DEADLINE = 300.0
"""Seconds that all notifiers together may take at most."""


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    config: NotifierConfig
    notifier: Notifier[Any]


class Router:
    """The notifiers of a run."""

    def __init__(self, entries: Iterable[_Entry] = ()) -> None:
        self._entries = list(entries)

    @classmethod
    def read(cls, configs: Iterable[object], origin: Origin, vault: Vault | None = None) -> Router:
        """Return the router for a `notifiers:` list.

        Args:
            configs: the items of the list, with positions.
            origin: the place of the list.
            vault: decrypts values such as passwords.

        Raises:
            InputError: with all problems: types, options and environment variables that are not there.
        """
        entries: list[_Entry] = []
        problems: list[Problem] = []
        for config in configs:
            try:
                entries.append(_read((vault or Vault()).values(config), origin))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return cls(entries)

    def __bool__(self) -> bool:
        return bool(self._entries)

    async def notify(self, summary: RunSummary, warn: Callable[[str], None]) -> None:
        """Send the report of a run to all notifiers that want it, at the same time.

        Args:
            summary: what happened.
            warn: called with a sentence for each notifier that fails; nothing is raised for it.
        """
        report = Report(summary)
        wanted = [entry for entry in self._entries if _wants(entry.config.when, report)]
        await asyncio.gather(*(_send(entry, report, warn) for entry in wanted))


def _wants(when: str, report: Report) -> bool:
    return when == "always" or report.failed or (when == "change" and report.changed)


async def _send(entry: _Entry, report: Report, warn: Callable[[str], None]) -> None:
    try:
        async with asyncio.timeout(DEADLINE):
            await entry.notifier.send(report)
    except NotifyError as error:
        hint = f" ({error.hint})" if error.hint else ""
        warn(f"notifier '{entry.name}' failed: {error.message}{hint}")
    except TimeoutError:
        warn(f"notifier '{entry.name}' failed: it took longer than {DEADLINE:.0f} s")
    except Exception as error:
        # A notifier may come from anywhere: whatever is wrong in it, the run has ended well before.
        log.debug("notifier '%s' failed", entry.name, exc_info=True)
        warn(f"notifier '{entry.name}' failed: {type(error).__name__} in its code")


def _read(config: object, origin: Origin) -> _Entry:
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
        return _Entry(valid.name or name, valid, kind(valid))
    except ValueError as error:
        raise InputError.at(origin, f"{name}: {error}") from None
