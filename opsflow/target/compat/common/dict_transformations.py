"""Keys of mappings in other spellings, and mappings merged and compared."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import re
from copy import deepcopy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def camel_dict_to_snake_dict(
    camel_dict: dict[str, Any], reversible: bool = False, ignore_list: Any = ()
) -> dict[str, Any]:
    """Return a mapping with keys such as `HTTPEndpoint` written `http_endpoint`.

    Args:
        reversible: write `h_t_t_p_endpoint`, from which the other spelling can be told.
        ignore_list: keys below which nothing is changed.
    """

    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return camel_dict_to_snake_dict(value, reversible, ignore_list)
        if isinstance(value, list):
            return [convert(item) for item in value]
        return value

    return {
        _camel_to_snake(key, reversible): value if key in ignore_list else convert(value)
        for key, value in camel_dict.items()
    }


def snake_dict_to_camel_dict(snake_dict: dict[str, Any], capitalize_first: bool = False) -> dict[str, Any]:
    """Return a mapping with keys such as `http_endpoint` written `httpEndpoint`."""

    def convert(value: Any) -> Any:
        if isinstance(value, dict):
            return {_snake_to_camel(key, capitalize_first): convert(item) for key, item in value.items()}
        if isinstance(value, list):
            return [convert(item) for item in value]
        return value

    return convert(snake_dict)


def _snake_to_camel(snake: str, capitalize_first: bool = False) -> str:
    words = snake.split("_")
    first = words[0].capitalize() if capitalize_first else words[0]
    return first + "".join(word.capitalize() or "_" for word in words[1:])


def _camel_to_snake(name: str, reversible: bool = False) -> str:
    if reversible:
        text = re.sub("[A-Z]", lambda found: "_" + found.group(0).lower(), name)
        return text[1:] if name[:1].isupper() else text
    text = re.sub(r"[A-Z]{3,}s$", lambda found: "_" + found.group(0).lower(), name)  # ARNs: one word
    if text.startswith("_") and not name.startswith("_"):
        text = text[1:]
    text = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", text)
    return re.sub(r"([a-z0-9])([A-Z]+)", r"\1_\2", text).lower()


def dict_merge(a: Any, b: Any) -> Any:
    """Return a mapping with another merged into it, mappings below as well."""
    if not isinstance(b, dict):
        return b
    merged = deepcopy(a)
    for key, value in b.items():
        if key in merged and isinstance(merged[key], dict):
            merged[key] = dict_merge(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged


def recursive_diff(dict1: Any, dict2: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return what only the first and only the second has, None when they are the same.

    Raises TypeError when one is no mapping.
    """
    if not all(isinstance(item, dict) for item in (dict1, dict2)):
        raise TypeError(
            "Unable to diff 'dict1' %s and 'dict2' %s. Both must be a dictionary."
            % (type(dict1), type(dict2))
        )
    left = {key: value for key, value in dict1.items() if key not in dict2}
    right = {key: value for key, value in dict2.items() if key not in dict1}
    for key in set(dict1) & set(dict2):
        one, two = dict1[key], dict2[key]
        if isinstance(one, dict) and isinstance(two, dict):
            below = recursive_diff(one, two)
            if below:
                left[key], right[key] = below
        elif one != two:
            left[key], right[key] = one, two
    return (left, right) if left or right else None
