"""Notifiers as a run has them told: read from YAML, given events, and closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from opsflow.core.collect import Collector
from opsflow.core.events import Event, RunFinished
from opsflow.core.origin import Origin
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.ledger.outbox import Outbox
from opsflow.ledger.store import open_store
from opsflow.notifiers.compose import Composer
from opsflow.notifiers.configured import read_notifiers
from opsflow.notifiers.courier import Courier, Trouble
from opsflow.notifiers.happenings import Watcher
from opsflow.notifiers.router import Router
from opsflow.notifiers.routes import read_routes
from opsflow.notifiers.surroundings import Surroundings
from opsflow.source.loader import load_text
from opsflow.source.vault import Vault
from opsflow.templating.render import Renderer

START = Origin("opsflow.yml", 1, 1)


def inventory_of(text: str, directory: Path) -> Inventory:
    """Return the inventory that is written so."""
    (directory / "hosts.yml").write_text(text)
    return load_inventory([str(directory / "hosts.yml")])


class Told:
    """Has notifiers told of events. `warnings` are what a person is told meanwhile."""

    def __init__(
        self,
        notifiers: str,
        routes: str = "[]",
        *,
        inventory: Inventory | None = None,
        environment: str | None = None,
        ledger: str | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        """Begin; `ledger` is the URL of the one whose outbox is used."""
        self.warnings: list[str] = []
        self.collector = Collector()
        vault = Vault(redactor=redactor)
        renderer = Renderer(vault)
        entries = read_notifiers(load_text(notifiers, "opsflow.yml"), START, vault)
        names = [entry.name for entry in entries]
        found = read_routes(load_text(routes, "opsflow.yml"), START, names, renderer)
        opened: Callable[[], Outbox] | None = (lambda: Outbox(open_store(ledger))) if ledger else None
        self.courier = Courier(entries, found, open_outbox=opened, mask=vault.redactor.text)
        hosts = inventory or Inventory()
        self.router = Router(
            entries,
            found,
            self.courier,
            watcher=Watcher(lambda: list(hosts.hosts)),
            composer=Composer(renderer, vault.redactor),
            surroundings=Surroundings(hosts, renderer, environment=environment),
            summary=self.collector.summary,
            warn=self.warnings.append,
        )

    def tell(self, events: Sequence[Event]) -> None:
        """Let events happen."""
        for event in events:
            self.router(event)
            self.collector(event)

    async def close(self, wait: float = 20) -> list[Trouble]:
        """End, in that many seconds at most, and return what is wrong with the notifiers."""
        return await self.courier.close(wait)


async def told(notifiers: str, summary: RunSummary, ledger: str | None = None) -> list[str]:
    """Have notifiers told of the end of a run, and return what they could not do."""
    telling = Told(notifiers, ledger=ledger)
    telling.tell([RunFinished(summary)])
    return [
        f"{one.notifier}: {one.error.message} → {one.error.hint} ({one.tries})"
        for one in await telling.close()
    ]
