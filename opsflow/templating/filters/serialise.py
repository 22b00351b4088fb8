"""Filters between values and JSON or YAML."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import yaml
from jinja2 import Undefined

from opsflow.templating.guard import refuse_undefined
from opsflow.templating.kinds import is_iterable, is_mapping, type_name


def to_json(value: Any, **options: Any) -> str:
    """Return JSON. The options are those of Python's json.dumps; Ansible's own two change nothing here."""
    options.pop("preprocess_unsafe", None)
    options.pop("vault_to_text", None)
    return json.dumps(value, default=_to_jsonable, **options)


def to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    """Return JSON over several lines."""
    return to_json(value, **{**options, "indent": indent, "sort_keys": sort_keys, "separators": (",", ": ")})


def _to_jsonable(value: Any) -> object:
    refuse_undefined((value,))
    if isinstance(value, datetime.date):
        return value.isoformat()
    if is_mapping(value):  # lazily rendered ones are no dicts
        return dict(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if is_iterable(value):
        return list(value)
    raise TypeError(f"{type_name(value)} has no form in JSON")


def from_json(value: Any, **options: Any) -> Any:
    """Return the value of a JSON text."""
    try:
        return json.loads(value, **options)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error


def to_yaml(value: Any, default_flow_style: bool | None = None, **options: Any) -> str:
    """Return YAML: the innermost lists and mappings in one line. Options as of PyYAML's dump."""
    options = {"allow_unicode": True, "default_flow_style": default_flow_style, **options}
    dump: Any = yaml.dump
    return dump(value, Dumper=_dumper(), **options)


def to_nice_yaml(value: Any, indent: int = 4, default_flow_style: bool = False, **options: Any) -> str:
    """Return YAML with a line for each item."""
    return to_yaml(value, default_flow_style, indent=indent, **options)


def from_yaml(value: Any) -> Any:
    """Return the value of a YAML document; what is no text is returned as it is."""
    return _documents(str(value), yaml.load) if isinstance(value, str) else value


def from_yaml_all(value: Any) -> Any:
    """Return the values of all documents in a YAML text."""
    if value is None:
        return []
    return _documents(str(value), _load_all) if isinstance(value, str) else value


def _load_all(text: str, loader: Any) -> list[Any]:
    return list(yaml.load_all(text, loader))


def _documents(value: str, load: Callable[[str, Any], Any]) -> Any:
    try:
        return load(value, _loader())
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {' '.join(str(error).split())}") from error


@cache
def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _dumper() -> type[Any]:
    """Return PyYAML's safe dumper, taught that text, lists and mappings of ours are plain ones."""
    base: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

    class Dumper(base):
        pass

    kinds: list[tuple[Any, str]] = [
        (dict, "dict"),
        (Mapping, "dict"),
        (list, "list"),
        (tuple, "list"),
    ]
    for kind, name in kinds:
        Dumper.add_multi_representer(kind, getattr(base, f"represent_{name}"))
    Dumper.add_multi_representer(str, _plain_text)
    Dumper.add_multi_representer(Undefined, _refuse)
    return Dumper


def _plain_text(dumper: Any, value: str) -> Any:
    return dumper.represent_str(str(value))  # the C emitter takes no subclasses


def _refuse(_: object, value: Undefined) -> None:
    refuse_undefined((value,))


FILTERS: dict[str, Callable[..., Any]] = {
    "from_json": from_json,
    "from_yaml": from_yaml,
    "from_yaml_all": from_yaml_all,
    "to_json": to_json,
    "to_nice_json": to_nice_json,
    "to_nice_yaml": to_nice_yaml,
    "to_yaml": to_yaml,
}
