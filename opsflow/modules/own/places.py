"""Where a project has code of its own, and the files that are found there by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

Kind = Literal["library", "module_utils", "action_plugins"]

_NO_MODULES = frozenset(
    (".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".yaml", ".yml", ".ini", ".json")
)


_UNUSED = (
    "become_plugins",
    "cache_plugins",
    "callback_plugins",
    "connection_plugins",
    "inventory_plugins",
    "shell_plugins",
    "strategy_plugins",
    "vars_plugins",
)


class Places:
    """The directories of a project, the strongest first: those of playbooks and roles, then those named.

    Args:
        library: directories with modules that the configuration names.
        module_utils: the same for what modules import.
        action_plugins: the same for action plugins, which are not supported but known about.
    """

    def __init__(
        self,
        library: Sequence[str | Path] = (),
        module_utils: Sequence[str | Path] = (),
        action_plugins: Sequence[str | Path] = (),
    ) -> None:
        self._named: dict[Kind, list[Path]] = {
            "library": _with_children(library),
            "module_utils": [Path(path) for path in module_utils],
            "action_plugins": _with_children(action_plugins),
        }
        self._added: list[Path] = []
        self._files: dict[Kind, dict[str, Path]] = {}

    def named(self) -> Places:
        """Return only the directories that the configuration names."""
        return Places(self._named["library"], self._named["module_utils"], self._named["action_plugins"])

    def add(self, directory: Path) -> list[Path]:
        """Let the code beside a playbook, or in a role, be found from now on, behind what was added before.

        Returns directories with plugins that would change a run and have no meaning here, once.
        """
        directory = directory.resolve()
        if directory in self._added:
            return []
        self._added.append(directory)
        self._files.clear()
        return [path for kind in _UNUSED if any((path := directory / kind).glob("*.py"))]

    def directories(self, kind: Kind) -> list[Path]:
        """Return the directories that there are, the strongest first."""
        own = [directory / kind for directory in self._added]
        return [path for path in [*own, *self._named[kind]] if path.is_dir()]

    def files(self, kind: Kind) -> dict[str, Path]:
        """Return the files by the names under which a task knows them."""
        if kind not in self._files:
            found: dict[str, Path] = {}
            for directory in self.directories(kind):
                for name, path in _files(directory):
                    found.setdefault(name, path)
            self._files[kind] = found
        return self._files[kind]


def _with_children(paths: Iterable[str | Path]) -> list[Path]:
    """Return directories, each followed by those in it: libraries may be sorted into subjects."""
    found: list[Path] = []
    for path in map(Path, paths):
        below = sorted(child for child in path.iterdir() if child.is_dir()) if path.is_dir() else []
        found += [path, *below]
    return found


def _files(directory: Path) -> list[tuple[str, Path]]:
    """Return a directory's modules by name; of several with one name the one in Python comes first."""
    paths = [path for path in directory.iterdir() if path.is_file() and not _is_other(path)]
    paths.sort(key=lambda path: (path.suffix != ".py", path.name))
    return [(path.name.partition(".")[0].removeprefix("_"), path) for path in paths]


def _is_other(path: Path) -> bool:
    name = path.name
    return name.startswith((".", "__init__.")) or name.endswith("~") or path.suffix in _NO_MODULES
