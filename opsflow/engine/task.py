"""Tasks on hosts: what came of each, whatever goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

from jinja2 import UndefinedError

from opsflow.connection.pool import Connections
from opsflow.core.early import NotYet
from opsflow.core.errors import InputError, OpsFlowError, TaskError, Unreachable
from opsflow.core.events import Event
from opsflow.core.leases import HostTaken
from opsflow.core.results import Status, TaskResult
from opsflow.playbook.model import Play, Task
from opsflow.templating.render import Renderer

from . import effects
from .execution import Execution
from .flights import Begun
from .journal import Journals
from .leases import Leases
from .limits import Limits
from .options import RunOptions
from .outcomes import (
    bug,
    failure,
    status_of,
    taken,
    unreachable,
)
from .reach import Reach
from .recall import Done
from .state import HostState
from .variables import Variables


class TaskRunner:
    """Runs tasks of a run on its hosts, one task on one host at a time."""

    def __init__(
        self,
        variables: Variables,
        connections: Connections,
        limits: Limits,
        options: RunOptions,
        emit: Callable[[Event], None],
        run_id: str,
        leases: Leases,
    ) -> None:
        self.run_id = run_id
        self.leases = leases
        self.journals: Journals | None = None  # where results are recorded
        self.variables = variables
        self.renderer: Renderer = variables.renderer
        self.connections = connections
        self.limits = limits
        self.reach = Reach(connections, options.connection)
        self.options = options
        self.emit = emit
        self.flies = not options.planning and options.approval is None  # those take several calls

    async def run(
        self,
        task: Task,
        state: HostState,
        play: Play,
        typed: Mapping[str, Any] | None = None,
        begun: Begun | None = None,
    ) -> TaskResult:
        """Run a task on a host and return its result; registered values are not stored yet.

        Nothing that goes wrong on the host, in a template or in an option is raised: it is the result.

        Args:
            task: the task.
            state: the host.
            play: the play that it belongs to.
            typed: variables that a person set in the debugger: they outrank all others.
            begun: the task as part of a flight, where it is one.

        Raises NotYet where a task that has begun before its turn has to begin anew.
        """
        started = time.perf_counter()
        execution = Execution(self, task, state, typed or {}, begun)
        try:
            data = await execution.run()
        except TaskError as error:
            data = failure(error)
        except Unreachable as error:
            data = unreachable(error)
        except HostTaken as error:
            if begun and not begun.turn.is_set():
                raise NotYet from error
            own, execution.no_log = execution.delegate is None, False
            data = taken(error, left_out=own and error.skipped)
            if own:
                state.leave(skipped=error.skipped)
                execution.ignored = False
        except InputError as error:
            data = failure(TaskError(str(error)))
        except UndefinedError as error:
            data = failure(TaskError(error.message or "undefined"))
        except OpsFlowError as error:
            data = failure(TaskError(error.message, hint=error.hint))
        except Exception as error:  # a bug of a module must not end the run of the other hosts
            data = failure(bug(error))
        status = status_of(data, execution.ignored)
        if status is Status.UNREACHABLE and execution.missed:
            status = Status.IGNORED
        result = TaskResult(status, data, time.perf_counter() - started)
        result.censored, result.paths = execution.no_log, tuple(execution.paths)
        result.delegate = execution.delegate
        result.before_after = tuple(chain.from_iterable(execution.before_after))
        return result

    def restore(self, task: Task, state: HostState, done: Done) -> TaskResult:
        """Return what came of a task in an earlier run; the facts that it found are known again."""
        execution = Execution(self, task, state, {})
        execution.delegate = done.result.delegate
        for data in done.result.data.get("results", ()) if task.loop else [done.result.data]:
            if "ansible_facts" in data:
                effects.take_facts(task, execution.owner_of_facts(execution.scope()), data)
        return done.result
