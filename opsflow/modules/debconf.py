"""debconf: answers to the questions of packages."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Text, arg, to_items

_Kind = Literal[
    "boolean", "error", "multiselect", "note", "password", "seen", "select", "string", "text", "title"
]


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@modules.register("debconf")
class Debconf(Module):
    """Answer a question of a package before it is installed or reconfigured; without one, tell the answers.

    Passwords are not in the result.

    Returns:
        current, previous: answers by question.
        msg: what was done.

    Examples:
        - name: Answer a question before a package asks it
          debconf:
            name: postfix
            question: postfix/main_mailer_type
            vtype: select
            value: Satellite system
    """

    class Args(ModuleArgs):
        name: Text = arg(..., "pkg")
        """The package."""
        question: Text | None = arg(None, "selection", "setting")
        """The question."""
        vtype: _Kind | None = None
        """The kind of answer."""
        value: Any = arg(None, "answer")
        """Text, a boolean, or for `multiselect` a list."""
        unseen: Bool = False
        """Leave the question to be asked still."""

        @model_validator(mode="after")
        def _together(self) -> Self:
            given = [self.question is not None, self.vtype is not None, self.value is not None]
            if any(given) and not all(given):
                raise ValueError("question, vtype and value go together")
            if self._is_list() and self.vtype != "multiselect":
                raise ValueError("a list is a value of multiselect only")
            return self

        def _is_list(self) -> bool:
            return isinstance(self.value, list)

        def answer(self) -> str | list[str]:
            """Return the value as debconf knows it."""
            if self._is_list():
                items = to_items(self.value)
                wrong = [item for item in items if not isinstance(item, str)]
                if wrong:
                    raise ValueError(f"Invalid value provided for 'multiselect': {wrong[0]!r} is not text")
                return [str.__str__(item) for item in items]
            text = _text(self.value)
            return text.lower() if self.vtype == "boolean" else text

        @model_validator(mode="after")
        def _answer_fits(self) -> Self:
            if "\n" in str(self.answer()).rstrip("\n"):
                raise ValueError("value must be one line")
            return self

        def secrets(self) -> Any:
            if self.vtype == "password" and self.value:
                yield str(self.value)
            yield from super().secrets()

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        options: Result = {"name": args.name, "unseen": args.unseen}
        if args.question is not None:
            options.update(question=args.question, vtype=args.vtype, value=args.answer())
        return await task.call("debconf.run", options)
