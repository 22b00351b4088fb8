"""A play's `vars_files`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError
from opsflow.inventory.vars_files import Layer
from opsflow.playbook.model import Play
from opsflow.source.loader import load_file
from opsflow.source.values import Map, origin_of
from opsflow.templating.render import finalize

from .state import HostState
from .variables import Variables


def load_vars_files(play: Play, variables: Variables, state: HostState) -> list[Layer]:
    """Return the path and the variables of each file for a host, the weakest first.

    Their names are templates. Raises InputError for one that isn't there or is no mapping.
    """
    found = [_load(written, play, variables, state) for written in play.vars_files]
    return [(path, values) for path, values in found if values]


def _load(
    written: Any, play: Play, variables: Variables, state: HostState
) -> tuple[str, Mapping[str, Any] | None]:
    """Load one file; of a list of names the first that exists."""
    choices: list[Any] = written if isinstance(written, list) else [written]  # pyright: ignore[reportUnknownVariableType]
    tried: list[str] = []
    for choice in choices:
        name = finalize(variables.scope(state).value(choice))
        path = Path(play.origin.file).parent / str(name)
        if path.exists():
            value = load_file(path, vault=variables.renderer.vault)
            if value is not None and not isinstance(value, Map):
                raise InputError.at(None, f"{path}: a file of variables is a mapping")
            return str(path), value
        tried.append(str(path))
    origin = origin_of(choices[0]) or play.origin
    raise InputError.at(origin, f"there is no file of variables: {', '.join(tried)}")
