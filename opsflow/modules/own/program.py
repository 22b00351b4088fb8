"""What a file in a library is: how it takes its arguments, who reads it, what goes to the host with it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from opsflow.connection.stripped import read
from opsflow.core.errors import OpsFlowError

from .imports import ROOT, Unit, digest, needed
from .places import Places

Style = Literal["python", "json", "words", "embedded"]

_COMMON = re.compile(rb"^#\s*<<INCLUDE_ANSIBLE_MODULE_COMMON>>.*$", re.MULTILINE)
_PYTHON = re.compile(
    rb"^\s*(?:from\s+ansible\.module_utils[\s.]|import\s+ansible\.module_utils\.|from\s+ansible_collections\.)",
    re.MULTILINE,
)
_WINDOWS = re.compile(
    rb"<<INCLUDE_ANSIBLE_MODULE_WINDOWS>>|^#\s*powershell|#Requires -Module|#AnsibleRequires", re.MULTILINE
)
_EMBEDDED = b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"


@dataclass(frozen=True, slots=True)
class Program:
    """A module's file.

    Args:
        name: by which tasks know it.
        path: where it is.
        style: how it takes its arguments: see `target.own_module`.
        interpreter: the words of its first line; the first is `python` for the host's own.
        content: the file, as it is sent.
        units: what it may import, if it is in Python.
        loader: what starts it, if it is in Python.
    """

    name: str
    path: Path
    style: Style
    interpreter: tuple[str, ...]
    content: bytes
    units: tuple[Unit, ...] = ()
    loader: bytes = b""
    kept: Mapping[str, bytes] = field(default_factory=dict[str, bytes])

    def sent(self) -> dict[str, object]:
        """Return the arguments of `own_module.run` that are the same for every task."""
        return {
            "name": self.name,
            "style": self.style,
            "code": digest(self.content),
            "label": str(self.path),
            "units": [[unit.name, unit.package, unit.digest, unit.label] for unit in self.units],
            "loader": digest(self.loader),
        }


def read_program(name: str, path: Path, places: Places) -> Program:
    """Return what a file is. Raises OpsFlowError when it can't be read, or can't run on our hosts."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OpsFlowError(f"cannot read the module '{path}': {error.strerror}") from error
    if _WINDOWS.search(content) or path.suffix == ".ps1":
        raise OpsFlowError(f"the module '{name}' ({path}) is for Windows, which is not supported")
    if _is_binary(content):
        return _program(name, path, "json", (), content)
    content = _COMMON.sub(f"from {ROOT}.basic import *".encode(), content)
    if _PYTHON.search(content):
        units = tuple(needed(content, path, places))
        return _program(name, path, "python", (), content, units)
    style: Style = "embedded" if _EMBEDDED in content else "json" if b"WANT_JSON" in content else "words"
    return _program(name, path, style, _interpreter(name, path, content), content)


def _program(
    name: str,
    path: Path,
    style: Style,
    interpreter: tuple[str, ...],
    content: bytes,
    units: tuple[Unit, ...] = (),
) -> Program:
    loader = read("own_child").text.encode() if style == "python" else b""
    kept = {digest(content): content, digest(loader): loader} | {unit.digest: unit.content for unit in units}
    return Program(name, path, style, interpreter, content, units, loader, kept)


def _is_binary(content: bytes) -> bool:
    return b"\0" in content[:1024]


def _interpreter(name: str, path: Path, content: bytes) -> tuple[str, ...]:
    """Return the words of a first line `#!…`; any Python means the host's."""
    line = content.partition(b"\n")[0]
    try:
        words = shlex.split(line[2:].decode()) if line.startswith(b"#!") else []
    except ValueError:
        words = []
    if not words:
        raise OpsFlowError(
            f"the module '{name}' ({path}) does not say what reads it",
            hint="its first line must be one such as `#!/bin/sh`",
        )
    if PurePosixPath(words[0]).name == "env" and len(words) > 1:
        words = [word for word in words[1:] if word != "-S"]
    if re.fullmatch(r"python[\d.]*", PurePosixPath(words[0]).name):
        words[0] = "python"
    return tuple(words)
