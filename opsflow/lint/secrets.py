"""Passwords that stand in a file for all to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from opsflow.core.errors import Problem
from opsflow.playbook.model import Play, Task
from opsflow.source.values import Map, Str, Template, VaultText

from .model import Finding, Severity, found, rule

PLAIN = rule("plain-secret", Severity.WARNING, "a password or key in plain text")

_NAME = re.compile(r"(^|_)(password|passwd|passphrase|secret|secret_key|api_key|token|access_key)$")
_HARMLESS = {"", "*", "!", "x", "omit", "changeme", "present", "absent", "prompt", "always", "on_create"}


def check_secrets(play: Play, tasks: list[Task]) -> Iterator[Finding]:
    """Yield plain passwords among a play's, its roles' and its tasks' variables and options."""
    layers: list[Mapping[Any, Any]] = [play.vars or {}]
    for task in tasks:
        layers += [task.args, *task.vars]
        for use in task.role.chain if task.role else []:
            layers += [use.role.defaults, use.role.vars, use.vars, use.own_params]
    for layer in {id(layer): layer for layer in layers}.values():
        yield from found(PLAIN, plain_secrets(layer))


def plain_secrets(values: Mapping[Any, Any]) -> Iterator[Problem]:
    """Yield a problem for each value that is a secret by its name and can be read by all."""
    hint = "encrypt it: opsflow vault encrypt_string; or ask for it, or look it up"
    for name, value in values.items():
        if isinstance(value, Map):
            yield from plain_secrets(value)
        elif isinstance(value, Str) and not isinstance(value, Template | VaultText):
            hashed = value.startswith("$") and value.count("$") >= 3
            if _NAME.search(str(name)) and value.strip().lower() not in _HARMLESS and not hashed:
                yield Problem(f"'{name}' is in plain text", value.origin, hint)
