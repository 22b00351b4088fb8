"""What ssh_config(5) says about a host: the inventory's options first, then the files'."""

from __future__ import annotations

import getpass
import os
import shlex
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from asyncssh import SSHClientConnectionOptions
from asyncssh import config as asyncssh_config
from asyncssh.config import ConfigParseError, SSHClientConfig

from opsflow.core.errors import Unreachable

from .settings import ConnectionSettings
from .ssh_args import CONFIG_FILE


class _Shlex:
    """Stands for the module in asyncssh's reader, which splits each line again for each host."""

    @staticmethod
    def split(line: str) -> list[str]:
        return list(_words(line))


@lru_cache(maxsize=10_000)
def _words(line: str) -> tuple[str, ...]:
    return tuple(shlex.split(line))


asyncssh_config.shlex = _Shlex  # pyright: ignore[reportAttributeAccessIssue, reportPrivateImportUsage]

_USER_KNOWN_HOSTS = ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"]
_GLOBAL_KNOWN_HOSTS = ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]


class HostConfig(SSHClientConfig):
    """asyncssh's reader of configuration files, with one host's own options above the files.

    Of an option that is set more than once the first value counts, as in OpenSSH.
    """

    _handlers: ClassVar[dict[str, Any]] = {  # pyright: ignore[reportIncompatibleVariableOverride]
        **SSHClientConfig._handlers,  # pyright: ignore[reportUnknownMemberType]
        "stricthostkeychecking": ("StrictHostKeyChecking", SSHClientConfig._set_string),
        "connectionattempts": ("ConnectionAttempts", SSHClientConfig._set_int),
    }

    @classmethod
    def of(cls, settings: ConnectionSettings) -> HostConfig:
        """Return the configuration of a host.

        Raises:
            Unreachable: a configuration file or an option has a mistake.
        """
        user: Any = settings.user or ()
        port: Any = settings.port or ()
        last: Any = None
        config = cls(last, False, False, False, getpass.getuser(), user, settings.address, port)
        files = [value for name, value in settings.ssh_options if name == CONFIG_FILE]
        try:
            config._set(settings)
            for path in _files(files):
                config.parse(path)
        except (ConfigParseError, OSError) as error:
            raise Unreachable(
                f"cannot connect to {settings.host_name}: {error}", hint="check the SSH configuration"
            ) from error
        config.loaded = True
        return config

    def _set(self, settings: ConnectionSettings) -> None:
        self._tokens = {"%": "%"}
        self._path = Path(f"the SSH options of {settings.host_name}")
        for name, value in settings.ssh_options:
            if name != CONFIG_FILE:
                option, handler = self._handlers[name.lower()]
                words = [value] if name.lower() in self._no_split else shlex.split(value)
                handler(self, option, words)

    def text(self, option: str) -> str | None:
        """Return the value of an option that holds one text."""
        value = self.get(option)
        return None if value is None else str(value)

    def texts(self, option: str) -> list[str] | None:
        """Return the value of an option that holds several texts, None when it is not set."""
        value: Any = self.get(option)
        return None if value is None else list(value)

    @property
    def host(self) -> str:
        """The name or address to connect to."""
        return self.text("Hostname") or self._orig_host

    @property
    def user(self) -> str:
        return self.text("User") or getpass.getuser()

    @property
    def port(self) -> int:
        return int(self.text("Port") or 22)

    @property
    def key_name(self) -> str:
        """The name under which the host's key is known."""
        return self.text("HostKeyAlias") or self.host

    @property
    def known_hosts_files(self) -> list[Path]:
        """The files of host keys, the user's first; /dev/null is no file of keys."""
        user, everyone = self.texts("UserKnownHostsFile"), self.texts("GlobalKnownHostsFile")
        names = (_USER_KNOWN_HOSTS if user is None else user) + (
            _GLOBAL_KNOWN_HOSTS if everyone is None else everyone
        )
        return [Path(name).expanduser() for name in names]


class ConfigOnly(SSHClientConnectionOptions):
    """Options that hold a configuration and nothing else: asyncssh builds a host's options upon them."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.kwargs = {}


def _files(given: list[str]) -> list[Path]:
    if given:
        return [Path(os.devnull if given[0].lower() == "none" else given[0]).expanduser()]
    usual = [Path("~/.ssh/config").expanduser(), Path("/etc/ssh/ssh_config")]
    # Reading expands tokens such as %h, also in options that are not from a file.
    return [path for path in usual if os.access(path, os.R_OK)] or [Path(os.devnull)]
