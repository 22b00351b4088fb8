"""From a run's events to messages: what goes to whom, what is collected to one message, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from opsflow.core.events import Event, RunFinished
from opsflow.core.results import RunSummary
from opsflow.report.gather import Gatherer

from .base import AttachingConfig
from .compose import Composer, with_files
from .configured import Entry
from .courier import Courier
from .happenings import Happening, Watcher
from .report import Report
from .routes import EVERYTHING, Route
from .surroundings import Surroundings

Warn = Callable[[str], None]


@dataclass(slots=True)
class _Window:
    """What is collected for a notifier on a route until its time is over."""

    entry: Entry
    route: Route | None
    happened: list[Happening] = field(default_factory=list[Happening])
    timer: asyncio.TimerHandle | None = None


class Router:
    """A subscriber of run events that has notifiers told.

    A notifier gets nothing twice: of the routes that name it and want something the first counts. One that
    no route names gets the report at the end.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        routes: Sequence[Route],
        courier: Courier,
        *,
        watcher: Watcher,
        composer: Composer,
        surroundings: Surroundings,
        summary: Callable[[], RunSummary],
        warn: Warn,
    ) -> None:
        """`summary` gives the run as of now; `warn` is called with sentences about what goes wrong."""
        self._entries = entries
        self._routes = routes
        self._courier = courier
        self._watcher = watcher
        self._composer = composer
        self._surroundings = surroundings
        self._summary = summary
        self._warn = warn
        self._windows: dict[tuple[str, str], _Window] = {}
        self._gatherer = Gatherer() if any(map(_attached, entries)) else None
        named = {name for route in routes for name in route.config.to}
        self._unnamed = [entry for entry in entries if entry.name not in named]

    def __call__(self, event: Event) -> None:
        """Take an event into account."""
        if self._gatherer:
            self._gatherer(event)
        for happening in self._watcher(event):
            self._take(happening)
        if isinstance(event, RunFinished):
            for window in self._windows.values():
                self._close(window, event.summary)

    def _take(self, happening: Happening) -> None:
        if self._routes:
            concerned = self._surroundings.of(happening.hosts)
            left = {entry.name: entry for entry in self._entries}
            for route in self._routes:
                if route.wants(happening, concerned.groups, concerned.environments):
                    for entry in [left.pop(name) for name in route.config.to if name in left]:
                        self._collect(entry, route, happening)
        if happening.event in EVERYTHING.events:
            for entry in self._unnamed:
                self._collect(entry, None, happening)

    def _collect(self, entry: Entry, route: Route | None, happening: Happening) -> None:
        key = entry.name, route.name if route else ""
        window = self._windows.setdefault(key, _Window(entry, route))
        window.happened.append(happening)
        if window.timer is None and happening.event != "finished":
            seconds = (route.config if route else EVERYTHING).collect
            loop = asyncio.get_running_loop()
            window.timer = loop.call_later(seconds, lambda: self._close(window, self._summary()))

    def _close(self, window: _Window, summary: RunSummary) -> None:
        """Make a message of what was collected."""
        if window.timer:
            window.timer.cancel()
        happened, window.happened, window.timer = window.happened, [], None
        if not happened or not _wanted(window.entry.config.when, Report(summary)):
            return
        concerned = self._surroundings.of(host for one in happened for host in one.hosts)
        config = (window.route.config if window.route else None) or EVERYTHING
        message = self._composer.message(happened, summary, concerned, config, self._warn)
        if self._gatherer and (kinds := _attached(window.entry)):
            message = with_files(message, kinds, self._gatherer.document(summary))
        self._courier.post(window.entry.name, window.route, message)


def _attached(entry: Entry) -> Sequence[str]:
    return entry.config.attach if isinstance(entry.config, AttachingConfig) else ()


def _wanted(when: str, report: Report) -> bool:
    return when == "always" or report.failed or (when == "change" and report.changed)
