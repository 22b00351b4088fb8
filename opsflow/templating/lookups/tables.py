"""Lookups of single values in INI, properties and CSV files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from opsflow.templating.filters.logic import to_bool
from opsflow.templating.kinds import as_list

from .base import LookupContext, integer, read, split_options

if TYPE_CHECKING:
    from configparser import ConfigParser

_INI_OPTIONS = ("type", "file", "section", "re", "default", "encoding", "case_sensitive", "allow_no_value")
_CSV_OPTIONS = ("file", "delimiter", "col", "keycol", "default", "encoding")


def ini(terms: list[Any], context: LookupContext, **options: Any) -> list[Any]:
    """Return values of keys.

    Args:
        terms: keys; options may stand in a term too: "user section=db file=users.ini".
        context: the task.
        options: `file` (ansible.ini), `section` (global), `type` (ini; or properties, which has no sections),
            `default` (""), `re` (the key is a pattern: all that match), `encoding`, `case_sensitive`,
            `allow_no_value` and `interpolation` (true: %(name)s stands for another key).
    """
    interpolation = options.pop("interpolation", True)
    if "allow_none" in options:  # its other name
        options["allow_no_value"] = options.pop("allow_none")
    _refuse_unknown(options, _INI_OPTIONS)
    found: list[Any] = []
    for term in terms:
        key, own = split_options(term, _INI_OPTIONS)
        found += _ini_values(key, context, {**options, **own, "interpolation": interpolation})
    return found


def _ini_values(key: str, context: LookupContext, options: dict[str, Any]) -> list[Any]:
    import configparser

    path = context.find_file(str(options.get("file", "ansible.ini")), "files")
    content = read(path, str(options.get("encoding", "utf-8")))
    kind, section = options.get("type", "ini"), str(options.get("section", "global"))
    if kind not in ("ini", "properties"):
        raise ValueError(f"the type is ini or properties, not '{kind}'")
    if kind == "properties":
        content, section = "[java_properties]\n" + content, "java_properties"
    parser = _parser(options)
    try:
        parser.read_string(content, str(path))
        if not parser.has_section(section):
            raise ValueError(f"{path} has no section '{section}'")
        if to_bool(options.get("re", False)):
            return [value for name, value in parser.items(section) if re.match(key, name)]
        value = parser.get(section, key, fallback=options.get("default", ""))
        return [] if value is None else [value]
    except configparser.Error as error:
        # the lines after the first quote the file, which may hold secrets
        raise ValueError(f"{path}: {str(error).splitlines()[0]}") from error


def _parser(options: dict[str, Any]) -> ConfigParser:
    import configparser

    parser = configparser.ConfigParser(
        allow_no_value=to_bool(options.get("allow_no_value", False)),
        interpolation=configparser.BasicInterpolation() if to_bool(options["interpolation"]) else None,
    )
    if to_bool(options.get("case_sensitive", False)):
        parser.optionxform = str  # type: ignore[assignment,method-assign]
    return parser


def csvfile(terms: list[Any], context: LookupContext, **options: Any) -> list[Any]:
    """Return, of the row that has the term in its key column, another column.

    Args:
        terms: keys; options may stand in a term too: "Li file=elements.csv delimiter=,".
        context: the task.
        options: `file` (ansible.csv), `delimiter` (TAB), `col` (1) and `keycol` (0), counted from 0,
            `default` (nothing: an unknown key yields no value) and `encoding`.
    """
    _refuse_unknown(options, _CSV_OPTIONS)
    if not terms:
        raise ValueError("needs the key of a row")
    found: list[Any] = []
    for term in terms:
        key, own = split_options(term, _CSV_OPTIONS)
        if not key:
            raise ValueError(f"'{term}' names no key of a row")
        found += _csv_values(key, context, {**options, **own})
    return found


def _csv_values(key: str, context: LookupContext, options: dict[str, Any]) -> list[Any]:
    import csv

    path = context.find_file(str(options.get("file", "ansible.csv")), "files")
    delimiter = str(options.get("delimiter", "TAB"))
    delimiter = "\t" if delimiter in ("TAB", "t") else delimiter
    column, key_column = integer("col", options.get("col", 1)), integer("keycol", options.get("keycol", 0))
    lines = read(path, str(options.get("encoding", "utf-8"))).splitlines(keepends=True)
    for row in csv.reader(lines, delimiter=delimiter):
        if len(row) > key_column and row[key_column] == key:
            if column >= len(row):
                raise ValueError(f"{path}: the row of '{key}' has no column {column}, only {len(row)}")
            return [row[column]]
    return as_list(options["default"]) if "default" in options else []


def _refuse_unknown(options: dict[str, Any], known: Sequence[str]) -> None:
    if unknown := set(options) - set(known):
        raise ValueError(f"unknown option '{min(unknown)}'; there are {', '.join(known)}")


LOOKUPS: dict[str, Callable[..., list[Any]]] = {"csvfile": csvfile, "ini": ini}
