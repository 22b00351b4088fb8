"""Values from files into pydantic models, with each problem told at its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, PlainValidator, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.origin import Origin

from .values import Map, Seq

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

_MANY = 16


def _as_written(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("must be text")


Written = Annotated[str, PlainValidator(_as_written)]
"""Text that stays what it is in its file, a template with its place; pydantic's own `str` makes copies."""


def validate(model: type[Model], value: object, origin: Origin) -> Model:
    """Return `value` as an instance of `model`.

    Args:
        model: what the value must be.
        value: a mapping from a YAML file, None for an empty one.
        origin: the place to name when the value has none of its own.

    Raises:
        InputError: with all problems, each where it was written.
    """
    if value is None:
        value = Map(origin)
    if not isinstance(value, Map):
        raise InputError.at(getattr(value, "origin", None) or origin, "must be a mapping of options")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InputError(model_problems(error, value, model)) from None


def model_problems(
    error: ValidationError,
    value: Map,
    model: type[BaseModel],
    proper: Mapping[str, str] | None = None,
) -> list[Problem]:
    """Return the problems of a failed validation, at the keys that cause them.

    Args:
        error: what pydantic found.
        value: the mapping that was validated.
        model: what it is to be: the nearest of its options is proposed for an unknown one.
        proper: the name to tell for an alias when the option is missing; pydantic names its first alias.
    """
    problems: list[Problem] = []
    wrong: dict[Path, tuple[Origin | None, list[ErrorDetails]]] = {}
    for details in error.errors(include_url=False, include_context=False):
        path, origin = _within(details["loc"], value)
        if details["type"] == "missing":
            problems.append(_missing(path, details["loc"], origin, proper or {}))
        else:
            wrong.setdefault(path, (origin, []))[1].append(details)
    problems += [_problem(path, origin, group, model) for path, (origin, group) in wrong.items()]
    return sorted(problems, key=lambda problem: problem.origin or value.origin)


def _step(value: object, part: str | int) -> tuple[Any, Origin] | None:
    """Return what is at a key or index, and where it was written; None when there is no such thing."""
    if isinstance(value, Map) and part in value:
        return value[part], value.origin_of(part)
    if isinstance(value, Seq) and isinstance(part, int) and part < len(value):
        return value[part], value.item_origins[part]
    return None


def _within(loc: Path, value: object) -> tuple[Path, Origin | None]:
    """Return the parts of pydantic's location that exist in the file.

    It also names members of unions, and what a short form stands for (a list of checks for their mapping).
    """
    path: list[str | int] = []
    origin: Origin | None = getattr(value, "origin", None)
    for part in loc:
        if (step := _step(value, part)) is not None:
            value, origin = step
            path.append(part)
    return tuple(path), origin


def _missing(path: Path, loc: Path, origin: Origin | None, proper: Mapping[str, str]) -> Problem:
    names = [part for part in loc[len(path) :] if isinstance(part, str)]
    name = names[-1] if names else str(loc[-1])
    return Problem(f"'{_name((*path, proper.get(name, name)))}' is required", origin)


def _problem(path: Path, place: Origin | None, group: list[ErrorDetails], model: type[BaseModel]) -> Problem:
    unknown = next((details for details in group if details["type"] == "extra_forbidden"), None)
    if unknown:
        hint = _hint(str(path[-1]), _options_at(model, unknown["loc"][:-1]))
        return Problem(f"unknown option '{_name(path)}'", place, hint)
    message = " or ".join(dict.fromkeys(_sentence(details) for details in group))
    if not path:
        return Problem(message, place)
    return Problem(f"'{_name(path)}'{'' if message.startswith('must ') else ':'} {message}", place)


def _sentence(details: ErrorDetails) -> str:
    message = details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message.replace("Input should ", "must ", 1)


def _options_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the names of the options that a mapping within a model's own may have."""
    models = [model]
    for part in path:
        fields = [found for one in models for found in one.model_fields.items()]
        found = [one for name, field in fields if _option(name, field) == part for one in _models(field)]
        models = found or models  # an index of a list, or the name of a union's member, leads nowhere
    return [_option(name, field) for one in models for name, field in one.model_fields.items()]


def _option(name: str, field: FieldInfo) -> str:
    """Return the name by which a file gives a model's field."""
    return field.serialization_alias or name


def _models(field: FieldInfo) -> list[type[BaseModel]]:
    """Return the models that a field's value, or the items of its list, may be."""
    found: list[type[BaseModel]] = []
    left: list[Any] = [field.annotation]
    while left:
        annotation = left.pop()
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            found.append(annotation)
        left += get_args(annotation)
    return found


def _hint(name: str, known: list[str]) -> str | None:
    if near := did_you_mean(name, known):
        return near
    return f"options: {', '.join(sorted(known))}" if 0 < len(known) <= _MANY else None


def _name(path: Path) -> str:
    """Return a path as it is written: notifiers[0].host."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
