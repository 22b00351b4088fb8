"""Groups of options that several commands share, each a dataclass that a command takes as one argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import TYPE_CHECKING, Any, get_type_hints

from . import options as o
from .vault_options import AskVaultPass, PasswordFiles, VaultIds, read_vault

_SECRET = re.compile(
    r"""((?:^|[\s{,"'])[\w-]*(?:pass|secret|token|key)\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,}]+)""",
    re.IGNORECASE,
)
"""A name and value of which the value is probably a secret."""

if TYPE_CHECKING:
    from opsflow.connection.settings import ConnectionDefaults
    from opsflow.engine.options import RunOptions
    from opsflow.source.config import Config, Layer
    from opsflow.source.vault import Vault


def with_flags(group: type[Any]) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Return a decorator that gives a command the options of a group, which it gets as `flags`."""

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        own = get_type_hints(command, include_extras=True)
        shared = get_type_hints(group, include_extras=True)
        parameters = [
            p.replace(annotation=own[p.name], kind=Parameter.KEYWORD_ONLY)
            for p in signature(command).parameters.values()
            if p.name != "flags"
        ]
        for item in fields(group):
            default = Parameter.empty if item.default is MISSING else item.default
            kind, type_ = Parameter.KEYWORD_ONLY, shared[item.name]
            parameters.append(Parameter(item.name, kind, default=default, annotation=type_))

        @wraps(command)
        def run(**given: Any) -> int:
            flags = group(**{item.name: given.pop(item.name) for item in fields(group)})
            return command(flags=flags, **given)

        run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in parameters}
        return run

    return decorate


@dataclass(frozen=True)
class LedgerFlags:
    """Options of the command line that say which configuration and which ledger count."""

    state: o.State = None
    config: o.ConfigFile = None

    def given(self) -> dict[str, Any]:
        """Return the settings that the command line gives; what is empty counts as not given."""
        return {"state": self.state}

    def detail(self) -> int:
        """Return how much a person wants to be told of the configuration."""
        return 0

    def layers(self) -> list[Layer]:
        """Return what is configured, the weakest first. Raises InputError."""
        from opsflow.core.origin import COMMAND_LINE, Origin
        from opsflow.source.config import Layer

        values = {name: value for name, value in self.given().items() if value}
        origin = Origin(COMMAND_LINE, 1, 1)
        return [
            *o.config_layers(self.config, self.detail()),
            Layer(COMMAND_LINE, values, dict.fromkeys(values, origin)),
        ]

    def settings(self) -> Config:
        """Return the configuration with the command line on top. Raises InputError."""
        from opsflow.source.config import merged

        return merged(self.layers())


@dataclass(frozen=True)
class SettingFlags(LedgerFlags):
    """Options of the command line that stand for settings of the configuration."""

    inventory: o.Inventory = None
    forks: o.Forks = None
    user: o.User = None
    become: o.Become = False
    become_user: o.BecomeUser = None
    become_method: o.BecomeMethod = None
    ask_become_pass: o.AskBecomePass = False
    private_key: o.PrivateKey = None
    timeout: o.Timeout = None
    ssh_common_args: o.CommonArgs = None
    accept_new_host_keys: o.AcceptNew = False
    verbose: o.Verbose = 0

    def detail(self) -> int:
        """Return how much a person wants to be told of the configuration."""
        return self.verbose

    def given(self) -> dict[str, Any]:
        """Return the settings that the command line gives; what is empty counts as not given."""
        return {
            **LedgerFlags.given(self),
            "inventory": self.inventory,
            "forks": self.forks,
            "remote_user": self.user,
            "become": self.become,
            "become_user": self.become_user,
            "become_method": self.become_method,
            "become_ask_pass": self.ask_become_pass,
            "private_key_file": self.private_key,
            "timeout": self.timeout,
            "ssh_common_args": self.ssh_common_args,
            "host_key_checking": "accept-new" if self.accept_new_host_keys else None,
        }


@dataclass(frozen=True)
class RunFlags(SettingFlags):
    """Options of a run, whatever it runs."""

    limit: o.Limit = None
    extra_vars: o.ExtraVars = None
    check: o.Check = False
    diff: o.Diff = False
    connection: o.Connection = None
    ask_pass: o.AskPass = False
    vault_id: VaultIds = None
    vault_password_file: PasswordFiles = None
    ask_vault_pass: AskVaultPass = False
    on_busy: o.OnBusy = None
    output: o.Output = "text"

    def given(self) -> dict[str, Any]:
        """Return the settings that the command line gives; what is empty counts as not given."""
        return {**SettingFlags.given(self), "on_busy": self.on_busy}

    def vault(self, settings: Config) -> Vault:
        """Return the vault of the run. Raises InputError."""
        return read_vault(settings, self.vault_id, self.vault_password_file, self.ask_vault_pass)

    def options(
        self, settings: Config, vault: Vault, defaults: Mapping[str, Any] | None = None, **more: Any
    ) -> RunOptions:
        """Return the options of the run.

        Args:
            settings: what the configuration says.
            vault: decrypts files of extra variables.
            defaults: keywords for plays that do not set them, above those of the configuration.
            more: options that not every command has.
        """
        from opsflow.engine.options import RunOptions
        from opsflow.source.config import play_defaults

        return RunOptions(
            play_defaults={**play_defaults(settings), **(defaults or {})},
            smart_gathering=settings.gathering == "smart",
            forks=settings.forks,
            extra_vars=o.extra_vars(self.extra_vars, vault),
            limit=self.limit,
            check=self.check,
            diff=self.diff,
            verbosity=self.verbose,
            connection=self.connection_defaults(settings),
            record_files=settings.ledger != "off" and settings.ledger_files,
            settings=settings.model_dump(exclude={"notifiers", "lint"}),
            repeated=tuple(self.repeated()),
            **more,
        )

    def repeated(self) -> Iterator[str]:
        """Yield the options that say how hosts are reached and what variables are; secrets are left out."""
        for text in self.extra_vars or ():
            yield from ("-e", text if text.startswith("@") else _SECRET.sub(r"\1…", text))
        given: dict[str, Any] = {
            "--config": self.config,
            "--user": self.user,
            "--become": self.become,
            "--become-user": self.become_user,
            "--become-method": self.become_method,
            "--ask-become-pass": self.ask_become_pass,
            "--ask-pass": self.ask_pass,
            "--private-key": self.private_key,
            "--connection": self.connection,
            "--ssh-common-args": self.ssh_common_args,
            "--ask-vault-pass": self.ask_vault_pass,
            "--vault-id": self.vault_id,
            "--vault-password-file": self.vault_password_file,
        }
        for option, value in given.items():
            if value is True:
                yield option
            for one in value if isinstance(value, list | tuple) else [value] if value else []:  # pyright: ignore[reportUnknownVariableType]
                yield from (option, str(one)) if one is not True else ()  # pyright: ignore[reportUnknownArgumentType]

    def connection_defaults(self, settings: Config) -> ConnectionDefaults:
        """Return what the command line and the configuration say of connections. Passwords are asked for."""
        from opsflow.connection.settings import ConnectionDefaults
        from opsflow.core.secrets import Secret

        password = Secret(o.ask_secret("SSH password: ")) if self.ask_pass else None
        become_password = None
        if settings.become_ask_pass:
            given = o.ask_secret("BECOME password (empty for the SSH password): ")
            become_password = Secret(given) if given else password
        return ConnectionDefaults(
            connection=self.connection or "ssh",
            user=settings.remote_user,
            password=password,
            private_key_file=settings.private_key_file,
            timeout=settings.timeout,
            retries=settings.ssh_retries,
            ssh_common_args=settings.ssh_common_args,
            ssh_extra_args=settings.ssh_extra_args,
            host_key_checking=settings.host_key_checking,
            become=settings.become,
            become_method=settings.become_method,
            become_user=settings.become_user,
            become_password=become_password,
        )
