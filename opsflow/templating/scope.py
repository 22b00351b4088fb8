"""The variables of one task on one host: layers of raw values, rendered when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from opsflow.core.errors import TaskError
from opsflow.source.values import Map, Seq, Template, VaultText, is_templated, origin_of

from .environment import undefined

if TYPE_CHECKING:
    from .render import Renderer

_MISSING: Any = object()


class _Omit:
    """The value of the variable `omit`: an option that has it is as if it were not given."""

    def __repr__(self) -> str:
        return "omit"


OMIT = _Omit()


class Implied(dict[str, Any]):
    """A layer that only templates see: it follows from the settings of a connection and decides none."""


class Scope(Mapping[str, Any]):
    """Layers of variables, the strongest first. Reading a name renders its value in this scope.

    A value that can't be rendered is an undefined value that explains itself: only its use is an error, so
    a broken variable that nobody needs hurts nobody. Rendered values are kept as long as the scope lives,
    which is one task on one host.
    """

    __slots__ = ("_busy", "_memo", "folder", "layers", "renderer")

    def __init__(
        self, renderer: Renderer, layers: Sequence[Mapping[str, Any]], folder: str = "files"
    ) -> None:
        """`folder` is where lookups of the task look for files first: `files`, `templates` or `vars`."""
        self.renderer = renderer
        self.folder = folder
        self.layers = layers
        self._memo: dict[str, Any] = {}
        self._busy: list[str] = []

    def over(self, *layers: Mapping[str, Any]) -> Scope:
        """Return a scope with stronger layers above this one's."""
        return Scope(self.renderer, [*layers, *self.layers], self.folder)

    def decided(self) -> Scope:
        """Return this scope without what is implied."""
        return Scope(self.renderer, [x for x in self.layers if not isinstance(x, Implied)], self.folder)

    def raw(self, name: str) -> Any:
        """Return the value as it was written. Raises KeyError when no layer has it."""
        for layer in self.layers:
            value = layer.get(name, _MISSING)
            if value is not _MISSING:
                return value
        raise KeyError(name)

    def __getitem__(self, name: str) -> Any:
        if name in self._memo:
            return self._memo[name]
        value = self.raw(name)
        if is_templated(value):
            value = self._rendered(name, value)
        self._memo[name] = value
        return value

    def _rendered(self, name: str, value: Any) -> Any:
        if name in self._busy:
            names = self._busy[self._busy.index(name) :]
            cycle = " → ".join([*(f"{one} ({origin_of(self.raw(one))})" for one in names), name])
            return undefined(f"the variable '{name}' refers to itself: {cycle}")
        self._busy.append(name)
        try:
            return self.value(value)
        finally:
            self._busy.pop()

    def value(self, value: Any) -> Any:
        """Return `value` with all templates in it rendered; those that fail become undefined values."""
        if isinstance(value, Template):
            try:
                return self.renderer.render(value, self)
            except TaskError as error:
                return undefined(error.message)
        if isinstance(value, VaultText):
            return self.renderer.decrypt(value)
        if isinstance(value, Map):
            if not value.templated:
                return value
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, Seq):
            return [self.value(item) for item in value] if value.templated else value
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value like `scope[key]`, or `default`: most names that are looked for are not there."""
        if key not in self:
            return default
        return self[key]

    def written(self, names: Set[str]) -> dict[str, Any]:
        """Return the values, as they were written, of those of `names` that a layer has."""
        found: dict[str, Any] = {}
        for layer in reversed(self.layers):
            keys = layer.keys()
            for name in names & keys if len(keys) > len(names) else keys:
                if name in names:
                    found[name] = layer[name]
        return found

    def __contains__(self, name: object) -> bool:
        for layer in self.layers:  # noqa: SIM110  a generator costs three times as much
            if name in layer:
                return True
        return False

    def __iter__(self) -> Iterator[str]:
        seen: set[str] = set()
        for layer in self.layers:
            for name in layer:
                if name not in seen:
                    seen.add(name)
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)
