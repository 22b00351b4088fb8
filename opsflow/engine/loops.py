"""What a task loops over, and the variables of each item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from opsflow.core.errors import TaskError
from opsflow.playbook.keywords import to_bool, to_float, to_list
from opsflow.playbook.model import Loop
from opsflow.source.values import Map
from opsflow.templating.environment import lasting
from opsflow.templating.render import Renderer, finalize
from opsflow.templating.scope import Scope


def items_of(loop: Loop, renderer: Renderer, scope: Scope) -> list[Any]:
    """Return the items of a loop. Raises TaskError when it yields no list."""
    value = scope.value(loop.items)
    if loop.lookup is None or not renderer.takes_undefined(loop.lookup):
        value = finalize(value)
    if loop.lookup is None:
        if not isinstance(value, list):
            raise TaskError(
                f"'loop' needs a list, not {type(value).__name__}",
                hint="use `| dict2items` for a mapping, `| list` for other sequences",
            )
        return to_list(value)
    return lasting(renderer.lookup(loop.lookup, to_list(value), scope))


class LoopControl:
    """`loop_control`, rendered for one host."""

    def __init__(self, control: Map | None, scope: Scope) -> None:
        self.control: Map | dict[str, Any] = control or {}
        self.var = str(scope.value(self.control.get("loop_var", "item")))
        self.index_var = self.control.get("index_var")
        self.pause = to_float(scope.value(self.control.get("pause", 0)))
        self.extended = to_bool(scope.value(self.control.get("extended", False)))
        self.all_items = to_bool(scope.value(self.control.get("extended_allitems", True)))
        self.break_when = to_list(self.control.get("break_when"))

    def label(self, scope: Scope, item: Any) -> str:
        """Return how an item is shown."""
        label = self.control.get("label")
        try:
            return str(item if label is None else finalize(scope.value(label)))
        except TaskError:  # the item was done: its name on the screen is worth no failure
            return str(item)

    def variables(self, items: list[Any]) -> Iterator[Mapping[str, Any]]:
        """Yield each item's variables."""
        for index, item in enumerate(items):
            found: dict[str, Any] = {self.var: item, "ansible_loop_var": self.var}
            if self.index_var:
                found[str(self.index_var)] = index
                found["ansible_index_var"] = str(self.index_var)
            if self.extended:
                found["ansible_loop"] = self._extended(items, index)
            yield found

    def _extended(self, items: list[Any], index: int) -> dict[str, Any]:
        length = len(items)
        found: dict[str, Any] = {
            "index": index + 1,
            "index0": index,
            "first": index == 0,
            "last": index + 1 == length,
            "length": length,
            "revindex": length - index,
            "revindex0": length - index - 1,
        }
        if self.all_items:
            found["allitems"] = items
        if index:
            found["previtem"] = items[index - 1]
        if index + 1 < length:
            found["nextitem"] = items[index + 1]
        return found
