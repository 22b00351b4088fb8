"""What the engine says while it runs: its only output.

The screen, the JSON stream and the notifiers subscribe. A subscriber that fails is reported once and never
stops a run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .origin import Origin
from .redact import Redactor
from .results import RunSummary, TaskResult

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TaskInfo:
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


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins; `playbooks` is empty for a single task from the command line.

    `resumes` is the run that it goes on with.
    """

    run_id: str
    playbooks: list[str]
    started: float
    check: bool
    resumes: str | None = None


@dataclass(frozen=True, slots=True)
class PlayStarted:
    name: str
    hosts: list[str]
    batches: int


@dataclass(frozen=True, slots=True)
class BatchStarted:
    """A wave of a play begins; `number` counts from 1."""

    number: int
    total: int
    hosts: list[str]


@dataclass(frozen=True, slots=True)
class TaskStarted:
    task: TaskInfo
    hosts: list[str]


@dataclass(frozen=True, slots=True)
class HostStarted:
    task: TaskInfo
    host: str


@dataclass(frozen=True, slots=True)
class HostOutput:
    """A line that a command on a host printed, as it came."""

    task: TaskInfo
    host: str
    stream: str
    line: str


@dataclass(frozen=True, slots=True)
class HostProgress:
    """How far a long task is on a host. `percent` is from 0 to 100, None where nobody knows."""

    task: TaskInfo
    host: str
    message: str
    percent: float | None = None


@dataclass(frozen=True, slots=True)
class ItemFinished:
    """One item of a loop has ended; `label` is how the playbook wants it shown."""

    task: TaskInfo
    host: str
    label: str
    result: TaskResult


@dataclass(frozen=True, slots=True)
class HostFinished:
    """A task has ended on a host. `rescued` tells that a rescue section takes care of its failure."""

    task: TaskInfo
    host: str
    result: TaskResult
    rescued: bool = False
    delegated_to: str | None = None
    retries: int = 0


@dataclass(frozen=True, slots=True)
class HostRecalled:
    """A task had ended on a host in the run that this one goes on with: it is not done again.

    `source` is where the ledger has its result: the number of the run and its place there.
    """

    task: TaskInfo
    host: str
    source: tuple[int, int]


@dataclass(frozen=True, slots=True)
class HostRetry:
    """`until` was not met yet: `attempt` of `attempts` failed and the task is tried again."""

    task: TaskInfo
    host: str
    attempt: int
    attempts: int
    result: TaskResult


@dataclass(frozen=True, slots=True)
class TaskFinished:
    task: TaskInfo


@dataclass(frozen=True, slots=True)
class ErrorsCleared:
    """What failed on these hosts until now counts no more (`meta: clear_host_errors`)."""

    hosts: list[str]


@dataclass(frozen=True, slots=True)
class BatchFinished:
    number: int
    total: int
    failed: list[str]


@dataclass(frozen=True, slots=True)
class PlayFinished:
    name: str
    stopped: str | None = None


@dataclass(frozen=True, slots=True)
class Warned:
    message: str
    origin: Origin | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
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
    hosts: list[str] = field(default_factory=list[str])
    now: bool = False

    @property
    def by(self) -> str:
        """Who decided, from where."""
        return f"{self.who} at {self.where}"

    @property
    def why(self) -> str:
        """Who decided, and the reason where there is one: `anna at ops1: the disk is full`."""
        return f"{self.by}: {self.reason}" if self.reason else self.by


@dataclass(frozen=True, slots=True)
class RunFinished:
    summary: RunSummary
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


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
