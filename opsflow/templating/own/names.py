"""The part of the package `ansible` that plugins of a project import, under the names that they import.

Written from what public plugins use, as facts: `ansible.errors`, `ansible.plugins.lookup.LookupBase`,
`ansible.utils.display.Display`, and `ansible.module_utils`, which is the one that modules on hosts get.
Where ansible-core itself is loaded in this process already, plugins get that.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

log = logging.getLogger("opsflow.plugins")

_UTILS = "ansible.module_utils"
_OURS = "opsflow.target.compat"


class AnsibleError(Exception):
    """An error of a plugin; `message` is for a person."""

    def __init__(self, message: Any = "", obj: Any = None, *_: Any, orig_exc: Any = None, **__: Any) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.obj = obj
        self.orig_exc = orig_exc


_ERRORS = (
    "AnsibleActionFail",
    "AnsibleFileNotFound",
    "AnsibleFilterError",
    "AnsibleFilterTypeError",
    "AnsibleLookupError",
    "AnsibleOptionsError",
    "AnsibleParserError",
    "AnsiblePluginError",
    "AnsibleRuntimeError",
    "AnsibleTemplateError",
    "AnsibleUndefinedVariable",
)


class Display:
    """What plugins say goes to the debugging log."""

    verbosity = 0

    def _say(self, message: Any = "", *_: Any, **__: Any) -> None:
        log.debug("%s", message)

    display = v = vv = vvv = vvvv = vvvvv = vvvvvv = verbose = debug = _say
    warning = deprecated = error = banner = _say


class LookupBase:
    """The base of lookups: `run(terms, variables, **options)` returns a list."""

    def __init__(self, loader: Any = None, templar: Any = None, **_: Any) -> None:
        self._loader = loader
        self._templar = templar
        self._display = Display()
        self._options: dict[str, Any] = {}
        self._find: Callable[[str, str], Path] | None = None

    def set_options(
        self, task_keys: Any = None, var_options: Any = None, direct: Mapping[str, Any] | None = None
    ) -> None:
        """Take the options of a call over what variables, the environment and the documentation say."""
        self._options = {
            **{
                name: _configured(about or {}, var_options or {})
                for name, about in self._documented().items()
            },
            **(direct or {}),
        }

    def get_option(self, option: str, hostvars: Any = None) -> Any:
        """Return an option. Raises KeyError for one that is not documented."""
        return self._options[option]

    def get_options(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Return all options."""
        return dict(self._options)

    def has_option(self, option: str) -> bool:
        """Tell whether an option is documented or given."""
        return option in self._options

    def find_file_in_search_path(
        self, myvars: Any, subdir: str, needle: str, ignore_missing: bool = False
    ) -> str | None:
        """Return the path of a file that a task would find."""
        try:
            return str(self._find(needle, subdir)) if self._find else None
        except Exception as error:
            if ignore_missing:
                return None
            raise AnsibleError(str(error)) from error

    def get_basedir(self, variables: Mapping[str, Any]) -> str:
        """Return the directory of the role or playbook."""
        return str(variables.get("role_path") or variables.get("playbook_dir") or Path.cwd())

    @staticmethod
    def _flatten(terms: Sequence[Any]) -> list[Any]:
        return [item for term in terms for item in (term if isinstance(term, list | tuple) else [term])]  # pyright: ignore[reportUnknownVariableType]

    def _documented(self) -> dict[str, Any]:
        text = getattr(sys.modules[type(self).__module__], "DOCUMENTATION", "") or ""
        about: Any = yaml.safe_load(text) if isinstance(text, str) else {}
        return (about or {}).get("options") or {} if isinstance(about, dict) else {}  # pyright: ignore[reportUnknownVariableType,reportUnknownMemberType]


def _configured(about: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    for one in about.get("vars") or ():
        if one["name"] in variables:
            return variables[one["name"]]
    for one in about.get("env") or ():
        if one["name"] in os.environ:
            return os.environ[one["name"]]
    return about.get("default")


class _Finder(MetaPathFinder, Loader):
    """Serves `ansible.module_utils.X` as the module that hosts get."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Return how a name below module_utils is loaded."""
        if fullname != _UTILS and not fullname.startswith(f"{_UTILS}."):
            return None
        ours = _OURS + fullname.removeprefix(_UTILS)
        try:
            found = importlib.util.find_spec(ours)
        except ModuleNotFoundError:
            return None
        if found is None:
            return None
        return ModuleSpec(fullname, self, is_package=found.submodule_search_locations is not None)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a module of its own that has all that ours has."""
        ours = importlib.import_module(_OURS + spec.name.removeprefix(_UTILS))
        module = ModuleType(spec.name, ours.__doc__)
        module.__dict__.update({key: value for key, value in vars(ours).items() if key[:2] != "__"})
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to be done: `create_module` copied it."""


def install() -> None:
    """Let plugins import `ansible`, unless it is there already. Doing it again changes nothing."""
    if "ansible" in sys.modules:
        return
    errors: dict[str, Any] = {name: type(name, (AnsibleError,), {}) for name in _ERRORS}
    _module("ansible", {"__version__": "2.19.0"}, package=True)
    _module("ansible.errors", {"AnsibleError": AnsibleError, **errors})
    _module("ansible.plugins", {}, package=True)
    _module("ansible.plugins.lookup", {"LookupBase": LookupBase})
    _module("ansible.utils", {}, package=True)
    _module("ansible.utils.display", {"Display": Display})
    sys.meta_path.insert(0, _Finder())


def _module(name: str, content: Mapping[str, Any], *, package: bool = False) -> None:
    module = ModuleType(name)
    module.__dict__.update(content)
    module.__spec__ = ModuleSpec(name, None, is_package=package)
    if package:
        module.__path__ = []
    sys.modules[name] = module
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
