"""What came of a task, as the result that `register` keeps: of errors, of wrong options, of loops."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from opsflow.core.errors import OpsFlowError, TaskError, Unreachable
from opsflow.core.leases import HostTaken
from opsflow.core.results import Status
from opsflow.modules.base.module import ModuleArgs

SKIPPED: Mapping[str, Any] = {
    "changed": False,
    "skipped": True,
    "skip_reason": "Conditional result was False",
}


def bare(facts: Any) -> Mapping[str, Any]:
    """Return gathered facts by their names, none where a result has no such."""
    return facts if isinstance(facts, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def failure(error: TaskError) -> dict[str, Any]:
    """Return the result of a task that failed."""
    return {"changed": False, **error.data, "failed": True, "msg": placed(error), **_hint(error)}


def placed(error: TaskError) -> str:
    """Return an error's message with its place."""
    return f"{error.message} ({error.origin})" if error.origin else error.message


def unreachable(error: Unreachable) -> dict[str, Any]:
    """Return the result of a task whose host was not reached."""
    return {"unreachable": True, "changed": False, "msg": error.message, **_hint(error)}


def taken(error: HostTaken, *, left_out: bool) -> dict[str, Any]:
    """Return the result of a task whose host is another's; `left_out` says that this is no failure."""
    told = {"changed": False, "msg": error.message, "busy": error.holder.data()}
    return {**told, "skipped": True} if left_out else {**told, "failed": True, **_hint(error)}


def _hint(error: OpsFlowError) -> dict[str, Any]:
    return {"hint": error.hint} if error.hint else {}


def bug(error: Exception) -> TaskError:
    """Return the error that our own code's failure is."""
    return TaskError(
        f"OpsFlow's own code failed: {type(error).__name__}: {error}",
        data={"exception": "".join(traceback.format_exception(error))},
        hint="this is a bug in OpsFlow: please report it with the output of -vvv",
    )


def invalid(module: str, error: ValidationError) -> str:
    """Say which options a module refuses, and why."""
    found = [
        f"{'.'.join(map(str, details['loc'])) or module}: {_reason(details)}"
        for details in error.errors(include_url=False, include_context=False)
    ]
    return f"wrong options for {module}: {'; '.join(found)}"


def _reason(details: ErrorDetails) -> str:
    if details["type"] == "extra_forbidden":
        return "there is no such option"
    return details["msg"].removeprefix("Value error, ")


def status_of(data: Mapping[str, Any], ignored: bool) -> Status:
    """Return how a task ended, by its result."""
    if data.get("unreachable"):
        return Status.UNREACHABLE
    if data.get("failed"):
        return Status.IGNORED if ignored else Status.FAILED
    if data.get("skipped"):
        return Status.SKIPPED
    return Status.CHANGED if data.get("changed") else Status.OK


def path_of(args: ModuleArgs) -> str | None:
    """Return the file or directory that a module was told to work on, None if its options name none."""
    named = (getattr(args, name, None) for name in ("path", "dest"))
    return next((str(path) for path in named if isinstance(path, str) and path.startswith("/")), None)


def combined(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the result of a loop: what holds for any of its items, and all of theirs."""
    data: dict[str, Any] = {"results": results, "changed": any(r.get("changed") for r in results)}
    if all(r.get("skipped") for r in results):
        return {**data, "skipped": True, "msg": "All items skipped"}
    if any(r.get("unreachable") for r in results):
        return {**data, "unreachable": True, "msg": results[-1].get("msg", "")}
    failed = [r for r in results if r.get("failed")]
    if failed:
        return {**data, "failed": True, "msg": "One or more items failed", "skipped": False}
    return {**data, "msg": "All items completed", "skipped": False}
