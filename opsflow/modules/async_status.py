"""async_status: what a detached task has come to."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Text

DIRECTORY = "~/.ansible_async"


@modules.register("async_status")
class AsyncStatus(Module):
    """Return the result of a task with `async` and `poll: 0` by its job id, or forget it (`cleanup`).

    Returns:
        ansible_job_id: the job.
        started, finished: 1 when it has.
        erased: the file that was removed, with `mode: cleanup`.

    Examples:
        - name: Begin something long
          command: /usr/local/bin/rebuild-index
          async: 3600
          poll: 0
          register: rebuild

        - name: Wait until it has ended
          async_status:
            jid: "{{ rebuild.ansible_job_id }}"
          register: job
          until: job is finished
          retries: 60
          delay: 60
    """

    class Args(ModuleArgs):
        jid: Text
        """The job, as the task that started it returned."""
        mode: Literal["status", "cleanup"] = "status"
        """Ask how it is, or forget it."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        directory = str(task.vars.get("ansible_async_dir", DIRECTORY))
        return await task.call("jobs.status", {"jid": args.jid, "mode": args.mode, "directory": directory})
