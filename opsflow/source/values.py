"""Values that remember where they were written.

A string from a playbook, inventory or role file is a `Str`; one that holds Jinja2 is a `Template`. All
other strings of a run (facts, command output, file content) are plain `str` and are never rendered: what
may be rendered is decided by type, so nothing that a host says can become code.
"""

from __future__ import annotations

from typing import Any

from opsflow.core.origin import Origin


class Str(str):
    """Text from a source file."""

    __slots__ = ("origin",)
    origin: Origin

    def __new__(cls, text: str, origin: Origin) -> Str:
        self = str.__new__(cls, text)
        self.origin = origin
        return self

    def __reduce__(self) -> tuple[type[Str], tuple[str, Origin]]:
        """Let copies be made."""
        return type(self), (str.__str__(self), self.origin)


class Template(Str):
    """Text from a source file that holds Jinja2."""

    __slots__ = ()


class VaultText(Str):
    """A value encrypted in Ansible's vault format, decrypted only when it is used."""

    __slots__ = ()


class Map(dict[Any, Any]):
    """A mapping from a source file. `templated` tells whether anything inside it must be rendered."""

    __slots__ = ("key_origins", "origin", "templated")
    origin: Origin
    key_origins: dict[Any, Origin]
    templated: bool

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin
        self.key_origins = {}
        self.templated = False

    def origin_of(self, key: Any) -> Origin:
        """Return where `key` was written, or the mapping itself when the key is not from its file."""
        return self.key_origins.get(key, self.origin)

    def origin_of_value(self, key: Any) -> Origin:
        """Return where the value of `key` was written; plain numbers have only their key's place."""
        return getattr(self.get(key), "origin", None) or self.origin_of(key)


class Seq(list[Any]):
    """A sequence from a source file, with the place of each item."""

    __slots__ = ("item_origins", "origin", "templated")
    origin: Origin
    item_origins: list[Origin]
    templated: bool

    def __init__(self, origin: Origin) -> None:
        super().__init__()
        self.origin = origin
        self.item_origins = []
        self.templated = False


_ENCRYPTED = "__ansible_vault"
"""The one key of an encrypted value in JSON."""


def has_template(text: str) -> bool:
    """Tell whether `text` holds a Jinja2 expression, statement or comment."""
    return "{" in text and ("{{" in text or "{%" in text or "{#" in text)


def is_expression(text: str) -> bool:
    """Tell whether `text` is nothing but one `{{ }}`, so that what it yields need not be text."""
    stripped = text.strip()
    return stripped.startswith("{{") and stripped.endswith("}}") and stripped.count("{{") == 1


def as_source(text: str, origin: Origin) -> Str:
    """Return `text` as trusted source text: a Template where it holds Jinja2, else a Str."""
    return Template(text, origin) if has_template(text) else Str(text, origin)


def sourced(value: Any, origin: Origin) -> Any:
    """Return a plain value as source text at `origin`, with all texts and collections in it."""
    if isinstance(value, str):
        return as_source(value, origin)
    if isinstance(value, dict):
        if set(value) == {_ENCRYPTED} and isinstance(value[_ENCRYPTED], str):  # pyright: ignore[reportUnknownArgumentType]
            return VaultText(str(value[_ENCRYPTED]), origin)  # pyright: ignore[reportUnknownArgumentType]
        mapping = Map(origin)
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
            mapping[key] = sourced(item, origin)
        mapping.templated = any(is_templated(item) for item in mapping.values())
        return mapping
    if isinstance(value, list | tuple):
        sequence = Seq(origin)
        sequence.extend(sourced(item, origin) for item in value)  # pyright: ignore[reportUnknownVariableType]
        sequence.item_origins.extend([origin] * len(sequence))
        sequence.templated = any(is_templated(item) for item in sequence)
        return sequence
    return value


def put_together(value: Any, origin: Origin) -> Any:
    """Return plain collections of values as collections at `origin`, so that templates in them are seen.

    Unlike `sourced` it trusts no text: what is plain text stays data.
    """
    if isinstance(value, dict) and not isinstance(value, Map):
        mapping = Map(origin)
        mapping.update({key: put_together(item, origin) for key, item in value.items()})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        mapping.templated = any(map(is_templated, mapping.values()))
        return mapping
    if isinstance(value, list) and not isinstance(value, Seq):
        sequence = Seq(origin)
        sequence += [put_together(item, origin) for item in value]  # pyright: ignore[reportUnknownVariableType]
        sequence.item_origins += [origin] * len(sequence)
        sequence.templated = any(map(is_templated, sequence))
        return sequence
    return value


def is_templated(value: Any) -> bool:
    """Tell whether `value` is, or contains, something that must be rendered before use."""
    if isinstance(value, Template | VaultText):
        return True
    return isinstance(value, Map | Seq) and value.templated


def origin_of(value: Any) -> Origin | None:
    """Return where `value` was written, if it is known."""
    return getattr(value, "origin", None)
