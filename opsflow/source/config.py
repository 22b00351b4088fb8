"""`opsflow.yml`: what holds for every run of a person or a project."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from opsflow.core.errors import InputError, Problem
from opsflow.core.origin import Origin

from . import ansible_cfg
from .loader import load_file
from .validate import validate
from .values import Map
from .vault_secrets import PROMPT, split_vault_id

NAME = "opsflow.yml"
VARIABLE = "OPSFLOW_CONFIG"
VARIABLES = {"OPSFLOW_STATE": "state", "OPSFLOW_HOST_LOCK": "host_lock"}
"""The environment variables that stand for settings."""
HOST_LOCK = "/run/lock/opsflow.lock"

Warn = Callable[[str], None]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_choice(value: Any) -> Any:
    """YAML's yes and no are ssh's as well."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _as_word(value: Any) -> Any:
    """YAML's on and off are words here."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _as_path(value: Any) -> Any:
    """YAML's on and off are a lock's usual place and none."""
    return {True: HOST_LOCK, False: ""}[value] if isinstance(value, bool) else value


LedgerUse = Annotated[Literal["on", "off", "required"], BeforeValidator(_as_word)]
HostLock = Annotated[str, BeforeValidator(_as_path), Field(pattern=r"^(/.+)?$")]
HostKeyChecking = Annotated[Literal["yes", "accept-new", "no"], BeforeValidator(_as_choice)]
BecomeMethod = Literal["sudo", "su", "doas"]
Names = Annotated[list[str], BeforeValidator(_as_list)]


class LintConfig(BaseModel):
    """`lint:`. `skip`: ids of rules that `opsflow lint` leaves out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    skip: Names = Field(default_factory=list[str])


class Config(BaseModel):
    """The options of `opsflow.yml`. The command line and the environment outrank them.

    `inventory`: sources as after -i; `forks`: hosts worked on at once; `timeout`: seconds to wait for a
    connection; `host_key_checking`: yes, accept-new or no; `remote_user`, `private_key_file`: how to log in;
    `become`, `become_method`, `become_user`, `become_ask_pass`: whom to become on the hosts, and whether to
    ask for the password; `roles_path`: directories with roles; `library`, `module_utils`,
    `action_plugins`: directories with modules of one's own, what they import, and what is refused;
    `filter_plugins`, `test_plugins`, `lookup_plugins`: directories with plugins of one's own;
    `vault_password_file`, `vault_ids`: where vault passwords are (see `vault_secrets`); `notifiers`: who is
    told of a run, `routes`: of what (both are validated by readers that want their positions);
    `environment`: that of hosts without `opsflow_environment`, for routes; `notify_wait`: seconds that the
    end of a run waits for notifiers at most; `ssh_common_args`,
    `ssh_extra_args`: options of ssh; `ssh_retries`: how often a connection is tried again; `gathering`,
    `strategy`, `force_handlers`, `any_errors_fatal`, `task_timeout` (seconds): for plays that do not say so
    themselves; `lint`: see `LintConfig`; `ledger`: whether runs are recorded, and stop when they can't be;
    `state`: the URL of the ledger; `ledger_days`: how long the results of runs are kept, 0 for ever;
    `ledger_files`: whether it keeps how small files were before and after;
    `on_busy`, `busy_timeout` (seconds): what happens where another run has a host, and how long it is waited
    for; `lease_time`: seconds after which a run that gives no sign of life loses its hosts; `host_lock`: the
    file that runs lock on hosts, empty for none. Paths are relative to the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    inventory: Names = Field(default_factory=list[str])
    forks: int = Field(default=50, ge=1)
    timeout: float | None = Field(default=None, gt=0)
    host_key_checking: HostKeyChecking | None = None
    remote_user: str | None = None
    private_key_file: str | None = None
    become: bool = False
    become_method: BecomeMethod | None = None
    become_user: str | None = None
    become_ask_pass: bool = False
    library: Names = Field(default_factory=list[str])
    module_utils: Names = Field(default_factory=list[str])
    action_plugins: Names = Field(default_factory=list[str])
    filter_plugins: Names = Field(default_factory=list[str])
    test_plugins: Names = Field(default_factory=list[str])
    lookup_plugins: Names = Field(default_factory=list[str])
    roles_path: Names = Field(default_factory=list[str])
    vault_password_file: str | None = None
    vault_ids: Names = Field(default_factory=list[str])
    task_debugger: bool = False
    notifiers: list[Any] = Field(default_factory=list[Any])
    routes: list[Any] = Field(default_factory=list[Any])
    environment: str | None = None
    notify_wait: float = Field(default=30, ge=0, le=600)
    ssh_common_args: str = ""
    ssh_extra_args: str = ""
    ssh_retries: int = Field(default=0, ge=0)
    gathering: Literal["implicit", "explicit", "smart"] = "implicit"
    strategy: Literal["linear", "free", "host_pinned", "debug"] = "linear"
    force_handlers: bool = False
    any_errors_fatal: bool = False
    task_timeout: int = Field(default=0, ge=0)
    lint: LintConfig = Field(default_factory=LintConfig)
    ledger: LedgerUse = "on"
    state: str | None = None
    ledger_days: int = Field(default=365, ge=0)
    ledger_files: bool = True
    on_busy: Literal["wait", "skip", "fail"] = "wait"
    busy_timeout: float = Field(default=300, ge=0)
    lease_time: float = Field(default=30, ge=1)
    host_lock: HostLock = HOST_LOCK


def play_defaults(config: Config) -> dict[str, Any]:
    """Return the keywords of plays that do not set them, as far as they are not the language's own."""
    found: dict[str, Any] = {"gather_facts": False} if config.gathering == "explicit" else {}
    if config.strategy != "linear":
        found["strategy"] = config.strategy
    if config.task_timeout:
        found["timeout"] = config.task_timeout
    return found | {name: True for name in ("force_handlers", "any_errors_fatal") if getattr(config, name)}


class Layer(NamedTuple):
    """What one place, a file or the environment, says: options by name, and where each is written."""

    place: str
    values: Mapping[str, Any]
    origins: Mapping[str, Origin]


ENVIRONMENT = "environment"
"""The place of options that environment variables give; the file of their origin is the variable."""


def load_config(
    path: str | Path | None = None,
    *,
    warn: Warn,
    note: Warn | None = None,
    environ: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> Config:
    """Return the configuration: all layers over the defaults. Arguments and errors as of `config_layers`."""
    return merged(config_layers(path, warn=warn, note=note, environ=environ, directory=directory))


def merged(layers: Iterable[Layer]) -> Config:
    """Return the defaults with layers on top, the weakest first."""
    return Config().model_copy(
        update={name: value for layer in layers for name, value in layer.values.items()}
    )


def config_layers(
    path: str | Path | None = None,
    *,
    warn: Warn,
    note: Warn | None = None,
    environ: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> list[Layer]:
    """Return what is configured, the weakest first: by `ansible.cfg`, our first file, the environment.

    Args:
        path: the file that a person named (`--config`), which must be there.
        warn: called with a sentence when a file is passed over.
        note: called with a sentence about settings that have no meaning here.
        environ: where OPSFLOW_CONFIG, XDG_CONFIG_HOME, HOME and ANSIBLE_* are looked up.
        directory: where to look first, by default the current directory.

    Raises:
        InputError: the file that was named isn't there, or a file holds something wrong.
    """
    directory = directory or Path.cwd()
    layers: list[Layer] = []
    if file := ansible_cfg.find(directory, environ, warn):
        settings = ansible_cfg.read(file)
        layers.append(_layer(str(file), settings.values, file.parent))
        if note and settings.unused:
            note(f"{file}: without a meaning here: {', '.join(settings.unused)}")
    named = path or environ.get(VARIABLE)
    found = Path(named).expanduser() if named else _search(directory, environ, warn)
    if found is not None:
        layers.append(_layer(str(found), _load(found), found.parent))
    return [*layers, _layer(ENVIRONMENT, _from_environment(environ), directory)]


def _from_environment(environ: Mapping[str, str]) -> Map:
    values = ansible_cfg.from_environment(environ)
    for variable, name in VARIABLES.items():
        if value := environ.get(variable):
            values[name] = value if value != "off" else False
            values.key_origins[name] = Origin(variable, 1, 1)
    return values


def _layer(place: str, written: Any, directory: Path) -> Layer:
    """Return what a place says, its paths below `directory`. Raises InputError for what is wrong in it."""
    given = validate(Config, written, Origin(place, 1, 1))
    rooted = _rooted(given, directory)
    values = {name: getattr(rooted, name) for name in Config.model_fields if name in given.model_fields_set}
    return Layer(place, values, {name: written.origin_of(name) for name in values})


def _search(directory: Path, environ: Mapping[str, str], warn: Warn) -> Path | None:
    here = directory / NAME
    if here.is_file():
        if not any(place.stat().st_mode & stat.S_IWOTH for place in (here, directory)):
            return here
        warn(f"{here} is ignored: anyone may write to it or its directory; name it with --config to use it")
    return next((file for file in _elsewhere(environ) if file.is_file()), None)


def _elsewhere(environ: Mapping[str, str]) -> Iterable[Path]:
    if home := environ.get("XDG_CONFIG_HOME"):
        yield Path(home) / "opsflow" / NAME
    elif home := environ.get("HOME"):
        yield Path(home) / ".config" / "opsflow" / NAME
    yield Path("/etc/opsflow") / NAME


def _load(file: Path) -> Any:
    """Return the file's value; a key given twice is an error here."""
    problems: list[Problem] = []
    value = load_file(file, lambda message, origin: problems.append(Problem(message, origin)))
    if problems:
        raise InputError(problems)
    return value


def _rooted(config: Config, directory: Path) -> Config:
    """Return the configuration with its relative paths joined to the directory of its file."""
    key, password = config.private_key_file, config.vault_password_file
    sources = [_source(directory, source) for source in config.inventory]
    return config.model_copy(
        update={
            "inventory": sources,
            **{name: [_join(directory, path) for path in getattr(config, name)] for name in _DIRECTORIES},
            "private_key_file": _join(directory, key) if key else None,
            "vault_password_file": _join(directory, password) if password else None,
            "vault_ids": [_rooted_id(directory, vault_id) for vault_id in config.vault_ids],
        }
    )


_DIRECTORIES = (
    "roles_path",
    "library",
    "module_utils",
    "action_plugins",
    "filter_plugins",
    "test_plugins",
    "lookup_plugins",
)


def _rooted_id(directory: Path, vault_id: str) -> str:
    """Return `label@source` with a source that is a file joined to the directory."""
    label, source = split_vault_id(vault_id)
    return f"{label}@{source}" if source == PROMPT else f"{label}@{_join(directory, source)}"


def _source(directory: Path, text: str) -> str:
    """Return an inventory source: names with commas as they are, any path joined to the directory."""
    path = _join(directory, text)
    return text if "," in text and not os.path.exists(path) else path


def _join(directory: Path, path: str) -> str:
    return str(directory / Path(path).expanduser())
