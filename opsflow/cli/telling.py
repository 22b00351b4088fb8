"""Has notifiers told of a run, and says so when they can't be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.events import Warned
from opsflow.core.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsflow.engine.run import Run
    from opsflow.ledger.outbox import Outbox
    from opsflow.notifiers.configured import Entry
    from opsflow.notifiers.courier import Courier, Trouble
    from opsflow.notifiers.routes import Route
    from opsflow.source.config import Config


class Telling:
    """The notifiers and routes of a run. `begin` behind the start of its record, `end` when it is over."""

    def __init__(self, run: Run, config: Config) -> None:
        """Read the configuration. Raises InputError with all that is wrong in it."""
        self._run = run
        self._config = config
        self._courier: Courier | None = None
        self._entries: list[Entry] = []
        self._routes: list[Route] = []
        written, routes = [*config.notifiers, *run.notifiers()], [*config.routes, *run.routes()]
        if written or routes:
            self._read(written, routes)

    def _read(self, written: list[Any], routes: list[Any]) -> None:
        from opsflow.notifiers.configured import names_in, read_notifiers
        from opsflow.notifiers.routes import read_routes

        run = self._run
        origin = Origin(run.playbooks[0].path, 1, 1)
        problems: list[Problem] = []
        self._entries = read_notifiers(written, origin, run.renderer.vault, problems)
        names = [*(entry.name for entry in self._entries), *(names_in(written) if problems else ())]
        try:
            self._routes = read_routes(routes, origin, names, run.renderer)
        except InputError as error:
            problems += error.problems
        if problems:
            raise InputError(problems)

    def begin(self, ledger: str | None) -> None:
        """Listen to the run, and send what earlier runs could not; `ledger` is the URL of the one in use."""
        if not self._entries:
            return
        from opsflow.notifiers.compose import Composer
        from opsflow.notifiers.courier import Courier
        from opsflow.notifiers.happenings import Watcher
        from opsflow.notifiers.router import Router
        from opsflow.notifiers.surroundings import Surroundings

        run, redactor = self._run, self._run.renderer.vault.redactor
        open_outbox = outbox_of(ledger) if ledger else None
        self._courier = Courier(self._entries, self._routes, open_outbox=open_outbox, mask=redactor.text)
        router = Router(
            self._entries,
            self._routes,
            self._courier,
            watcher=Watcher(lambda: _hosts_of(run)),
            composer=Composer(run.renderer, redactor),
            surroundings=Surroundings(
                run.inventory,
                run.renderer,
                extra_vars=run.options.extra_vars,
                playbook_dir=run.playbook_dir,
                environment=self._config.environment,
            ),
            summary=run.collector.summary,
            warn=lambda message: run.events.emit(Warned(message)),
        )
        run.events.subscribe(router)
        for problem in self._doubtful():
            run.events.emit(Warned(problem.message, problem.origin, problem.hint))

    async def end(self) -> None:
        """Have the last messages sent, in bounded time, and tell which notifiers did not take theirs."""
        if self._courier is None:
            return
        for trouble in await self._courier.close(self._config.notify_wait):
            self._run.events.emit(Warned(*_words(trouble)))
        if error := self._courier.ledger_error:
            self._run.events.emit(Warned(f"notifications are not kept: {error.message}", hint=error.hint))

    def _doubtful(self) -> Iterator[Problem]:
        """Yield a problem for each group of a route that the inventory lacks and that may be misspelt."""
        known = self._run.inventory.groups
        for route in self._routes:
            for group in route.config.groups:
                if group not in known and (hint := did_you_mean(group, known)):
                    yield Problem(f"'{route.name}': the inventory has no group '{group}'", None, hint)


def _hosts_of(run: Run) -> list[str]:
    return list(dict.fromkeys(host.name for hosts in run.targets.values() for host in hosts))


def _words(trouble: Trouble) -> tuple[str, None, str | None]:
    """Return the sentence about a notifier that failed, and what becomes of its messages."""
    error = trouble.error
    hint = f" ({error.hint})" if error.hint else ""
    tries = f" ({trouble.tries} tries)" if trouble.tries > 1 else ""
    kept = None
    if trouble.kept:
        kept = "its messages are kept: the next run, or `opsflow notify send`, tries again"
    return f"notifier '{trouble.notifier}' failed: {error.message}{hint}{tries}", None, kept


def outbox_of(url: str | None) -> Callable[[], Outbox]:
    """Return what opens the outbox of the ledger at a URL."""
    from opsflow.ledger.outbox import Outbox
    from opsflow.ledger.store import open_store

    return lambda: Outbox(open_store(url))
