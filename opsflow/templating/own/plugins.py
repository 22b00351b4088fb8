"""Finds and loads a project's own filters, tests and lookups."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from opsflow.core.origin import Origin

KINDS = ("filter_plugins", "test_plugins", "lookup_plugins")
_CLASSES = {"filter_plugins": ("FilterModule", "filters"), "test_plugins": ("TestModule", "tests")}

Warn = Callable[[str, Origin], None]


class LookupContext(Protocol):
    """What a lookup may use."""

    variables: Mapping[str, Any]

    def find_file(self, name: str, kind: str) -> Path: ...


class OwnPlugins:
    """What a project adds to the language of templates; its names win over ours.

    Code of a project runs on the control node with the rights of whoever runs it, as with Ansible.

    Args:
        filters: tables of filters, each of which gets the project's.
        tests: the same for tests.
    """

    def __init__(
        self, filters: Sequence[MutableMapping[str, Any]], tests: Sequence[MutableMapping[str, Any]]
    ) -> None:
        self.filters: dict[str, Any] = {}
        self.tests: dict[str, Any] = {}
        self.lookups: dict[str, Path] = {}
        self.broken: list[str] = []
        self._tables = {"filter_plugins": (self.filters, *filters), "test_plugins": (self.tests, *tests)}
        self._seen: set[Path] = set()

    def know(self, directory: Path, settings: Mapping[str, Any], warn: Warn) -> None:
        """Load the plugins beside a playbook or in a role, and then those of the configuration.

        Those that can't be loaded are told to `warn`.
        """
        for kind in KINDS:
            for path in (directory / kind, *map(Path, settings.get(kind, ()))):
                self.load(kind, path, warn)

    def load(self, kind: str, directory: Path, warn: Warn) -> None:
        """Load the plugins of a kind in a directory, once; what is known already stays."""
        if directory in self._seen or not directory.is_dir():
            return
        self._seen.add(directory)
        for path in sorted(directory.glob("*.py")):
            if path.stem == "__init__":
                continue
            if kind == "lookup_plugins":
                self.lookups.setdefault(path.stem, path)
                continue
            try:
                found = _functions(kind, path)
            except Exception as error:  # any mistake of a plugin: those that need it are refused by its name
                self.broken.append(f"the plugin {path.name} can't be loaded: {type(error).__name__}: {error}")
                warn(self.broken[-1], Origin(str(path), 1, 1))
                continue
            new = {name: function for name, function in found.items() if name not in self._tables[kind][0]}
            for table in self._tables[kind]:
                table.update(new)

    def run_lookup(
        self, name: str, terms: list[Any], context: LookupContext, options: Mapping[str, Any]
    ) -> list[Any]:
        """Return what a lookup of the project finds. Raises whatever it raises."""
        kind = _loaded(self.lookups[name]).LookupModule
        lookup = kind()
        lookup._find = context.find_file
        found: Any = lookup.run(terms, variables=context.variables, **options)
        return list(found) if isinstance(found, list | tuple) else [found]  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]


def _functions(kind: str, path: Path) -> Mapping[str, Any]:
    class_name, method = _CLASSES[kind]
    return getattr(getattr(_loaded(path), class_name)(), method)()


def _loaded(path: Path) -> ModuleType:
    """Return a plugin's module, which is loaded when it is first needed."""
    name = f"opsflow_plugin_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name not in sys.modules:
        from . import names  # most projects have no plugins

        names.install()
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]
