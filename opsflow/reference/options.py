"""The options of a model, as they are written in a file: names, types, defaults, choices."""

from __future__ import annotations

import types
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from opsflow.modules.base.module import option_names

from .classes import written

Kind = Literal["bool", "int", "float", "text", "mode", "list", "mapping", "any"]

_KINDS: dict[Any, Kind] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    dict: "mapping",
    list: "list",
}


@dataclass(frozen=True, slots=True)
class OptionType:
    """What a value must be. `choices` are all that are allowed, if any; `items` is the type of a list's.

    `converted` choices may be written in other ways as well, which a function of the module understands.
    """

    kind: Kind
    choices: tuple[Any, ...] = ()
    items: OptionType | None = None
    model: type[BaseModel] | None = None
    converted: bool = False

    def __str__(self) -> str:
        if self.kind == "list" and self.items and self.items.kind != "any":
            return f"list of {self.items}"
        return self.kind


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `default` is None where there is none; `nullable` ones may be written without a value."""

    name: str
    type: OptionType
    about: str = ""
    aliases: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    secret: bool = False
    nullable: bool = False


def options_of(model: type[BaseModel]) -> list[Option]:
    """Return the options of a model in the order in which it declares them."""
    about = _comments(model)
    return [_option(name, found, about.get(name, "")) for name, found in model.model_fields.items()]


def _option(name: str, found: FieldInfo, about: str) -> Option:
    proper, *aliases = option_names(name, found)
    extra = found.json_schema_extra
    type_ = option_type(found.annotation)
    return Option(
        name=proper,
        type=replace(type_, converted=type_.converted or bool(found.metadata)),
        about=about,
        aliases=tuple(aliases),
        required=found.is_required(),
        default=None if found.is_required() else found.get_default(call_default_factory=True),
        secret=isinstance(extra, dict) and "secret" in extra,
        nullable=type(None) in get_args(found.annotation) or found.annotation is Any,
    )


def option_type(annotation: Any) -> OptionType:
    """Return the type that an annotation means, whatever None it also allows."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return replace(option_type(get_args(annotation)[0]), converted=True)
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        if set(parts) == {str, int}:
            return OptionType("mode")
        return option_type(parts[0]) if len(parts) == 1 else OptionType("any")
    if origin is Literal:
        return OptionType("text", get_args(annotation))
    if origin is list:
        return OptionType("list", items=option_type(get_args(annotation)[0]))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return OptionType("mapping", model=annotation)
    return OptionType(_KINDS.get(origin or annotation, "any"))


def _comments(model: type[BaseModel]) -> dict[str, str]:
    """Return the texts that stand behind the attributes of a model and of those it is made of."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= written(base).comments
    return found
