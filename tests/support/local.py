"""Runs a module's both halves against this machine, through a real runner."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

import jinja2

from opsflow.connection.channel import Options, RunnerChannel
from opsflow.connection.local import start_local
from opsflow.core.drivers import PackageManager, SystemManager
from opsflow.core.errors import TaskError
from opsflow.modules.base.module import find_module
from opsflow.systems.choose import drivers_for
from opsflow.templating.template_files import split_header

from .vaulted import vault


class LocalTask:
    """A task context on this machine. Events are collected in `events`."""

    def __init__(self, channel: RunnerChannel, base: Path) -> None:
        self.channel = channel
        self.base = base
        self.host = "localhost"
        self.check = False
        self.delegated = False
        self.diff = False
        self.planning = False
        self.approved: Mapping[str, Any] | None = None
        self.vars: dict[str, Any] = {}
        self.env: dict[str, str] = {}
        self.vault = vault()
        self.verbosity = 0
        self.hidden = False
        self.run_id = "20260101-120000-abcdef"
        self.groups: list[str] = []
        self.events: list[Mapping[str, Any]] = []

    @property
    def name(self) -> str:
        return self.host

    async def reconnect(self, timeout: float) -> None:
        raise AssertionError("a test on this machine does not reconnect")

    def show(self, event: Mapping[str, Any]) -> None:
        self.events.append(event)

    def one_by_one(self, word: str) -> AbstractAsyncContextManager[str]:
        return nullcontext("")

    async def packages(self) -> PackageManager:
        return (await drivers_for(self, self.vars, self.groups))[1]

    async def system(self) -> SystemManager:
        return (await drivers_for(self, self.vars, self.groups))[0]

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Any = None,
        lasting: str = "",
        more: bool = False,
        **streams: Any,
    ) -> dict[str, Any]:
        checked = self.check if check is None else check
        options = Options(checked, self.diff, self.env, lasting=lasting)
        return await self.channel.call(
            fn, args, options=options, on_event=on_event or self.events.append, **streams
        )

    def find_file(self, name: str, kind: str) -> Path:
        for found in (self.base / kind / name, self.base / name):
            if found.exists():
                return found
        raise TaskError(f"could not find '{name}'")

    def render(
        self, text: str, *, file: str, variables: Mapping[str, Any] | None = None, **options: Any
    ) -> str:
        text, own = split_header(text, file)
        environment = jinja2.Environment(
            undefined=jinja2.StrictUndefined, keep_trailing_newline=True, **{**options, **own}
        )
        return environment.from_string(text).render({**self.vars, **(variables or {})})

    def evaluate(self, expression: str) -> Any:
        return jinja2.Environment().compile_expression(expression)(**self.vars)

    def progress(self, message: str, percent: float | None = None) -> None:
        self.events.append({"type": "progress", "message": message, "percent": percent})


class Runners:
    """Runners on this machine, one for each environment; many tests share one, as the tasks of a run do."""

    def __init__(self) -> None:
        self._channels: dict[str, RunnerChannel] = {}

    async def one(self) -> RunnerChannel:
        """Return a runner that has this process's environment and directory as they are now."""
        changing = "PYTEST_CURRENT_TEST"
        environment = {key: value for key, value in os.environ.items() if key != changing}
        key = json.dumps([os.getcwd(), environment], sort_keys=True)
        found = self._channels.get(key)
        if not found or not found.alive:
            found = self._channels[key] = await start_local()
        return found

    async def close(self) -> None:
        for channel in self._channels.values():
            await channel.close()


class Run:
    """Call it with a module's name and options; it returns what the module returns."""

    def __init__(self, task: LocalTask) -> None:
        self.task = task

    async def __call__(
        self, name: str, /, check: bool = False, diff: bool = False, **args: Any
    ) -> dict[str, Any]:
        module = find_module(name)
        self.task.check, self.task.diff = check, diff
        return await module().run(self.task, module.Args.model_validate(args))  # type: ignore[arg-type]


__all__ = ["LocalTask", "Run", "start_local"]
