"""assert: fail unless conditions hold."""

from __future__ import annotations

from typing import Any, Self, cast

from pydantic import model_validator

from opsflow.core.errors import TaskError

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, arg, kind


@modules.register("assert")
class Assert(Module):
    """Evaluate each condition of `that`; the first one that is false fails the host.

    Returns:
        assertion, evaluated_to: the condition that failed, and its value.
        msg: what was said.

    Examples:
        - name: Refuse to go on without enough memory
          assert:
            that:
              - ansible_facts.memtotal_mb >= 2048
              - ansible_facts.distribution in ['Debian', 'Ubuntu']
            fail_msg: "{{ inventory_hostname }} is too small, or not a Debian"
            quiet: true
    """

    class Args(ModuleArgs):
        that: Any
        """Conditions, all of which must be true."""
        fail_msg: str | list[str] = arg("Assertion failed", "msg")
        """What to say when one is not."""
        success_msg: str | list[str] = "All assertions passed"
        """What to say when all are."""
        quiet: Bool = False
        """Leave out what was checked."""

        @model_validator(mode="after")
        def _conditions(self) -> Self:
            for condition in self.conditions:
                if not isinstance(condition, str | bool):
                    raise ValueError("that must be a condition or a list of conditions")
            return self

        @property
        def conditions(self) -> list[Any]:
            that: object = self.that
            return cast("list[Any]", that) if isinstance(that, list) else [that]

    remote = False
    reckons = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        for condition in args.conditions:
            if not _holds(task, condition):
                found = {"changed": False, "assertion": condition, "evaluated_to": False}
                raise TaskError(_text(args.fail_msg), data=found)
        return {"changed": False, "msg": args.success_msg}


def _holds(task: TaskContext, condition: str | bool) -> bool:
    value = task.evaluate(condition) if isinstance(condition, str) else condition
    if isinstance(value, bool):
        return value
    raise TaskError(
        f"the condition '{condition}' is {kind(value)}, not true or false",
        data={"changed": False, "assertion": condition},
        hint="compare it with something, or ask for its length or `| bool`",
    )


def _text(message: str | list[str]) -> str:
    return message if isinstance(message, str) else "\n".join(message)
