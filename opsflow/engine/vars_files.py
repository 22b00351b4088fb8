"""A play's `vars_files`."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, TaskError
from opsflow.inventory.vars_files import Layer
from opsflow.playbook.keywords import to_list
from opsflow.playbook.model import Play
from opsflow.source.loader import load_file
from opsflow.source.values import Map, origin_of
from opsflow.templating.render import finalize
from opsflow.templating.scope import Scope
from opsflow.templating.search import find


def load_vars_files(play: Play, scope: Scope, known: dict[Path, Any], *, facts: bool) -> list[Layer]:
    """Return the path and the variables of each file, the weakest first.

    Their names are templates; one that needs facts which are not there yet is left out for now.

    Args:
        play: whose files.
        scope: what their names are rendered with.
        known: the files that were read already, for all hosts of the play.
        facts: whether facts are there: then no name is left out.

    Raises:
        InputError: a file isn't there or is no mapping, or its name can't be rendered although facts are.
    """
    found: list[Layer] = []
    for written in filter(to_list, play.vars_files):  # an empty list of choices is none
        try:
            path, values = _load(written, play, scope, known)
        except TaskError as error:
            if facts:
                origin = origin_of(to_list(written)[0]) or play.origin
                raise InputError.at(origin, f"the name of a file of variables: {error.message}") from error
            continue
        if values:
            found.append((path, values))
    return found


def place_of(play: Play, name: str) -> Path:
    """Return where a file of variables is, or would be: in `vars/` beside the playbook, else beside it."""
    beside = Path(play.origin.file).parent
    return find(name, "vars", [str(beside)]) or beside / name


def _load(
    written: Any, play: Play, scope: Scope, known: dict[Path, Any]
) -> tuple[str, Mapping[str, Any] | None]:
    """Load one file; of a list of names the first that exists."""
    choices = to_list(written)
    tried: list[str] = []
    for choice in choices:
        name = finalize(scope.value(choice))
        path = place_of(play, str(name))
        if os.path.exists(path):
            if path not in known:
                known[path] = load_file(path, vault=scope.renderer.vault)
            value = known[path]
            if value is not None and not isinstance(value, Map):
                raise InputError.at(None, f"{path}: a file of variables is a mapping")
            return str(path), value
        tried.append(str(path))
    origin = origin_of(choices[0]) or play.origin
    raise InputError.at(origin, f"there is no file of variables: {', '.join(tried)}")
