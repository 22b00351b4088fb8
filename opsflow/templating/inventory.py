"""What sources of an inventory may ask of templates: they lie in a room that knows nothing of Jinja2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opsflow.core.origin import Origin
from opsflow.source.values import Str

from .render import Renderer, finalize
from .scope import Scope


class InventoryTemplates:
    """Renders for `constructed` and `generator`. Implements `inventory.draft.Templates`.

    `extra_vars` are those of the command line, for sources that ask for them.
    """

    def __init__(self, renderer: Renderer | None = None, extra_vars: Mapping[str, Any] | None = None) -> None:
        self.renderer = renderer or Renderer()
        self.extra_vars = extra_vars or {}

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        return finalize(self.renderer.evaluate(_trusted(expression), self._scope(variables)))

    def condition(self, condition: Any, variables: Mapping[str, Any]) -> bool:
        written = _trusted(condition) if isinstance(condition, str) else condition
        return self.renderer.condition(written, self._scope(variables))

    def render(self, value: Any, variables: Mapping[str, Any]) -> Any:
        return finalize(self._scope(variables).value(value))

    def _scope(self, variables: Mapping[str, Any]) -> Scope:
        return Scope(self.renderer, [variables])


def _trusted(expression: str) -> Str:
    """Return an expression as source text: it stands in an inventory source, whatever read it from there."""
    return expression if isinstance(expression, Str) else Str(expression, Origin("inventory", 1, 1))
