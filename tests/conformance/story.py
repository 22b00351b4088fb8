"""What a run tells: for each host its tasks with their status and words, its counts, and the exit code."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from .case import Case
from .servers import server_of

Story = dict[str, Any]

COUNTS = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored")
SILENT = ("include_tasks", "include_role", "meta")
"""Modules whose rows are left out: ansible-core tells of them in another way."""

SCRATCH = "CONFORMANCE_TMP"


def row(
    task: str,
    module: str,
    status: str,
    data: Mapping[str, Any],
    *,
    whole: frozenset[str] = frozenset(),
    without: frozenset[str] = frozenset(),
) -> list[Any] | None:
    """Return what is told of a task on a host: name, status, and what `debug` and `fail` said.

    Of the modules in `whole` all is told that they returned, but for the keys in `without`.
    """
    short = module.rpartition(".")[2]
    if short in SILENT:
        return None
    if short in whole:
        if "results" in data and isinstance(data["results"], list):
            return [task, status, [_returned(_status(item), item, without) for item in data["results"]]]
        return [task, status, _returned(status, data, without)]
    if short in ("debug", "fail", "assert"):
        if "results" in data:
            return [task, status, [_said(short, _status(item), item) for item in data["results"]]]
        return [task, status, _said(short, status, data)]
    return [task, status]


def _returned(status: str, data: Mapping[str, Any], without: frozenset[str]) -> Any:
    """Return a module's result without what tells of the program or the hour; nothing of a failure."""
    if status in ("failed", "ignored"):
        return None
    left = _CIRCUMSTANCES | without
    told = {name: value for name, value in data.items() if name not in left and name[0] != "_"}
    for name in ("backup_file", "backupdest"):
        if told.get(name):
            told[name] = "somewhere"
    return told


_CIRCUMSTANCES = {
    "invocation", "diff", "warnings", "deprecations", "start", "end", "delta", "item", "failed", "exception",
    "ansible_loop_var", "ansible_index_var", "ansible_facts", "failed_when_result", "stdout_lines",
    "stderr_lines",
}  # fmt: skip


def _status(item: Mapping[str, Any]) -> str:
    return "failed" if item.get("failed") else "ok"


def _said(module: str, status: str, data: Mapping[str, Any]) -> Any:
    """Return what a module said; the words of errors are each program's own."""
    bad = status in ("failed", "ignored")
    if data.get("skipped") or status == "skipped" or (module == "assert" and not bad):
        return None
    if module == "debug" and bad:
        return "an error"
    if "msg" in data or module != "debug":
        return data.get("msg")
    names = [name for name in data if not name.startswith("_") and name not in _RESULT_KEYS]
    return {name: "undefined" if _UNDEFINED.match(str(data[name])) else data[name] for name in names}


_UNDEFINED = re.compile("<< error|VARIABLE IS NOT DEFINED")


_RESULT_KEYS = {
    "changed", "failed", "failed_when_result", "item", "ansible_loop_var", "ansible_loop", "attempts",
    "ansible_index_var", "skipped", "warnings", "skip_reason", "false_condition",
}  # fmt: skip


def counts(numbers: Mapping[str, int]) -> str:
    """Return a host's line of the recap, without what is zero."""
    return " ".join(f"{name}={numbers[name]}" for name in COUNTS if numbers.get(name))


def portable(story: Story, case: Case) -> Story:
    """Return a story without paths and hosts of this machine, as JSON would give it back."""
    if case.host:
        for part in ("hosts", "recap"):
            story[part] = {"host" if name == case.host else name: told for name, told in story[part].items()}
    text = json.dumps(story, default=str)
    text = text.replace(str(case.directory), "CASE").replace(os.environ[SCRATCH], "TMP")
    return json.loads(text)


@contextmanager
def scratch(case: Case) -> Iterator[None]:
    """Give a run a new directory, and a new server where it needs one: their names are in the environment."""
    with (
        tempfile.TemporaryDirectory() as path,
        server_of(case.server, case.directory) if case.server else nullcontext() as server,
    ):
        named = {SCRATCH: path}
        if server:
            named.update(CONFORMANCE_SOCKET=server.socket, CONFORMANCE_PORT=str(server.port))
        os.environ.update(named)
        try:
            yield
        finally:
            for name in named:
                del os.environ[name]


def save(story: Story, path: Path) -> None:
    """Write a fixture: a line for each row."""
    hosts = ",\n".join(
        f"  {json.dumps(name)}: [\n" + ",\n".join(f"   {json.dumps(one)}" for one in rows) + "\n  ]"
        for name, rows in story["hosts"].items()
    )
    rest = json.dumps({"recap": story["recap"], "exit": story["exit"]}, indent=1)[2:]
    rows = f"{{\n{hosts}\n }}" if hosts else "{}"
    path.write_text(f'{{\n "hosts": {rows},\n{rest}\n')
