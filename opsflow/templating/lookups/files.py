"""Lookups of files on the control node: their content, a rendered template, which of them exist."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterable, Mapping
from glob import glob
from pathlib import Path
from typing import Any

from opsflow.core.errors import TaskError
from opsflow.templating.environment import Undefined
from opsflow.templating.filters.logic import to_bool
from opsflow.templating.kinds import is_list, is_mapping, text
from opsflow.templating.template_files import SYNTAX, variables_of

from .base import LookupContext, read_secret


def file(terms: list[Any], context: LookupContext, *, lstrip: Any = False, rstrip: Any = True) -> list[Any]:
    """Return the text of files, without white space at the end (`rstrip`) and perhaps the beginning."""
    contents = [read_secret(context.find_file(text(term), "files"), context.vault) for term in terms]
    contents = [content.lstrip() if to_bool(lstrip) else content for content in contents]
    return [content.rstrip() if to_bool(rstrip) else content for content in contents]


def template(
    terms: list[Any],
    context: LookupContext,
    *,
    template_vars: Mapping[str, Any] | None = None,
    convert_data: Any = None,
    jinja2_native: Any = None,
    **options: Any,
) -> list[Any]:
    """Return what templates yield: text, or a value where they are a single expression.

    Args:
        terms: files.
        context: the task.
        template_vars: variables over the host's.
        convert_data, jinja2_native: accepted, and without a meaning since ansible-core 2.19.
        options: those of the module `template` that concern the language, such as `trim_blocks`.
    """
    if unknown := set(options) - set(SYNTAX):
        raise ValueError(f"unknown option '{min(unknown)}'; there are {', '.join(SYNTAX)}")
    return [_template(text(term), context, template_vars or {}, options) for term in terms]


def _template(name: str, context: LookupContext, more: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
    path = context.find_file(name, "templates")
    known = variables_of(path, name, context.variables)
    written = read_secret(path, context.vault)
    return context.render(written, file=str(path), variables={**known, **more}, **options)


def unvault(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the text of files, decrypted where they are encrypted."""
    return [read_secret(context.find_file(text(term), "files"), context.vault) for term in terms]


def fileglob(terms: list[Any], context: LookupContext) -> list[Any]:
    """Return the regular files that patterns match, sorted; a relative one is looked for where files are.

    Each pattern yields the matches of the first directory that has any.
    """
    return [path for term in terms for path in _matches(os.path.expanduser(text(term)), context.search)]


def _matches(pattern: str, search: Iterable[str]) -> list[str]:
    for base in search:
        for place in (os.path.join(base, "files", pattern), os.path.join(base, pattern)):
            if found := sorted(path for path in glob(place) if os.path.isfile(path)):
                return found
        if os.path.isabs(pattern):
            break
    return []


def first_found(
    terms: list[Any], context: LookupContext, *, files: Any = (), paths: Any = (), skip: Any = False
) -> list[Any]:
    """Return the first of several files that exists.

    Args:
        terms: names, lists of names, or mappings {files, paths, skip}.
        context: the task.
        files: names, as a list or separated by commas.
        paths: directories in which to look for them.
        skip: whether finding none is no error but an empty list.
    """
    names = _candidates([*terms, *_names(files)], _names(paths, ",:;"))
    for name in names:
        if found := _existing(name, context):
            return [str(found)]
    if to_bool(skip) or any(is_mapping(term) and to_bool(term.get("skip", False)) for term in terms):
        return []
    raise TaskError(
        f"none of these files exists: {', '.join(names)}",
        hint="skip: true makes an empty list of that",
    )


def _candidates(terms: Iterable[Any], paths: list[str]) -> list[str]:
    names: list[str] = []
    for term in terms:
        if isinstance(term, Undefined):  # a name made of a fact that this host does not have
            continue
        if is_mapping(term):
            own = _names(term.get("paths", ()), ",:;") or paths
            names += _joined(own, _names(term.get("files", ())))
        elif is_list(term):
            names += _candidates(term, paths)
        else:
            names += _joined(paths, _names(term))
    return names


def _joined(paths: list[str], names: list[str]) -> list[str]:
    return [os.path.join(path, name) for path in paths or [""] for name in names]


def _names(value: Any, separators: str = ",;") -> list[str]:
    if isinstance(value, Undefined):
        return []
    if is_list(value):
        return [name for item in value for name in _names(item, separators)]
    return [name for name in re.split(f"[{separators}]", text(value)) if name.strip()]


def _existing(name: str, context: LookupContext) -> Path | None:
    try:
        return context.find_file(name, context.folder)
    except TaskError:
        return None


LOOKUPS: dict[str, Callable[..., list[Any]]] = {
    "file": file,
    "fileglob": fileglob,
    "first_found": first_found,
    "template": template,
    "unvault": unvault,
}
