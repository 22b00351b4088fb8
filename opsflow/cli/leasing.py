"""Gives a run its leases: from the ledger where there is one, and the locks of the hosts."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsflow.engine.run import Run
    from opsflow.ledger.header import Place
    from opsflow.ledger.keeper import Keeper
    from opsflow.source.config import Config


@contextmanager
def leasing(run: Run, config: Config) -> Generator[None]:
    """Have a run lease its hosts before it touches them, and give them back at its end."""
    from opsflow.core.leases import Holder
    from opsflow.engine.leases import BusyPolicy, Leases, only_looks
    from opsflow.ledger.header import Place

    place = Place.here()
    keeper = _keeper(run, config, place) if config.ledger != "off" else None
    if keeper:
        keeper.begin()
    run.leases = Leases(
        run.events.emit,
        owner=keeper.owner if keeper else Holder(place.who, place.node, run.run_id),
        token=keeper.token if keeper else uuid.uuid4().hex,
        book=keeper,
        lock=config.host_lock,
        looks=only_looks(run.options, run.tasks()),
        busy=BusyPolicy(config.on_busy, config.busy_timeout),
    )
    try:
        yield
    finally:
        if keeper:
            keeper.close()


def _keeper(run: Run, config: Config, place: Place) -> Keeper:
    from opsflow.ledger.keeper import Keeper
    from opsflow.ledger.store import open_store

    return Keeper(
        lambda: open_store(config.state, synced=False),  # a power cut ends those who hold leases, too
        run.run_id,
        place,
        lasts=config.lease_time,
        required=config.ledger == "required",
    )
