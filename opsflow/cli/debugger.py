"""The task debugger: what a person types at a task that has stopped, with Ansible's commands."""

from __future__ import annotations

import ast
import asyncio
import os
import pprint
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TextIO

from opsflow.core.redact import Redactor
from opsflow.engine.debug import TYPED
from opsflow.report.lines import clean, place
from opsflow.source.values import as_source

from .console import Console

if TYPE_CHECKING:
    from opsflow.engine.debug import Choice, Stop

_HELP = """\
p EXPRESSION                 print task, task.args, task_vars, host or result, or what is in them
task.args['name'] = VALUE    change an option; text may be a template
task_vars['name'] = VALUE    set a variable
u, update_task               take the options again as the playbook has them
r, redo                      do the task again
c, continue                  go on
q, quit                      end the run
"""


class DebugPrompt:
    """Asks a person what to do with a task that has stopped. Is an `engine.debug.Debugger`."""

    def __init__(self, console: Console, redactor: Redactor, out: TextIO | None = None) -> None:
        """`out` is where it writes, by default standard error; it reads standard input."""
        self._console = console
        self._redactor = redactor
        self._out = out or sys.stderr
        self._input = _Input(0)

    async def __call__(self, stop: Stop) -> Choice:
        """Return what to do next; the end of the input means to quit."""
        with self._console.suspended():
            scope = _names(stop)
            self._say(_title(stop))
            while True:
                self._say(f"[{stop.host}] {scope['task']!r} (debug)> ", end="")
                line = await self._input.line()
                if line is None:
                    self._say("")
                    return "quit"
                if choice := self._obey(line.strip(), stop, scope):
                    return choice

    def _obey(self, line: str, stop: Stop, scope: dict[str, Any]) -> Choice | None:
        word, _, rest = line.partition(" ")
        match word:
            case "":
                return None
            case "r" | "redo":
                return "redo"
            case "c" | "continue":
                return "continue"
            case "q" | "quit" | "EOF":
                return "quit"
            case "h" | "help" | "?":
                self._say(_HELP, end="")
            case "u" | "update_task":
                stop.reset()
            case "p" | "pprint":
                self._run(rest, "eval", scope)
            case _:
                self._run(line, "exec", scope)
        return None

    def _run(self, text: str, mode: str, scope: dict[str, Any]) -> None:
        """Evaluate or carry out what a person typed, who may run anything as this user anyway."""
        try:
            tree = ast.fix_missing_locations(_Typed().visit(ast.parse(text, mode=mode)))
            value = eval(compile(tree, "<debugger>", mode), scope)  # noqa: S307
            if mode == "eval":
                self._say(pprint.pformat(value))
        except Exception as error:  # whatever it was: it is the person's to mend
            self._say(f"*** {type(error).__name__}: {error}")

    def _say(self, text: str, end: str = "\n") -> None:
        self._out.write(self._redactor.text(text) + end)
        self._out.flush()


class _Task:
    """The task by the names that Ansible's debugger knows."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    @property
    def args(self) -> dict[Any, Any]:
        return self._stop.args

    @args.setter
    def args(self, value: Mapping[Any, Any]) -> None:
        self._stop.args = dict(value)

    def __getattr__(self, name: str) -> Any:
        task = self._stop.task
        known = {
            "name": task.name,
            "action": task.info.module,
            "tags": sorted(task.tags),
            "when": [*task.when],
        }
        known |= {"register": task.register, "origin": str(task.origin), **task.keywords}
        if name not in known:
            raise AttributeError(f"the task has no '{name}'; it has args, {', '.join(known)}")
        return known[name]

    def __repr__(self) -> str:
        return f"TASK: {self._stop.task.name}"


class _Host(str):
    """A host that prints as its name."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return str.__str__(self)

    __repr__ = str.__str__


class _Result(dict[str, Any]):
    """A result: `result` and `result._result` are the same."""

    @property
    def _result(self) -> dict[str, Any]:
        return self


class _Typed(ast.NodeTransformer):
    """Makes the texts that a person types source text, so that templates in them are seen."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, str):
            return node
        return ast.Call(ast.Name("__typed", ast.Load()), [node], [])

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node


def _names(stop: Stop) -> dict[str, Any]:
    """Return what a person's words may name."""
    return {
        "task": _Task(stop),
        "task_vars": stop.variables,
        "host": _Host(stop.host),
        "result": _Result(stop.result.public()),
        "__typed": _typed,
    }


def _typed(text: str) -> str:
    return as_source(text, TYPED)


def _title(stop: Stop) -> str:
    message = "" if stop.result.censored else clean(stop.result.message)
    where = place(stop.task.origin)[0]
    return f"{stop.result.status.value}: {stop.host}: {stop.task.name} {where}".rstrip() + (
        f"\n  {message}" if message else ""
    )


class _Input:
    """Lines of a terminal or pipe, waited for without holding up the run."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._read = b""

    async def line(self) -> str | None:
        """Return the next line, None at the end."""
        while b"\n" not in self._read:
            await _readable(self._descriptor)
            more = os.read(self._descriptor, 4096)
            if not more:
                rest, self._read = self._read, b""
                return rest.decode(errors="replace") or None
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line.decode(errors="replace")


async def _readable(descriptor: int) -> None:
    """Wait until there is something to read; files always have, if only their end."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:
        return
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
