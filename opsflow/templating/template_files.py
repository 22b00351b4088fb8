"""What only files of templates have: a first line with options, and variables that tell of the file."""

from __future__ import annotations

import ast
import datetime
import os
import pwd
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsflow.core.errors import TaskError

SYNTAX = (
    "block_start_string",
    "block_end_string",
    "variable_start_string",
    "variable_end_string",
    "comment_start_string",
    "comment_end_string",
    "trim_blocks",
    "lstrip_blocks",
    "newline_sequence",
)
"""The options that the template language takes."""

_HEADER = re.compile(r"\A#jinja2:(?P<options>[^\n]*)\n")


def split_header(text: str, name: str) -> tuple[str, dict[str, Any]]:
    """Take off a first line such as `#jinja2: trim_blocks: False`; return the rest and its options.

    Raises TaskError when it holds something else.
    """
    found = _HEADER.match(text)
    if not found:
        return text, {}
    options: dict[str, Any] = {}
    for pair in found["options"].split(","):
        option, _, value = (part.strip() for part in pair.partition(":"))
        if option not in SYNTAX:
            raise TaskError(f"{name}:1: '{option}' is not an option of templates")
        try:
            options[option] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise TaskError(f"{name}:1: '{value}' is not a value for {option}") from None
    return text[found.end() :], options


def variables_of(source: Path, written: str, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables that only templates have.

    Args:
        source: the file.
        written: its name in the playbook.
        scope: the task's variables: one of these may be set there.
    """
    found = source.stat()
    try:
        owner: str | int = pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        owner = found.st_uid
    return {
        "ansible_managed": scope.get("ansible_managed", "Ansible managed"),
        "template_host": os.uname().nodename or socket.gethostname(),
        "template_path": written,
        "template_fullpath": str(source.absolute()),
        "template_mtime": datetime.datetime.fromtimestamp(found.st_mtime),  # local time, as Ansible's
        "template_uid": owner,
        "template_run_date": datetime.datetime.now(),
    }
