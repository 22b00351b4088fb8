"""raw: run a command line on a host without Python."""

from __future__ import annotations

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Path, Text, arg


@modules.register("raw")
class Raw(Module):
    """Run a command line over the bare connection: nothing is needed on the host, not even Python.

    Returns:
        rc: the exit code.
        stdout, stderr, stdout_lines, stderr_lines: what it said.

    Examples:
        - name: Install Python, which everything else needs
          raw: test -e /usr/bin/python3 || (apt-get update && apt-get install -y python3)
          register: python
          changed_when: python.stdout != ''
    """

    class Args(ModuleArgs):
        free_form: Text = arg(..., name="_raw_params")
        """The command, written behind the module's name."""
        executable: Path | None = None
        """The shell that runs it."""

    repeatable = False
    free_form = "_raw_params"
    check_mode = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        rc, stdout, stderr = await task.raw(args.free_form, executable=args.executable)
        result: Result = {"changed": True, "rc": rc, "stdout": stdout, "stderr": stderr}
        if rc != 0:
            result.update(failed=True, msg="non-zero return code")
        return result
