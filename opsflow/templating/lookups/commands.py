"""Lookups that run commands of the control node."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

from opsflow.core.errors import TaskError
from opsflow.templating.kinds import text

from .base import LookupContext


def pipe(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return what shell commands print, without line ends at the end."""
    return [_output(text(term), context).rstrip() for term in terms]


def lines(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the lines that shell commands print."""
    return [line for term in terms for line in _output(text(term), context).splitlines()]


def _output(command: str, context: LookupContext) -> str:
    """Run a command in the playbook's directory. Raises TaskError with its last words when it fails."""
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=str(context.variables.get("playbook_dir") or "."),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip()[-500:]
        raise TaskError(
            f"the command '{command}' exited with {done.returncode}" + (f": {words}" if words else "")
        )
    return done.stdout.decode("utf-8", "surrogateescape")


LOOKUPS: dict[str, Callable[..., list[Any]]] = {"lines": lines, "pipe": pipe}
