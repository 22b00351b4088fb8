"""The class of a module that is a file of the project."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, ClassVar

from pydantic import ConfigDict

from opsflow.modules.base.module import Module, ModuleArgs, Result, TaskContext

from .program import Program


class OwnArgs(ModuleArgs):
    """Any options: what they must be only the module knows, on the host."""

    model_config = ConfigDict(extra="allow")

    def sent(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class OwnModule(Module):
    """A module of the project."""

    repeatable = False
    Args = OwnArgs
    target = "own_module.run"
    detachable = True
    program: ClassVar[Program]

    async def run(self, task: TaskContext, args: OwnArgs) -> Result:
        sent = {
            **self.program.sent(),
            "options": args.sent(),
            "interpreter": _interpreter(task, self.program),
            "about": {"verbosity": task.verbosity, "no_log": task.hidden},
        }
        return await task.call(self.target, sent, keep=self.program.kept)


def _interpreter(task: TaskContext, program: Program) -> list[str]:
    """Return who reads the program: `ansible_ruby_interpreter` replaces `ruby` of its first line."""
    words = list(program.interpreter)
    if words and words[0] != "python":
        variable = f"ansible_{PurePosixPath(words[0]).name}_interpreter"
        words[0] = str(task.vars.get(variable) or words[0])
    return words


def module_class(program: Program) -> type[Module]:
    """Return the class of a module's file."""
    facts = b"ansible_facts" in program.content
    document = f"A module of this project: {program.path}."
    known = {"program": program, "sets_facts": facts, "finds_facts": facts, "__doc__": document}
    return type("ProjectModule", (OwnModule,), known)
