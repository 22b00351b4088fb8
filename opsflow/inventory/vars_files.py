"""The files of `group_vars/` and `host_vars/` directories."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem
from opsflow.core.origin import Origin
from opsflow.source.loader import Warn, load_file
from opsflow.source.values import Map
from opsflow.source.vault import Vault

from .model import merge_vars
from .yaml_format import YAML_SUFFIXES

Layer = tuple[str, Mapping[str, Any]]
"""Variables and the name that tells people where they come from."""


class VarsDirectory:
    """Files of variables by name: `NAME`, `NAME.yml`, `NAME.yaml`, `NAME.json`; each may be a directory.

    Each file is read once, when its name is first asked for. `warn` is told what is suspicious, `vault`
    decrypts.
    """

    def __init__(self, directory: Path, warn: Warn, vault: Vault) -> None:
        self.directory = directory
        self.vault = vault
        self.warn = warn
        self._found: dict[str, list[Layer] | InputError] = {}

    def of(self, name: str) -> list[Layer]:
        """Return a layer for each file of `name`, weakest first.

        Raises InputError with every problem in these files, each time it is called.
        """
        if not self._entries:
            return []
        if name not in self._found:
            self._found[name] = self._read(name)
        found = self._found[name]
        if isinstance(found, InputError):
            raise found
        return found

    @cached_property
    def _entries(self) -> frozenset[str]:
        """The names in the directory: one look at the disk for all hosts."""
        try:
            return frozenset(os.listdir(self.directory))
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()
        except OSError as error:
            raise _unreadable(self.directory, error) from error

    def _read(self, name: str) -> list[Layer] | InputError:
        layers: list[Layer] = []
        problems: list[Problem] = []
        for path in self._files(name):
            try:
                layers.append((str(path), self._load(path)))
            except InputError as error:
                problems.extend(error.problems)
        return InputError(problems) if problems else layers

    def _files(self, name: str) -> list[Path]:
        """Return the files to read for `name`. Of several candidates only the first counts, as in Ansible."""
        candidates = [name + suffix for suffix in ("", *YAML_SUFFIXES) if name + suffix in self._entries]
        if not candidates:
            return []
        path = self.directory / candidates[0]
        for other in candidates[1:]:
            ignored = Origin(str(self.directory / other), 1, 1)
            self.warn(f"not read, because {path} exists and comes first", ignored)
        try:
            return _files_below(path) if path.is_dir() else [path]
        except OSError as error:
            raise _unreadable(path, error) from error

    def _load(self, path: Path) -> Map:
        start = Origin(str(path), 1, 1)
        loaded = load_file(path, self.warn, self.vault)
        if loaded is not None and not isinstance(loaded, Map):
            raise InputError.at(start, "a file of variables must be a mapping of names to values")
        values = Map(start)
        merge_vars(values, loaded or {}, self.warn)
        return values


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError.at(None, f"cannot read {path}: {error.strerror}")


def _files_below(directory: Path) -> list[Path]:
    """Return the variable files in a directory, sorted, and in its directories without a suffix."""
    files: list[Path] = []
    for path in sorted(directory.iterdir()):
        if path.name.startswith(".") or path.name.endswith("~") or path.suffix not in ("", *YAML_SUFFIXES):
            continue
        if path.is_file():
            files.append(path)
        elif path.is_dir() and not path.suffix:
            files += _files_below(path)
    return files
