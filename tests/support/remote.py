"""Runs a module's both halves against a lab host, over SSH and as root."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from opsflow.connection.channel import Options
from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import Become, ConnectionDefaults, settings_from
from tests.support.local import LocalTask, Run


class RemoteTask(LocalTask):
    """A task context on another host."""

    def __init__(self, session: Session, become: Become | None, base: Path) -> None:
        super().__init__(None, base)  # type: ignore[arg-type]
        self.session = session
        self.become = become
        self.host = session.name

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Any = None,
        lasting: str = "",
        more: bool = False,
        **streams: Any,
    ) -> dict[str, Any]:
        checked = self.check if check is None else check
        options = Options(checked, self.diff, self.env, lasting=lasting)
        on_event = on_event or self.events.append
        return await self.session.call(
            fn, args, become=self.become, options=options, on_event=on_event, **streams
        )

    async def reconnect(self, timeout: float) -> None:
        await self.session.reconnect(timeout)


ROOT = Become()


@asynccontextmanager
async def running_on(inventory: Path, host: str, *, become: Become | None = ROOT) -> AsyncIterator[Run]:
    """Yield what runs modules on a host of a lab's inventory file."""
    settings = settings_from(host, _variables(inventory, host), ConnectionDefaults())
    async with Connections() as connections:
        yield Run(RemoteTask(connections.session(settings), become, Path.cwd()))


def _variables(inventory: Path, host: str) -> dict[str, Any]:
    groups = yaml.safe_load(inventory.read_text())["lab"]
    hosts = {name: given for group in groups["children"].values() for name, given in group["hosts"].items()}
    return {**groups["vars"], **hosts[host]}
