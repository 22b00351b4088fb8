"""What the engine says while it runs: its only output.

The screen, the JSON stream and the notifiers subscribe. A subscriber that fails is reported once and never
stops a run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from .origin import Origin
from .redact import Redactor
from .results import RunSummary, TaskResult

log = logging.getLogger(__name__)


class TaskInfo(NamedTuple):
    """A task as it is named to people. `key` is the same for all hosts and events of one task.

    `trail` holds the places that led to its file (imports, includes, roles), the outermost first.
    """

    key: int
    name: str
    module: str
    origin: Origin | None
    handler: bool = False
    section: str = "tasks"
    trail: tuple[Origin, ...] = ()


class RunStarted(NamedTuple):
    """A run begins; `playbooks` is empty for a single task from the command line.

    `resumes` is the run that it goes on with.
    """

    run_id: str
    playbooks: list[str]
    started: float
    check: bool
    resumes: str | None = None


class PlayStarted(NamedTuple):
    name: str
    hosts: list[str]
    batches: int


class BatchStarted(NamedTuple):
    """A wave of a play begins; `number` counts from 1."""

    number: int
    total: int
    hosts: list[str]


class TaskStarted(NamedTuple):
    task: TaskInfo
    hosts: list[str]


class HostStarted(NamedTuple):
    task: TaskInfo
    host: str


class HostOutput(NamedTuple):
    """A line that a command on a host printed, as it came."""

    task: TaskInfo
    host: str
    stream: str
    line: str


class HostProgress(NamedTuple):
    """How far a long task is on a host. `percent` is from 0 to 100, None where nobody knows."""

    task: TaskInfo
    host: str
    message: str
    percent: float | None = None


class ItemFinished(NamedTuple):
    """One item of a loop has ended; `label` is how the playbook wants it shown."""

    task: TaskInfo
    host: str
    label: str
    result: TaskResult


class HostFinished(NamedTuple):
    """A task has ended on a host. `rescued` tells that a rescue section takes care of its failure."""

    task: TaskInfo
    host: str
    result: TaskResult
    rescued: bool = False
    delegated_to: str | None = None
    retries: int = 0


class HostRecalled(NamedTuple):
    """A task had ended on a host in the run that this one goes on with: it is not done again.

    `source` is where the ledger has its result: the number of the run and its place there.
    """

    task: TaskInfo
    host: str
    source: tuple[int, int]


class HostRetry(NamedTuple):
    """`until` was not met yet: `attempt` of `attempts` failed and the task is tried again."""

    task: TaskInfo
    host: str
    attempt: int
    attempts: int
    result: TaskResult


class TaskFinished(NamedTuple):
    task: TaskInfo


class ErrorsCleared(NamedTuple):
    """What failed on these hosts until now counts no more (`meta: clear_host_errors`)."""

    hosts: list[str]


class BatchFinished(NamedTuple):
    number: int
    total: int
    failed: list[str]


class PlayFinished(NamedTuple):
    name: str
    stopped: str | None = None


class Warned(NamedTuple):
    message: str
    origin: Origin | None = None
    hint: str | None = None


class Decided(NamedTuple):
    """A person has decided something about the run while it goes on, and it was done.

    `what` is to hold the run (`pause`), to let it go on (`resume`), to end it (`abort`; with `now` its tasks
    too), or to take `hosts` out of it (`skip`). `who` is the person, `where` the machine and the address that
    they came from, `asked` when they did, in seconds since the epoch.
    """

    what: Literal["pause", "resume", "abort", "skip"]
    who: str
    where: str
    asked: float
    reason: str | None = None
    hosts: Sequence[str] = ()
    now: bool = False

    @property
    def by(self) -> str:
        """Who decided, from where."""
        return f"{self.who} at {self.where}"

    @property
    def why(self) -> str:
        """Who decided, and the reason where there is one: `anna at ops1: the disk is full`."""
        return f"{self.by}: {self.reason}" if self.reason else self.by


class RunFinished(NamedTuple):
    summary: RunSummary
    details: Mapping[str, Any] = MappingProxyType({})


Event = (
    RunStarted
    | PlayStarted
    | BatchStarted
    | TaskStarted
    | HostStarted
    | HostOutput
    | HostProgress
    | HostRetry
    | ItemFinished
    | HostFinished
    | HostRecalled
    | TaskFinished
    | ErrorsCleared
    | BatchFinished
    | PlayFinished
    | Warned
    | Decided
    | RunFinished
)

Subscriber = Callable[[Event], None]


class Events:
    """Hands each event to all subscribers, in the order in which they subscribed.

    What the redactor knows as a secret is masked on the way: no subscriber gets to see it.
    """

    def __init__(self, *subscribers: Subscriber, redactor: Redactor | None = None) -> None:
        self._subscribers = list(subscribers)
        self._redactor = redactor or Redactor()
        self._broken: set[int] = set()

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def emit(self, event: Event) -> None:
        event = self._redactor.value(event)
        for subscriber in self._subscribers:
            try:
                subscriber(event)
            except Exception:
                if id(subscriber) not in self._broken:
                    self._broken.add(id(subscriber))
                    log.exception("a subscriber of run events failed")
