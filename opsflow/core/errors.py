"""Every error that OpsFlow raises on purpose.

    OpsFlowError               1  our own error, or one that fits nowhere below
    ├── UsageError             5  bad command line
    ├── InputError             3  problems in files, found before any host was touched
    ├── Interrupted           99  a person pressed Ctrl-C
    └── HostError              2  something about one host
        ├── TaskError          2  a task failed on a host
        └── Unreachable        4  a host could not be reached, or was lost

The number is the process's exit code when such an error ends the program. The exit code of a run whose
hosts failed is decided in `core.results`, and 6 is a run stopped by a threshold, a gate or a person.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

from .origin import Origin

EXIT_OK = 0
EXIT_ERROR = 1
EXIT_HOSTS_FAILED = 2
EXIT_BAD_INPUT = 3
EXIT_UNREACHABLE = 4
EXIT_USAGE = 5
EXIT_STOPPED = 6
EXIT_INTERRUPTED = 99


class OpsFlowError(Exception):
    """The one base to catch. `hint` says what to do about it, in a sentence."""

    exit_code: ClassVar[int] = EXIT_ERROR

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(OpsFlowError):
    """The command line makes no sense."""

    exit_code = EXIT_USAGE


class Interrupted(OpsFlowError):
    """A person stopped the run."""

    exit_code = EXIT_INTERRUPTED


class Problem(NamedTuple):
    """One thing that is wrong in a file.

    `trail` holds the places that led here (the outermost first), such as a chain of includes.
    """

    message: str
    origin: Origin | None = None
    hint: str | None = None
    trail: tuple[Origin, ...] = ()


class InputError(OpsFlowError):
    """Problems in playbooks, inventories, variables or configuration: all that were found, at once.

    `late` says that they were found when hosts had been worked on already.
    """

    exit_code = EXIT_BAD_INPUT

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(f"{p.origin}: {p.message}" if p.origin else p.message for p in problems))
        self.problems = tuple(problems)
        self.late = False

    @classmethod
    def at(cls, origin: Origin | None, message: str, *, hint: str | None = None) -> InputError:
        """Return the error for a single problem."""
        return cls([Problem(message, origin, hint)])


class HostError(OpsFlowError):
    """Something went wrong on, or on the way to, one host."""

    exit_code = EXIT_HOSTS_FAILED


UnreachableKind = Literal[
    "dns", "refused", "timeout", "host_key", "auth", "become", "python", "lost", "other"
]


class Unreachable(HostError):
    """A host could not be reached, or its connection was lost while it was in use."""

    exit_code = EXIT_UNREACHABLE

    def __init__(self, message: str, *, kind: UnreachableKind = "other", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind: UnreachableKind = kind


class TaskError(HostError):
    """A task failed on a host; `data` is merged into its result (`rc`, `stdout`, …)."""

    def __init__(
        self,
        message: str,
        *,
        data: Mapping[str, object] | None = None,
        hint: str | None = None,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.data = dict(data or {})
        self.origin = origin


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "did you mean 'x'?" when a known name is close to `name`, else None."""
    close = difflib.get_close_matches(name, list(map(str, known)), n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else None
