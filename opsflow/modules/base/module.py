"""The base class of modules, and what a task gives to a module while it runs."""

from __future__ import annotations

import pkgutil
from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, get_args, get_origin

from pydantic import AliasChoices, BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from opsflow.core.drivers import PackageManager, SystemManager
from opsflow.core.registry import Registry
from opsflow.source.vault import Vault

Result = dict[str, Any]


class TaskContext(Protocol):
    """One task on one host: what its module may look at and use."""

    @property
    def host(self) -> str:
        """The inventory name of the host that the task acts on (the delegate, where delegated)."""
        ...

    @property
    def run_id(self) -> str:
        """The run that the task is part of."""
        ...

    @property
    def delegated(self) -> bool:
        """Whether the task has `delegate_to`, be it to its own host."""
        ...

    @property
    def check(self) -> bool:
        """Only tell what would change."""
        ...

    @property
    def diff(self) -> bool:
        """Give `diff` in the result: before and after."""
        ...

    @property
    def verbosity(self) -> int:
        """How much a person wants to see: the number of `-v`."""
        ...

    @property
    def hidden(self) -> bool:
        """Whether the task's `no_log` hides its results."""
        ...

    @property
    def planning(self) -> bool:
        """Whether plans of upgrades are collected: they hold the host's state then."""
        ...

    @property
    def approved(self) -> Mapping[str, Any] | None:
        """All that the task may change on the host, where a person approved a plan; None where nobody did."""
        ...

    @property
    def vault(self) -> Vault:
        """Decrypts files of the control node."""
        ...

    @property
    def vars(self) -> Mapping[str, Any]:
        """The task's variables, rendered when they are read."""
        ...

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        payload: bytes = b"",
        upload: AsyncIterable[bytes] | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
        on_data: Callable[[bytes], None] | None = None,
        keep: Mapping[str, bytes] | None = None,
        lasting: str = "",
        more: bool = False,
    ) -> Result:
        """Call `module.function` of `opsflow.target` on the host as the become user.

        Check mode, diff mode and environment go along; `check` overrides the former. Events `output`
        {stream, line} and `progress` {message, percent} are shown without further ado. `keep` holds contents
        by digest that the function over there asks for: each goes to a runner once. `lasting` names work that
        outlives the connection: see `opsflow.packages.lasting`. `more` says that another call may follow.
        Raises TaskError and Unreachable.
        """
        ...

    def show(self, event: Mapping[str, Any]) -> None:
        """Show an event of a function, output or progress, as the task's."""
        ...

    async def raw(
        self, command: str, *, stdin: bytes = b"", executable: str | None = None
    ) -> tuple[int, str, str]:
        """Run a shell command on the host without Python there; return exit code, output, error text."""
        ...

    async def reconnect(self, timeout: float) -> None:
        """Drop the connection and connect anew, trying for at most `timeout` seconds (else Unreachable)."""
        ...

    def find_file(self, name: str, kind: Literal["files", "templates", "vars", "tasks"]) -> Path:
        """Return a file of the role or playbook, by Ansible's search path. Raises TaskError if absent."""
        ...

    def render(
        self, text: str, *, file: str, variables: Mapping[str, Any] | None = None, **options: Any
    ) -> str:
        """Render a template's text with the task's variables, `variables` over them. Raises TaskError."""
        ...

    def evaluate(self, expression: str) -> Any:
        """Return the value of a Jinja2 expression from a playbook. Raises TaskError."""
        ...

    def progress(self, message: str, percent: float | None = None) -> None:
        """Show how far a long task is."""
        ...

    def one_by_one(self, word: str) -> AbstractAsyncContextManager[str]:
        """Wait until no other host of the run is within the same word; see `engine.limits`."""
        ...

    async def packages(self) -> PackageManager:
        """Return the host's package manager driver."""
        ...

    async def system(self) -> SystemManager:
        """Return the host's system manager driver."""
        ...


class ModuleArgs(BaseModel):
    """Options of a module. Unknown ones are refused; aliases never hide the option's own name."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True, protected_namespaces=())

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        for name, field in cls.model_fields.items():
            clashes = set(option_names(name, field)) & set(cls.model_fields) - {name}
            assert not clashes, f"{cls.__qualname__}.{name} has an alias that is an option: {clashes}"

    @field_validator("*", mode="before")
    @classmethod
    def _word(cls, value: Any, info: ValidationInfo) -> Any:
        """Return YAML's yes and no as the words that they are among the choices of an option."""
        return _words(cls, info.field_name or "").get(value, value) if isinstance(value, bool) else value

    def secrets(self) -> Iterator[str]:
        """Yield the values of options that are never shown, also of those that are options of options."""
        hidden = _secret_options(type(self))
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in hidden and isinstance(value, str):
                yield value
            for part in value if isinstance(value, list) else [value]:  # pyright: ignore[reportUnknownVariableType]
                if isinstance(part, ModuleArgs):
                    yield from part.secrets()

    def sent(self) -> dict[str, Any]:
        """Return the options that were given or have a default other than None, by attribute name."""
        values = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: _plain(value) for name, value in values if value is not None}


def _plain(value: Any) -> Any:
    """Return an option's value for the wire: options of options as mappings."""
    if isinstance(value, ModuleArgs):
        return value.sent()
    return [_plain(item) for item in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]


@cache
def _words(args: type[ModuleArgs], name: str) -> Mapping[bool, str]:
    """Return which of an option's choices mean true and false, where there is one for it."""
    annotation = args.model_fields[name].annotation
    parts = [annotation, *get_args(annotation)]
    choices = [choice for part in parts if get_origin(part) is Literal for choice in get_args(part)]
    found = {
        True: [c for c in choices if c in ("yes", "true")],
        False: [c for c in choices if c in ("no", "false")],
    }
    return {value: words[0] for value, words in found.items() if len(words) == 1}


@cache
def _secret_options(args: type[ModuleArgs]) -> tuple[str, ...]:
    extras = ((name, field.json_schema_extra) for name, field in args.model_fields.items())
    return tuple(name for name, extra in extras if isinstance(extra, dict) and "secret" in extra)


def option_names(name: str, field: FieldInfo) -> list[str]:
    """Return the names by which a playbook may give the option of an attribute, the proper one first."""
    alias = field.validation_alias
    aliases = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []
    proper = field.serialization_alias or name
    return [proper, *(alias for alias in aliases if alias != proper)]


class Module:
    """A module: its options, and what it does on the control node.

    Most modules only name the function over there: `target = "file.run"` is called with the options as
    keyword arguments. The class's docstring is the module's documentation.
    """

    Args: ClassVar[type[ModuleArgs]] = ModuleArgs
    target: ClassVar[str] = ""
    """`module.function` within `opsflow.target`."""
    free_form: ClassVar[str | None] = None
    """The option that takes the text of a task written as `module: text`."""
    remote: ClassVar[bool] = True
    """Whether the task needs a connection to its host."""
    once: ClassVar[bool] = False
    """Whether it is done once for all hosts of a batch, as with `run_once`."""
    backends: ClassVar[tuple[str, ...]] = ()
    """Modules that do its work, whose `module_defaults` count below its own."""
    check_mode: ClassVar[bool] = True
    """Whether the module can tell what it would do; if not, it is skipped in check mode."""

    pure: ClassVar[bool] = False
    """Whether it only reads here what a run that goes on with another one has to read again."""
    repeatable: ClassVar[bool] = True
    """Whether it may be done twice: it looks first whether anything is left to do."""
    sets_facts: ClassVar[bool] = False
    """Whether it may return facts of names that nobody knows before."""
    finds_facts: ClassVar[bool] = False
    """Whether its result holds facts of its host."""
    reckons: ClassVar[bool] = False
    """Whether it only reckons with variables, here."""
    one_call: ClassVar[bool] = False
    """Whether a module with a `run` of its own makes one call, the last one where it says `more`."""
    detachable: ClassVar[bool] = False
    """Whether a module with a `run` of its own does all its work in one call, so that `async` can hold."""

    @classmethod
    def can_detach(cls) -> bool:
        """Tell whether the module can go on without its connection (`async`)."""
        return cls.remote and (cls.detachable or cls.run is Module.run)

    @classmethod
    def makes_one_call(cls) -> bool:
        """Tell whether all that the module does on its host is one call, or where not it says so."""
        return cls.remote and (cls.detachable or cls.one_call or cls.run is Module.run)

    async def run(self, task: TaskContext, args: Any) -> Result:
        """Do it and return the result with Ansible's keys. Raises TaskError and Unreachable.

        Args:
            task: what the task gives: its host, variables, calls.
            args: the module's options, an instance of `Args`.
        """
        return await task.call(self.target, args.sent())


modules: Registry[type[Module]] = Registry("module")

ALIASES = {"systemd_service": "systemd", "gather_facts": "setup"}
"""Other names that a module registers, and the file that does."""

FOREIGN = (
    "apk", "dnf", "dnf5", "dnf_config_manager", "flowadm", "homebrew", "homebrew_cask", "homebrew_tap",
    "layman", "macports", "openbsd_pkg", "opkg", "osx_defaults", "pacman", "pacman_key", "pkg5", "pkgin",
    "pkgng", "pkgutil", "portage", "portinstall", "redhat_subscription", "rhsm_release", "rhsm_repository",
    "rpm_key", "rpm_ostree_pkg", "seboolean", "sefcontext", "selinux", "selinux_permissive", "seport",
    "slackpkg", "svr4pkg", "swdepot", "sysrc", "urpmi", "win_command", "win_copy", "win_feature", "win_file",
    "win_get_url", "win_package", "win_reboot", "win_regedit", "win_service", "win_shell", "win_stat",
    "win_template", "xbps", "yum", "yum_repository", "yum_versionlock", "zypper", "zypper_repository",
)  # fmt: skip
"""Modules for other systems: roles that serve many have them behind conditions on the host's facts."""

COLLECTIONS = (
    "ansible.builtin.", "ansible.legacy.", "ansible.posix.", "ansible.windows.", "community.crypto.",
    "community.docker.", "community.general.", "community.mysql.", "community.postgresql.", "opsflow.",
)  # fmt: skip


def find_module(name: str) -> type[Module]:
    """Return the module of a playbook's name, short or with its collection. Raises OpsFlowError."""
    _discover()
    return modules.get(short_name(name))


def is_module(name: str) -> bool:
    """Tell whether a playbook's name is that of a module."""
    _discover()
    return short_name(name) in modules


def short_name(name: str) -> str:
    """Return a module's name without a collection that we know."""
    for collection in COLLECTIONS:
        if name.startswith(collection):
            return name[len(collection) :]
    return name


@cache
def _discover() -> None:
    """Know every module by its file's name (`assert_` for `assert`), importing none of them yet."""
    import opsflow.modules

    for found in pkgutil.iter_modules(opsflow.modules.__path__):
        if not found.ispkg:
            modules.lazy(f"opsflow.modules.{found.name}", found.name.rstrip("_"))
    for alias, name in ALIASES.items():
        modules.lazy(f"opsflow.modules.{name}", alias)
    modules.lazy("opsflow.modules.base.foreign", *FOREIGN)
