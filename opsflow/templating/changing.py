"""Templates that change lists and mappings: `{% set _ = found.append(x) %}`.

They change copies: nothing outside the template sees it, neither this host nor another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment

from .environment import Environment, LazyContext, lasting


class _OwnContext(LazyContext):
    """Gives a template copies of lists and mappings, the same ones each time it asks for a name."""

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        value = own(super().resolve_or_missing(key))
        if isinstance(value, list | dict):
            self.vars[key] = value
        return cast("Any", value)


class ChangingEnvironment(Environment):
    """The environment of templates that change values."""

    context_class: type[Context] = _OwnContext

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return SandboxedEnvironment.is_safe_attribute(self, obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return _of_lazy(obj, super().getattr(obj, attribute))

    def getitem(self, obj: Any, argument: Any) -> Any:
        return _of_lazy(obj, super().getitem(obj, argument))

    def call(self, __context: Context, __obj: Any, *args: Any, **options: Any) -> Any:
        result = super().call(__context, __obj, *args, **options)
        return _of_lazy(getattr(__obj, "__self__", None), lasting(result))


def _of_lazy(obj: Any, value: Any) -> Any:
    """Return a copy of what comes out of a mapping of variables, such as those of another host."""
    return own(value) if isinstance(obj, Mapping) and not isinstance(obj, dict) else value


def own(value: Any) -> Any:
    """Return a deep copy of lists and mappings; all else as it is."""
    if isinstance(value, dict):
        return {key: own(item) for key, item in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [own(item) for item in cast("list[Any]", value)]
    return value


_CHANGES = re.compile(
    r"\.\s*(append|extend|insert|remove|pop|popitem|clear|sort|reverse|update|setdefault|add|discard)\s*\("
)


def changes_values(text: str) -> bool:
    """Tell whether a template calls a method that changes a list, a mapping or a set."""
    return _CHANGES.search(text) is not None
