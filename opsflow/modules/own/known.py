"""The modules that tasks may name: those of the project before our own."""

from __future__ import annotations

from pathlib import Path

from opsflow.core.errors import OpsFlowError
from opsflow.modules.base.module import Module, find_module, is_module, modules

from .places import Places

_LEGACY = "ansible.legacy."
_ON_CONTROL_NODE = frozenset(
    (
        "add_host", "assemble", "assert", "copy", "debug", "fail", "fetch", "group_by", "include_role",
        "include_tasks", "include_vars", "pause", "raw", "reboot", "script", "set_fact", "set_stats",
        "template", "unarchive", "validate_argument_spec", "wait_for_connection",
    )
)  # fmt: skip
"""Modules that Ansible does by action plugins: a file of that name in a library does not replace them."""


class KnownModules:
    """Modules by the names that tasks use. Classes of files are made once."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self._made: dict[Path, type[Module]] = {}

    def __contains__(self, name: str) -> bool:
        return self._own(name) is not None or is_module(name) or self._action_plugin(name) is not None

    def names(self) -> list[str]:
        """Return all names, for suggestions."""
        return sorted({*modules.names(), *self.places.files("library")})

    def find(self, name: str) -> type[Module]:
        """Return the module of a name. Raises OpsFlowError when there is none, or it can't be used."""
        if plugin := self._action_plugin(name):
            raise OpsFlowError(
                f"'{name}' has an action plugin of this project, which is not supported: {plugin}",
                hint="write what it does as tasks, or as a module in library/",
            )
        path = self._own(name)
        if path is None:
            return find_module(name)
        if path not in self._made:
            self._made[path] = self._make(_short(name), path)
        return self._made[path]

    def _make(self, name: str, path: Path) -> type[Module]:
        from .module import module_class  # most runs have no module of their own
        from .program import read_program

        return module_class(read_program(name, path, self.places))

    def _own(self, name: str) -> Path | None:
        short = _short(name)
        if short in _ON_CONTROL_NODE or "." in short:
            return None
        return self.places.files("library").get(short)

    def _action_plugin(self, name: str) -> Path | None:
        return self.places.files("action_plugins").get(_short(name))


def _short(name: str) -> str:
    return name.removeprefix(_LEGACY)
