"""Modules, out of their classes: the docstring says what one does, what it returns, and shows examples.

\"\"\"What it does.

Returns:
    name: what it is; several names with commas between them.

Examples:
    - name: A list of tasks
      ping:
\"\"\"
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from opsflow.core.origin import Origin
from opsflow.modules.base.module import FOREIGN, Module, find_module, is_module, modules

from .classes import written
from .options import Option, options_of

_SECTION = re.compile(r"^(Returns|Examples):\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ModuleDoc:
    """A module's documentation. `examples` is YAML: a list of tasks, written at `place`."""

    name: str
    about: str
    options: list[Option]
    returns: dict[str, str]
    examples: str
    place: Origin
    notes: tuple[str, ...] = ()


def module_names() -> list[str]:
    """Return the names of all modules but those that stand for other systems."""
    is_module("")
    return [name for name in modules.names() if name not in FOREIGN]


def module_doc(name: str) -> ModuleDoc:
    """Return the documentation of a module, by its short or full name. Raises OpsFlowError."""
    module = find_module(name)
    text = inspect.cleandoc(module.__dict__.get("__doc__") or "")
    about, *sections = _SECTION.split(text)
    parts = dict(zip(sections[::2], sections[1::2], strict=True))
    return ModuleDoc(
        name=name.rpartition(".")[2],
        about=about.strip(),
        options=options_of(module.Args),
        returns=_returns(parts.get("Returns", "")),
        examples=inspect.cleandoc("\n" + parts.get("Examples", "")) + "\n",
        place=written(module).place,
        notes=tuple(_notes(module)),
    )


def _returns(text: str) -> dict[str, str]:
    """Return what results hold: `name: text`, where further lines of the text are indented."""
    found: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc("\n" + text).splitlines():
        if line.startswith(" ") and name:
            found[name] += f" {line.strip()}"
        elif ":" in line:
            name, _, about = line.partition(":")
            found[name] = about.strip()
    return found


def _notes(module: type[Module]) -> list[str]:
    found: list[str] = []
    if not module.remote:
        found.append("It runs on the control node: no connection is needed.")
    if not module.check_mode:
        found.append("It is skipped in check mode.")
    if module.can_detach():
        found.append("It can go on without its connection (`async`).")
    if module.free_form:
        found.append("Its text may be written behind its name, without options.")
    return found
