"""Types of module options, converting as Ansible's argument spec does.

Source of the rules: `validation` of ansible-core's module_utils, observed by running it: yes/no words are
booleans, numbers may come as text, a list may be one comma-separated text, text may come as a number
or a date.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

_TRUE = {"y", "yes", "on", "1", "true", "t", "1.0"}
_FALSE = {"n", "no", "off", "0", "false", "f", "0.0"}


def to_bool(value: Any) -> bool:
    """Return a YAML 1.1 boolean, from a boolean, 0, 1 or a word. Raises ValueError for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and (word := value.lower().strip()) in _TRUE | _FALSE:
        return word in _TRUE
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    raise ValueError("must be a boolean: yes or no")


def to_int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("must be a whole number")
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError("must be a whole number") from None


def to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError("must be a number") from None


def to_text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float | date):
        return str(value)
    raise ValueError(f"must be text, not {kind(value)}")


_NO_NAMES = {"true", "false", "none", "True", "False", "None", "not"}
"""Words that an expression never takes for a variable."""


def to_identifier(value: Any) -> str:
    name = to_text(value)
    if not name.isidentifier() or not name.isascii() or name in _NO_NAMES:
        raise ValueError("must be a variable's name: letters, digits and underscores, and no digit first")
    return name


def to_items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return list(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, str):
        return [part.strip() for part in value.split(",")] if value else []
    if isinstance(value, int | float):
        return [value]
    raise ValueError(f"must be a list, not {kind(value)}")


def _str_list(value: Any) -> list[str]:
    return [to_text(item) for item in to_items(value)]


def _mode(value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("must be a file mode such as '0644' or 'u=rw,g=r'")
    return value if isinstance(value, int) else str.__str__(value)


def _umask(value: Any) -> str:
    """Refuse a number: 0022 without quotes is 18 to YAML."""
    if not isinstance(value, str) or not value.strip("01234567") == "" or not value:
        raise ValueError("must be an octal number in quotes, such as '0022'")
    return str.__str__(value)


def to_dict(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise ValueError(f"must be a mapping, not {kind(value)}")


def kind(value: object) -> str:
    """Return what a value is, in words."""
    names: dict[type, str] = {bool: "a boolean", str: "text", int: "a number", float: "a number"}
    names |= {dict: "a mapping", list: "a list", type(None): "empty"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), type(value).__name__)


Bool = Annotated[bool, BeforeValidator(to_bool)]
Int = Annotated[int, BeforeValidator(to_int)]
Float = Annotated[float, BeforeValidator(to_float)]
Text = Annotated[str, BeforeValidator(to_text)]
Path = Annotated[str, BeforeValidator(to_text)]
"""A path on the host; `~` and variables are expanded there."""
Mode = Annotated[str | int, BeforeValidator(_mode)]
Umask = Annotated[str, BeforeValidator(_umask)]
List = Annotated[list[Any], BeforeValidator(to_items)]
StrList = Annotated[list[str], BeforeValidator(_str_list)]
Dict = Annotated[dict[str, Any], BeforeValidator(to_dict)]


def arg(default: Any = ..., *aliases: str, name: str | None = None, secret: bool = False) -> Any:
    """Return the field of an option.

    Args:
        default: its value when not given; required without one.
        aliases: other names of the option.
        name: its name in playbooks where Python does not allow it as an attribute (`async`, `validate`).
        secret: the value is never shown (Ansible's `no_log`).
    """
    extra = {"secret": True} if secret else None
    if not aliases and name is None:
        return Field(default, json_schema_extra=extra)  # type: ignore[arg-type]
    choices = AliasChoices(*([name] if name else []), *aliases)
    return Field(default, validation_alias=choices, serialization_alias=name, json_schema_extra=extra)  # type: ignore[arg-type]
