"""Runs playbooks given as text on hosts that are all this machine, and collects what the engine says."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opsflow.api import prepare
from opsflow.connection.settings import ConnectionDefaults
from opsflow.core.errors import InputError
from opsflow.core.events import Event, HostFinished, ItemFinished
from opsflow.core.results import RunSummary, TaskResult
from opsflow.engine.options import RunOptions
from opsflow.engine.prompts import Ask
from opsflow.source.vault import Vault


@dataclass
class Played:
    """A run that has ended."""

    summary: RunSummary
    events: list[Event] = field(default_factory=list)

    def results(self, task: str) -> dict[str, TaskResult]:
        """Return the results of a task by host."""
        found = [e for e in self.events if isinstance(e, HostFinished) and e.task.name == task]
        return {event.host: event.result for event in found}

    def said(self, host: str) -> list[Any]:
        """Return what the `debug` tasks said on a host, in order, those of loops by item."""
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, HostFinished | ItemFinished) and event.host == host:
                module = event.task.module.rpartition(".")[2]
                data = event.result.data
                if module == "debug" and "results" not in data and not data.get("skipped"):
                    found.append(data.get("msg"))
        return found

    def order(self, *tasks: str) -> list[tuple[str, str]]:
        """Return the (task, host) pairs in the order in which they ended."""
        return [
            (e.task.name, e.host) for e in self.events if isinstance(e, HostFinished) and e.task.name in tasks
        ]


class Player:
    """Writes files into a directory and plays playbooks in it."""

    def __init__(self, base: Path) -> None:
        self.base = base

    def write(self, name: str, text: str) -> Path:
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
        return path

    async def __call__(
        self,
        playbook: str,
        hosts: Sequence[str] = ("a", "b", "c"),
        inventory: str | None = None,
        vault: Vault | None = None,
        ask: Ask | None = None,
        **options: Any,
    ) -> Played:
        """Play and return what happened; raises InputError for what is wrong before."""
        path = self.write("play.yml", playbook)
        source = str(self.write("hosts.yml", inventory)) if inventory else ",".join(hosts) + ","
        events: list[Event] = []
        chosen = RunOptions(connection=ConnectionDefaults(connection="local"), **options)
        run = prepare([path], [source], chosen, subscribers=[events.append], vault=vault, ask=ask)
        return Played(await run.run(), events)

    async def problems(self, playbook: str, **options: Any) -> list[str]:
        """Return the problems that are found before any host is touched, as `line:column message`."""
        try:
            await self(playbook, **options)
        except InputError as error:
            return [_shown(p.origin, p.message) + (f" → {p.hint}" if p.hint else "") for p in error.problems]
        return []


def _shown(origin: Any, message: str) -> str:
    return f"{origin.line}:{origin.column} {message}" if origin else message
