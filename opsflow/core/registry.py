"""Named implementations of one kind: modules, notifiers, drivers, connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Generic, TypeVar

from .errors import OpsFlowError, did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Registry(Generic[T]):
    """Implementations of one kind by name, found lazily.

    A name comes from the decorator `register`, from `lazy` (a name and the module that registers it when
    imported), or from an entry point in the group `opsflow.<kind>`. A clash of names is an error.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._found: dict[str, T] = {}
        self._lazy: dict[str, str] = {}
        self._entry_points: dict[str, EntryPoint] | None = None

    def register(self, *names: str) -> Callable[[T], T]:
        """Return a decorator that registers its subject under each of `names`.

        Raises OpsFlowError when another implementation has the name already.
        """

        def decorate(implementation: T) -> T:
            for name in names:
                if self._found.setdefault(name, implementation) is not implementation:
                    raise OpsFlowError(f"two {self.kind}s are named '{name}'")
            return implementation

        return decorate

    def lazy(self, module: str, *names: str) -> None:
        """Say that importing `module` (a dotted path) registers `names`."""
        for name in names:
            if self._lazy.setdefault(name, module) != module:
                raise OpsFlowError(f"two {self.kind}s are named '{name}'")

    def get(self, name: str) -> T:
        """Return the implementation called `name`.

        Raises OpsFlowError with the nearest known name when there is none.
        """
        if name not in self._found:
            self._import(name)
        try:
            return self._found[name]
        except KeyError:
            hint = did_you_mean(name, self.names())
            raise OpsFlowError(f"there is no {self.kind} named '{name}'", hint=hint) from None

    def __contains__(self, name: object) -> bool:
        return name in self._found or name in self._lazy or name in self._external()

    def names(self) -> list[str]:
        """Return all known names, sorted."""
        return sorted({*self._found, *self._lazy, *self._external()})

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def _import(self, name: str) -> None:
        if module := self._lazy.get(name):
            import_module(module)
        elif entry := self._external().get(name):
            self.register(name)(entry.load())

    def _external(self) -> dict[str, EntryPoint]:
        if self._entry_points is None:
            from importlib.metadata import entry_points  # slow, and most runs have no name that is not ours

            points = entry_points(group=f"opsflow.{self.kind}")
            self._entry_points = {point.name: point for point in points}
        return self._entry_points
