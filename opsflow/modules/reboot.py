"""reboot: restart a host and wait until it is back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opsflow.core.errors import TaskError
from opsflow.systems.reboot import SEARCH_PATHS, RebootCommands, reboot

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Float, StrList, Text, arg


@modules.register("reboot")
class Reboot(Module):
    """Reboot the host; wait for a new boot id, a settled system and a command that works.

    `connect_timeout` is accepted for compatibility: the connection's own time-out holds.

    Returns:
        rebooted: whether it was.
        elapsed: how many seconds it took.

    Examples:
        - name: Reboot for a new kernel
          reboot:
            msg: a new kernel
            reboot_timeout: 900
            post_reboot_delay: 10
    """

    class Args(ModuleArgs):
        pre_reboot_delay: Float = arg(0.0, "pre_reboot_delay_sec")
        """Seconds before the host goes down."""
        post_reboot_delay: Float = arg(0.0, "post_reboot_delay_sec")
        """Seconds after it is back before it is asked."""
        reboot_timeout: Float = arg(600.0, "reboot_timeout_sec")
        """Seconds for it to go down and be back, each."""
        connect_timeout: Float | None = arg(None, "connect_timeout_sec")
        """Seconds for one try to connect."""
        test_command: Text = "whoami"
        """The command that must work when it is back."""
        msg: Text = "Reboot initiated by OpsFlow"
        """What users on the host are told."""
        search_paths: StrList = arg(list(SEARCH_PATHS))
        """Where the program is looked for."""
        boot_time_command: Text | None = None
        """The command whose output tells that it has started anew."""
        reboot_command: Text | None = None
        """The command that restarts it."""

    async def run(self, task: TaskContext, args: Args) -> Result:
        if task.vars.get("ansible_connection") == "local":
            raise TaskError(
                "this would reboot the machine that OpsFlow runs on",
                data={"rebooted": False, "elapsed": 0, "changed": False},
                hint="the host's connection is local: reboot hosts that are reached over SSH",
            )
        if task.check:
            return {"changed": True, "elapsed": 0, "rebooted": True}
        done = await reboot(
            TaskHost(task.host, task.run_id, task),
            timeout=args.reboot_timeout,
            pre_delay=args.pre_reboot_delay,
            post_delay=args.post_reboot_delay,
            test_command=args.test_command,
            message=args.msg,
            progress=task.progress,
            commands=RebootCommands(args.reboot_command, args.boot_time_command, args.search_paths),
        )
        return {"changed": True, "elapsed": int(done.elapsed), "rebooted": True}


@dataclass(slots=True)
class TaskHost:
    """A task's host as drivers see one."""

    name: str
    run_id: str
    task: TaskContext

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
        lasting: str = "",
    ) -> dict[str, Any]:
        return await self.task.call(fn, args, check=check, on_event=on_event, lasting=lasting)

    def show(self, event: Mapping[str, Any]) -> None:
        self.task.show(event)

    async def reconnect(self, timeout: float) -> None:
        await self.task.reconnect(timeout)
