"""Modules for systems other than Debian and Ubuntu: known, so that roles can name them."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from opsflow.core.errors import TaskError

from .module import FOREIGN, Module, ModuleArgs, Result, TaskContext, modules


@modules.register(*FOREIGN)
class Foreign(Module):
    """A module for another system: with any options it is accepted, and it fails where a host gets to it."""

    class Args(ModuleArgs):
        model_config = ConfigDict(extra="allow")

    free_form = "name"

    async def run(self, task: TaskContext, args: Any) -> Result:
        raise TaskError(
            "this module is for other systems than Debian and Ubuntu",
            hint="give the task a condition, such as when: ansible_facts.os_family == 'RedHat'",
        )
