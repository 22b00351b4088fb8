"""make: targets of makefiles."""

from __future__ import annotations

import shlex
from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Dict, Int, Path, StrList, Text


@modules.register("make")
class Make(Module):
    """Make targets that are not up to date, which make itself knows.

    Returns:
        command: what was run.
        chdir, target, targets, params, file, jobs: as asked for.
        stdout, stderr: what make said.

    Examples:
        - name: Build and install a tool
          make:
            chdir: /usr/src/tool
            target: install
            params:
              PREFIX: /usr/local
            jobs: 4
    """

    class Args(ModuleArgs):
        chdir: Path
        """The directory to run it in."""
        target: Text | None = None
        """What to make."""
        targets: StrList | None = None
        """Several things to make."""
        params: Dict | None = None
        """Variables; those without a value are words of their own."""
        file: Path | None = None
        """The makefile."""
        make: Path | None = None
        """The program make."""
        jobs: Int | None = None
        """How many things to make at a time."""

        @model_validator(mode="after")
        def _one(self) -> Self:
            if self.target is not None and self.targets is not None:
                raise ValueError("give target or targets, not both")
            return self

    repeatable = False
    target = "make.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        words = ["-j", str(args.jobs)] if args.jobs is not None else []
        words += ["-f", args.file] if args.file is not None else []
        words += [args.target] if args.target else args.targets or []
        for name, value in (args.params or {}).items():
            words.append(name if value is None else f"{name}={value}")
        result = await task.call(self.target, {"chdir": args.chdir, "words": words, "make": args.make})
        told = {name: getattr(args, name) for name in ("target", "targets", "params", "file", "jobs")}
        command = " ".join(shlex.quote(word) for word in (result.pop("program"), *words))
        return {**result, **told, "chdir": args.chdir, "command": command}
