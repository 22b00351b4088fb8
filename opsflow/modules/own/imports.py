"""What a module in Python needs: the closure of its imports of `ansible.module_utils`.

A project's own files win over ours of the same name. What neither has is an error here, before any host is
touched, unless the import stands in a block such as `try`: then it may fail on the host.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from opsflow.connection.bundle import compat_source
from opsflow.connection.stripped import stripped
from opsflow.core.errors import OpsFlowError

from .places import Places

ROOT = "ansible.module_utils"
_OURS = "opsflow.target"
_DYNAMIC = f"{ROOT}.six"
"""It makes the modules below it itself."""


class Unit(NamedTuple):
    """A source that goes to the host; `label` names it in tracebacks."""

    name: str
    package: bool
    content: bytes
    label: str

    @property
    def digest(self) -> str:
        return digest(self.content)


def digest(content: bytes) -> str:
    """Return the name under which a runner keeps a content."""
    return hashlib.sha256(content).hexdigest()


class _Import(NamedTuple):
    """Names that may be modules, the longest first: one of them must be there, unless it is `optional`."""

    names: tuple[str, ...]
    line: int
    optional: bool


def needed(source: bytes, path: Path, places: Places) -> list[Unit]:
    """Return all that a module may import of `ansible`, packages before what is in them.

    Raises:
        OpsFlowError: something is imported that is neither in the project nor ours, or can't be parsed.
    """
    return sorted(_Closure(places).of(source, path).values(), key=lambda unit: unit.name)


@dataclass(slots=True)
class _Closure:
    places: Places
    found: dict[str, Unit] = field(default_factory=dict[str, Unit])

    def of(self, source: bytes, path: Path) -> dict[str, Unit]:
        self.add_imports(source, str(path), "__main__", False)
        return self.found

    def add_imports(self, source: bytes, label: str, name: str, package: bool) -> None:
        for wanted in _imports(source, label, name, package):
            there = next((candidate for candidate in wanted.names if self.add(candidate)), None)
            missing = wanted.names[-1] if there is None else wanted.names[0]
            if not wanted.optional and (there is None or (there != missing and self.lacks(missing))):
                raise OpsFlowError(
                    f"{label}:{wanted.line}: there is no '{missing}' to import",
                    hint="if it is the project's, put it into module_utils/ beside the playbook",
                )

    def lacks(self, name: str) -> bool:
        """Tell whether a module of ours is without the name that is imported from it."""
        unit = self.found.get(name.rpartition(".")[0])
        if (
            unit is None or not unit.content or unit.label != unit.name
        ):  # a project's may make names as it runs
            return False
        return name.rpartition(".")[2] not in _defined(unit.content, unit.label)

    def add(self, name: str) -> bool:
        """Add a module, the packages around it and what it imports; tell whether there is one."""
        if name in self.found or name in (ROOT, "ansible", _OURS, "opsflow"):
            self.add_packages(name + ".")
            return True
        if name.startswith(_DYNAMIC + "."):
            return self.add(_DYNAMIC)
        unit = self.find(name)
        if unit is None:
            return False
        self.add_packages(name)
        self.found[name] = unit
        self.add_imports(unit.content, unit.label, name, unit.package)
        return True

    def add_packages(self, name: str) -> None:
        """Add the packages around a module; those that are plain directories are empty."""
        parts = name.split(".")[:-1]
        for count in range(1, len(parts) + 1):
            package = ".".join(parts[:count])
            if package not in self.found and not (count > 2 and self.add(package)):
                self.found[package] = Unit(package, True, b"", package)

    def find(self, name: str) -> Unit | None:
        """Return a module of the project, else of ours."""
        if name.startswith(_OURS + "."):
            source = stripped(name.removeprefix(_OURS + "."))
            return Unit(name, False, source.encode(), name) if source is not None else None
        if not name.startswith(ROOT + "."):
            return None
        below = name.removeprefix(ROOT + ".")
        if own := self.find_own(name, below.split(".")):
            return own
        ours = compat_source(below)
        return Unit(name, ours.package, ours.source.encode(), name) if ours else None

    def find_own(self, name: str, parts: list[str]) -> Unit | None:
        for directory in self.places.directories("module_utils"):
            path = directory.joinpath(*parts)
            if (path / "__init__.py").is_file():
                file = path / "__init__.py"
                return Unit(name, True, file.read_bytes(), str(file))
            if (file := path.with_name(f"{path.name}.py")).is_file():
                return Unit(name, False, file.read_bytes(), str(file))
            if path.is_dir() and any(path.rglob("*.py")):
                return Unit(name, True, b"", str(path))
        return None


@cache
def _parse(source: bytes, label: str) -> ast.Module:
    try:
        return ast.parse(source, label)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        raise OpsFlowError(f"{label}:{line}: this is no Python 3: {error.args[0]}") from error


@cache
def _imports(source: bytes, label: str, name: str, package: bool) -> tuple[_Import, ...]:
    """Return the imports of `ansible` and of our own code anywhere in a module, functions included."""
    return tuple(_find_imports(_parse(source, label), name, package))


def _find_imports(tree: ast.Module, name: str, package: bool) -> Iterator[_Import]:
    for node, optional in _walk(tree, False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_ours(alias.name):
                    yield _Import((alias.name,), node.lineno, optional)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, name, package)
            if base is None or not _is_ours(base):
                continue
            for alias in node.names:
                names = (base,) if alias.name == "*" else (f"{base}.{alias.name}", base)
                yield _Import(names if base != ROOT else names[:1], node.lineno, optional)


@cache
def _defined(source: bytes, label: str) -> frozenset[str]:
    return frozenset(_names(_parse(source, label).body))


def _names(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements of a module define."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (
                name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
            )
        elif isinstance(node, ast.Try | ast.If):
            yield from _names(node.body)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in ("ansible", "ansible_collections") or name.startswith(_OURS)


def _base(node: ast.ImportFrom, name: str, package: bool) -> str | None:
    """Return what an import is from; a relative one is read from the place of the module."""
    if not node.level:
        return node.module
    if name == "__main__":
        return None
    parts = name.split(".")
    parts = parts[: len(parts) - node.level + package]
    return ".".join([*parts, *(node.module or "").split(".")]).rstrip(".")


def _walk(node: ast.AST, optional: bool) -> Iterator[tuple[ast.AST, bool]]:
    """Yield all statements, and whether they stand below a `try`, an `if` or the like: these may fail."""
    for part in ("body", "orelse", "handlers", "finalbody", "cases"):
        for child in getattr(node, part, ()):
            if isinstance(child, ast.If) and getattr(child.test, "id", "") == "TYPE_CHECKING":
                continue
            yield child, optional
            yield from _walk(child, True)
