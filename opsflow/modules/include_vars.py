"""include_vars: variables from files, read while the run goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as LocalPath
from typing import Any, Literal, Self

from pydantic import model_validator

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.source.loader import load_file
from opsflow.source.values import put_together

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Path, StrList, Text, arg


class IncludeVarsArgs(ModuleArgs):
    file: Path | None = None
    """A file of variables."""
    dir: Path | None = None
    """A directory of such files."""
    name: Text | None = None
    """Put the variables below this name."""
    depth: Int = 0
    """How many levels of directories are read; 0 means all."""
    files_matching: Text | None = None
    """A regular expression for the names of files."""
    ignore_files: StrList = arg([])
    """Names of files that are left out."""
    extensions: StrList = arg(["yaml", "yml", "json"])
    """The endings of names that are read in a directory."""
    ignore_unknown_extensions: Bool = False
    """Pass over files with other endings; if not, they are an error."""
    hash_behaviour: Literal["replace", "merge"] = "replace"
    """What becomes of a mapping that is there: `replace` it or `merge` the two."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.file is None) == (self.dir is None):
            raise ValueError("give either file or dir")
        for pattern in [self.files_matching or "", *self.ignore_files]:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"'{pattern}' is not a regular expression: {error}") from None
        return self


@modules.register("include_vars")
class IncludeVars(Module):
    """Load variables from a file, or from the files of a directory in the order of their names.

    Returns:
        ansible_facts: the variables.
        ansible_included_var_files: the files.

    Examples:
        - name: Load the variables of a system
          include_vars: "{{ ansible_facts.distribution }}.yml"

        - name: Load a directory of variables below one name
          include_vars:
            dir: sites
            name: sites
            extensions: [yml]
    """

    Args = IncludeVarsArgs
    free_form = "file"
    remote = False
    pure = True

    async def run(self, task: TaskContext, args: IncludeVarsArgs) -> Result:
        merge = args.hash_behaviour == "merge"
        facts: dict[Any, Any] = {}
        loaded: list[str] = []
        for path in _files(task, args):
            loaded.append(str(path))
            found = _load(task, path)
            facts = _merged(facts, found) if merge else {**facts, **found}
        if args.name:
            facts = {args.name: facts}
        if merge:
            facts = {key: _with_existing(task, key, value) for key, value in facts.items()}
        origin = Origin(loaded[-1] if loaded else "include_vars", 1, 1)
        facts = {key: put_together(value, origin) for key, value in facts.items()}
        return {"changed": False, "ansible_facts": facts, "ansible_included_var_files": loaded}


def _files(task: TaskContext, args: IncludeVarsArgs) -> Iterator[LocalPath]:
    if args.file is not None:
        yield task.find_file(args.file, "vars")
        return
    top = task.find_file(args.dir or "", "vars")
    if not top.is_dir():
        raise TaskError(f"'{top}' is not a directory", hint="use file for a single file")
    yield from _walk(top, args, 1)


def _walk(folder: LocalPath, args: IncludeVarsArgs, depth: int) -> Iterator[LocalPath]:
    """Yield the files to load: those of a directory, sorted, before those of its directories."""
    entries = sorted(folder.iterdir())
    for path in entries:
        if path.is_file() and _wanted(path, args):
            yield path
    if args.depth == 0 or depth < args.depth:
        for path in entries:
            if path.is_dir():
                yield from _walk(path, args, depth + 1)


def _wanted(path: LocalPath, args: IncludeVarsArgs) -> bool:
    if any(re.search(rf"{pattern}$", path.name) for pattern in args.ignore_files):
        return False
    if args.files_matching and not re.search(args.files_matching, path.name):
        return False
    if path.suffix.lstrip(".") in args.extensions:
        return True
    if args.ignore_unknown_extensions:
        return False
    raise TaskError(
        f"{path} does not have a valid extension: {', '.join(args.extensions)}",
        hint="set ignore_unknown_extensions, or list it in ignore_files",
    )


def _load(task: TaskContext, path: LocalPath) -> Mapping[Any, Any]:
    try:
        data = load_file(path, vault=task.vault)
    except InputError as error:
        problem = error.problems[0]
        raise TaskError(problem.message, hint=problem.hint, origin=problem.origin) from error
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        raise TaskError(f"{path} must hold a mapping of variable names to values")
    return data  # pyright: ignore[reportUnknownVariableType]


def _with_existing(task: TaskContext, key: Any, value: Any) -> Any:
    existing = task.vars.get(key)
    return _merged(existing, value) if isinstance(existing, Mapping) and isinstance(value, Mapping) else value  # pyright: ignore[reportUnknownArgumentType]


def _merged(below: Mapping[Any, Any], above: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return `below` updated by `above`, mappings within them merged likewise."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            value = _merged(result[key], value)  # pyright: ignore[reportUnknownArgumentType]
        result[key] = value
    return result
