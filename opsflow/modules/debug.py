"""debug: show a message or a variable's value."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from opsflow.source.values import Str
from opsflow.templating.environment import Undefined
from opsflow.templating.render import UndefinedError

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Int


@modules.register("debug")
class Debug(Module):
    """Show `msg`, or the value of the expression `var`; skipped below the verbosity that is asked for.

    Returns:
        msg: the message; with `var`, the value by the name of the variable.

    Examples:
        - name: Say what host this is
          debug:
            msg: "{{ inventory_hostname }} is {{ ansible_facts.distribution }}"

        - name: Look at a variable with -v
          debug:
            var: hostvars[inventory_hostname].groups
            verbosity: 1
    """

    class Args(ModuleArgs):
        msg: Any = None
        """What to say."""
        var: Any = None
        """The name of a variable, or an expression, to show."""
        verbosity: Int = 0
        """Only say it with at least so many `-v`."""

        @model_validator(mode="after")
        def _one_of(self) -> Self:
            if {"msg", "var"} <= self.model_fields_set:
                raise ValueError("msg and var can't be given together")
            return self

    remote = False
    reckons = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        if int(task.vars.get("ansible_verbosity") or 0) < args.verbosity:
            return {"changed": False, "skipped": True, "skipped_reason": "Verbosity threshold not met."}
        if args.var is None:
            return {"changed": False, "msg": args.msg if "msg" in args.model_fields_set else "Hello world!"}
        return {"changed": False, str(args.var): _value(task, args.var)}


def _value(task: TaskContext, var: Any) -> Any:
    if not isinstance(var, Str):  # a template that has become the value itself
        return _shown(var, [])
    try:
        return _shown(task.evaluate(var), [])
    except UndefinedError as error:
        return _error(error.message, [])


def _shown(value: Any, errors: list[str]) -> Any:
    """Return a value with a sentence in place of each undefined one inside; `errors` counts them."""
    if isinstance(value, Undefined):
        return _error(value.reason, errors)
    if isinstance(value, dict):
        return {key: _shown(item, errors) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_shown(item, errors) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def _error(reason: str, errors: list[str]) -> str:
    errors.append(reason)
    return f"<< error {len(errors)} - {reason} >>"
