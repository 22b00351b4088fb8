"""What a value of a type may look like in a file, as JSON Schema. A template may stand for any value."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from .options import Option, OptionType, options_of

Schema = dict[str, Any]

TEMPLATE: Schema = {"$ref": "#/$defs/template"}


def _any_case(word: str) -> str:
    """Return a pattern for a word in capitals, small letters or both: JSON Schema has no flags."""
    return "".join(f"[{letter.upper()}{letter}]" for letter in word)


_WORDS = "|".join(map(_any_case, ("y", "yes", "n", "no", "on", "off", "t", "true", "f", "false")))
_PLAIN: dict[str, Schema] = {
    "bool": {"anyOf": [{"type": "boolean"}, {"enum": [0, 1, "0", "1"]}, {"$ref": "#/$defs/words"}, TEMPLATE]},
    "int": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\s*[-+]?\d+\s*$"}, TEMPLATE]},
    "float": {
        "anyOf": [
            {"type": "number"},
            {"type": "string", "pattern": r"^\s*[-+]?[\d.]+(e[-+]?\d+)?\s*$"},
            TEMPLATE,
        ]
    },
    "text": {"type": ["string", "number", "boolean"]},
    "mode": {"type": ["string", "integer"]},
    "mapping": {"anyOf": [{"type": "object"}, TEMPLATE]},
    "any": {},
}
DEFINITIONS: Schema = {
    "template": {"description": "A Jinja2 template.", "type": "string", "pattern": r"\{[{%#]"},
    "words": {
        "description": "yes or no, in one of the ways of YAML 1.1.",
        "type": "string",
        "pattern": f"^({_WORDS})$",
    },
    **_PLAIN,
}


def value_schema(type_: OptionType) -> Schema:
    """Return the schema of a value of a type."""
    if type_.choices:
        switches = {"yes": True, "true": True, "no": False, "false": False}
        extra = [switches[choice] for choice in type_.choices if choice in switches]
        other = {"type": ["string", "number", "boolean"]} if type_.converted else TEMPLATE
        return {"anyOf": [{"enum": [*type_.choices, *extra]}, other]}
    if type_.kind == "list":
        items = value_schema(type_.items) if type_.items else {}
        return {"anyOf": [{"type": "array", "items": items}, {"type": ["string", "number"]}]}
    if type_.model is not None:
        # What is converted may be a switch, or a list that stands for one of the options.
        other = {"type": ["string", "number", "boolean", "array"]} if type_.converted else TEMPLATE
        return {"anyOf": [object_schema(type_.model), other]}
    return {"$ref": f"#/$defs/{type_.kind}"}


def object_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of a mapping that a model reads, with its options, aliases and defaults."""
    options = options_of(model)
    properties = {name: _described(option) for option in options for name in (option.name, *option.aliases)}
    schema: Schema = {"type": "object", "properties": properties}
    if model.model_config.get("extra") == "forbid":
        schema["additionalProperties"] = False
    required = [_one_of(option) for option in options if option.required]
    return schema | ({"allOf": required} if required else {})


def _one_of(option: Option) -> Schema:
    """Return the schema of a mapping that holds an option, by whichever of its names."""
    return {"anyOf": [{"required": [name]} for name in (option.name, *option.aliases)]}


def _described(option: Option) -> Schema:
    schema: Schema = dict(value_schema(option.type))
    if option.nullable:
        schema = {"anyOf": [dict(schema), {"type": "null"}]}
    if option.about:
        schema["description"] = option.about
    if isinstance(option.default, bool | int | float | str) and option.default != "":
        schema["default"] = option.default
    return schema
