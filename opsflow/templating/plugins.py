"""Functions that templates may call: `lookup`, `query`, `now`, `undef`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from jinja2 import UndefinedError
from jinja2.runtime import Context

from opsflow.core.errors import TaskError, did_you_mean
from opsflow.source.vault import Vault

from .environment import NO_HINT, Undefined, undefined
from .guard import undefined_inside
from .lookups import LOOKUPS, TAKE_UNDEFINED, WAITING
from .scope import Scope
from .search import find
from .waiting import waits

if TYPE_CHECKING:
    from .render import Renderer


class _LookupContext:
    """What a lookup may use: the files and variables of the task whose template calls it."""

    def __init__(self, renderer: Renderer, variables: Mapping[str, Any]) -> None:
        self.renderer = renderer
        self.variables = variables

    @property
    def search(self) -> list[str]:
        return list(self.variables.get("ansible_search_path", ["."]))

    @property
    def folder(self) -> str:
        return self.variables.folder if isinstance(self.variables, Scope) else "files"

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.renderer.settings

    @property
    def vault(self) -> Vault:
        return self.renderer.vault

    def find_file(self, name: str, kind: str) -> Path:
        if found := find(name, kind, self.search):
            return found
        raise TaskError(f"there is no file '{name}' in {', '.join(self.search)}")

    def render(
        self, text: str, *, file: str, variables: Mapping[str, Any] | None = None, **options: Any
    ) -> Any:
        scope = Scope(self.renderer, [variables or {}, self.variables])
        search = [str(Path(file).parent), *self.search]
        return self.renderer.file(text, file, scope, {"trim_blocks": True, **options}, search)


def run_lookup(
    renderer: Renderer, name: str, terms: list[Any], scope: Mapping[str, Any], options: Mapping[str, Any]
) -> list[Any]:
    """Return what the lookup `name` finds for `terms`. Raises TaskError."""
    short = short_name(name)
    if name in renderer.own.lookups:
        waits()
        return renderer.own.run_lookup(name, terms, _LookupContext(renderer, scope), options)
    if short not in LOOKUPS:
        raise TaskError(f"there is no lookup named '{name}'", hint=did_you_mean(short, renderer.lookups))
    if short in WAITING:
        waits()
    return LOOKUPS[short](terms, _LookupContext(renderer, scope), **options)


def short_name(name: str) -> str:
    """Return a lookup's name without `ansible.builtin.`."""
    return name.removeprefix("ansible.builtin.")


def install_globals(renderer: Renderer) -> None:
    """Give a renderer's environment the functions that templates may call."""

    @jinja2.pass_context
    def query(context: Context, name: str, /, *terms: Any, **options: Any) -> list[Any]:
        options.pop("wantlist", None)
        errors = options.pop("errors", "strict")
        scope: Any = context.parent if not context.vars else context.get_all()
        missing = None if short_name(name) in TAKE_UNDEFINED else undefined_inside(list(terms))
        if missing is not None:
            return missing  # pyright: ignore[reportReturnType]
        try:
            return run_lookup(renderer, name, list(terms), scope, options)
        except UndefinedError as error:
            return undefined(error.message or "undefined")  # pyright: ignore[reportReturnType]
        except TaskError:
            if errors == "strict":
                raise
            return []

    @jinja2.pass_context
    def lookup(context: Context, name: str, /, *terms: Any, **options: Any) -> Any:
        as_list = options.pop("wantlist", False)
        forgiving = options.get("errors", "strict") != "strict"
        found = query(context, name, *terms, **options)
        if as_list or isinstance(found, Undefined):
            return found
        if not found:
            return None if forgiving else found
        if len(found) == 1:
            return found[0]
        return ",".join(found) if all(isinstance(item, str) for item in found) else found

    for environment in (renderer.environment, renderer.changing):
        environment.tolerant = (lookup, query)
        table: dict[str, Any] = environment.globals
        table.update(lookup=lookup, query=query, q=query, now=_now, undef=_undef)


def _undef(hint: str = NO_HINT) -> Any:
    return undefined(hint)


def _now(utc: bool = False, fmt: str | None = None) -> Any:
    moment = datetime.datetime.now(datetime.UTC if utc else None)
    moment = moment.replace(tzinfo=None)
    return moment.strftime(fmt) if fmt else moment
