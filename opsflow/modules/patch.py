"""patch: changes of files as patch(1) applies them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.files import read
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Path, arg


@modules.register("patch")
class Patch(Module):
    """Apply a patch of the control node, or with `remote_src` of the host, where that has not been done.

    Returns:
        phase_applied: what patch said.
        msg: why it could not be done.

    Examples:
        - name: Mend a script of a package
          patch:
            src: tool.patch
            dest: /usr/lib/tool/tool.py
    """

    class Args(ModuleArgs):
        src: Path = arg(..., "patchfile")
        """The patch."""
        dest: Path | None = arg(None, "originalfile")
        """The file to patch."""
        basedir: Path | None = None
        """The directory to patch in."""
        strip: Int = 0
        """How many parts of paths are cut off."""
        state: Literal["absent", "present"] = "present"
        """Whether it is applied, or taken back."""
        remote_src: Bool = False
        """The patch is on the host."""
        backup: Bool = False
        """Keep a copy of each file."""
        binary: Bool = False
        """Leave the ends of lines alone."""
        ignore_whitespace: Bool = False
        """Pass over differences in spaces."""

        @model_validator(mode="after")
        def _placed(self) -> Self:
            if self.dest is None and self.basedir is None:
                raise ValueError("give dest or basedir")
            return self

    target = "patch.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        if args.remote_src:
            return await task.call(self.target, sent)
        del sent["src"]
        return await task.call(self.target, sent, payload=await read(task.find_file(args.src, "files")))
