"""How to reach a host and how to become another user there, from Ansible's connection variables."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from opsflow.core.errors import InputError, did_you_mean
from opsflow.core.secrets import Secret

from .ssh_args import Option, parse_ssh_args

HostKeyChecking = Literal["yes", "accept-new", "no"]
T = TypeVar("T")

DEFAULT_TIMEOUT = 10.0  # seconds
_NEAR = 0.75  # of 1: 'hots' is as near to 'host' as that

_CONNECTIONS = {"ssh": "ssh", "smart": "ssh", "paramiko": "ssh", "paramiko_ssh": "ssh", "local": "local"}
_METHODS = ("sudo", "su", "doas")

_NAMES = (
    "become become_exe become_flags become_method become_pass become_password become_user connection "
    "doas_exe doas_flags doas_pass doas_user host host_key_checking password port private_key "
    "private_key_file private_key_passphrase python_interpreter ssh_args ssh_common_args ssh_extra_args "
    "ssh_host ssh_host_key_checking ssh_pass ssh_password ssh_port ssh_private_key ssh_private_key_file "
    "ssh_private_key_passphrase ssh_retries ssh_timeout ssh_user su_exe su_flags su_pass su_user "
    "sudo_exe sudo_flags sudo_pass sudo_user timeout user"
)
VARIABLES = frozenset(f"ansible_{name}" for name in _NAMES.split())
"""All variables that say how to reach a host and whom to become there."""

_OTHERS = frozenset({"ansible_scp_extra_args", "ansible_sftp_extra_args"})
"""Names that are near to ours and have a meaning in Ansible that we have no use for."""

_TRUE = {"yes", "true", "on", "1", "y", "t"}
_FALSE = {"no", "false", "off", "0", "n", "f"}


class Become(NamedTuple):
    """Act as another user. `flags` and `exe` replace the method's own."""

    method: str = "sudo"
    user: str = "root"
    password: Secret | None = None
    flags: str | None = None
    exe: str | None = None


class ConnectionSettings(NamedTuple):
    """How one host is reached.

    `ssh_options` are options of ssh_config(5) that outrank the configuration files and are outranked by
    the other fields; None there means that the files decide. `connect_timeout` is in seconds.
    """

    host_name: str
    connection: str = "ssh"
    address: str = ""
    port: int | None = None
    user: str | None = None
    password: Secret | None = None
    private_key_file: str | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None
    python: str | None = None
    ssh_options: tuple[Option, ...] = ()
    host_key_checking: HostKeyChecking | None = None
    connect_timeout: float | None = None
    connect_retries: int = 0


class ConnectionDefaults(NamedTuple):
    """What the command line and the configuration say: weaker than inventory variables and keywords."""

    connection: str = "ssh"
    user: str | None = None
    password: Secret | None = None
    private_key_file: str | None = None
    timeout: float | None = None
    retries: int = 0
    ssh_common_args: str = ""
    ssh_extra_args: str = ""
    host_key_checking: HostKeyChecking | None = None
    become: bool = False
    become_method: str | None = None
    become_user: str | None = None
    become_password: Secret | None = None


def meant(name: str) -> str | None:
    """Return "did you mean 'x'?" for a variable that is a slip of the pen for one of `VARIABLES`."""
    if name in VARIABLES or name in _OTHERS:
        return None
    plain = {known.removeprefix("ansible_"): known for known in VARIABLES}
    close = difflib.get_close_matches(name.removeprefix("ansible_"), plain, n=1, cutoff=_NEAR)
    return f"did you mean '{plain[close[0]]}'?" if close else None


class _Reader:
    """Reads values by name. Of several names the last that is set counts, as in Ansible."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def __call__(self, *names: str, convert: Callable[[Any], T]) -> T | None:
        for name in reversed(names):
            value = self.values.get(name)
            if value is None or value == "":
                continue
            try:
                return convert(value)
            except (TypeError, ValueError) as error:
                detail = "" if convert is _secret else f", not '{value}'"
                raise InputError.at(
                    getattr(value, "origin", None), f"{name} must be {error}{detail}"
                ) from None
        return None


def settings_from(
    host: str,
    variables: Mapping[str, Any],
    defaults: ConnectionDefaults,
    keywords: Mapping[str, Any] | None = None,
) -> ConnectionSettings:
    """Return how to reach a host. Variables outrank keywords, keywords outrank the command line.

    Args:
        host: its name in the inventory.
        variables: its variables, rendered when they are read; only what is needed is read.
        defaults: what the command line and the configuration say.
        keywords: the task's `connection`, `port` and `remote_user`, where they are set.

    Raises:
        InputError: a variable has a value that makes no sense.
    """
    read, keyword = _Reader(variables), _Reader(keywords or {})
    connection = (
        read("ansible_connection", convert=connection_name)
        or keyword("connection", convert=connection_name)
        or connection_name(defaults.connection)
    )
    settings = ConnectionSettings(
        host, connection, python=read("ansible_python_interpreter", convert=_python)
    )
    if connection == "local":
        return settings
    checking = read("ansible_host_key_checking", "ansible_ssh_host_key_checking", convert=_host_key_checking)
    timeout = read("ansible_timeout", "ansible_ssh_timeout", convert=_seconds)
    retries = read("ansible_ssh_retries", convert=_count)
    return settings._replace(
        **_login(host, read, keyword, defaults),
        ssh_options=_ssh_options(read, defaults),
        host_key_checking=checking or defaults.host_key_checking,
        connect_timeout=timeout or defaults.timeout,
        connect_retries=defaults.retries if retries is None else retries,
    )


def _login(host: str, read: _Reader, keyword: _Reader, defaults: ConnectionDefaults) -> dict[str, Any]:
    """Where to connect to, as whom, and with which keys and passwords."""
    user = read("ansible_user", "ansible_ssh_user", convert=str) or keyword("remote_user", convert=str)
    port = read("ansible_port", "ansible_ssh_port", convert=_port) or keyword("port", convert=_port)
    key = read("ansible_private_key_file", "ansible_ssh_private_key_file", convert=_path)
    phrases = "ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase"
    passwords = "ansible_password", "ansible_ssh_pass", "ansible_ssh_password"
    return {
        "address": read("ansible_host", "ansible_ssh_host", convert=str) or host,
        "port": port,
        "user": user or defaults.user,
        "password": read(*passwords, convert=_secret) or defaults.password,
        "private_key_file": key or defaults.private_key_file,
        "private_key": read("ansible_private_key", "ansible_ssh_private_key", convert=_secret),
        "passphrase": read(*phrases, convert=_secret),
    }


def _ssh_options(read: _Reader, defaults: ConnectionDefaults) -> tuple[Option, ...]:
    found = parse_ssh_args(read("ansible_ssh_args", convert=str) or "", "ansible_ssh_args")
    for name, default in (
        ("ansible_ssh_common_args", defaults.ssh_common_args),
        ("ansible_ssh_extra_args", defaults.ssh_extra_args),
    ):
        found += parse_ssh_args(read(name, convert=str) or default, name)
    return found


def become_from(
    variables: Mapping[str, Any],
    keywords: Mapping[str, Any] | None = None,
    defaults: ConnectionDefaults | None = None,
) -> Become | None:
    """Return whom to become for a task, or None to stay who we are.

    Args:
        variables: the host's variables, rendered when they are read.
        keywords: the task's `become`, `become_user`, `become_method`, `become_exe` and `become_flags`,
            where they are set.
        defaults: what the command line says.

    Raises:
        InputError: a variable or keyword has a value that makes no sense.
    """
    defaults = defaults or ConnectionDefaults()
    read, keyword = _Reader(variables), _Reader(keywords or {})
    wanted = read("ansible_become", convert=_boolean)
    if wanted is None:
        wanted = keyword("become", convert=_boolean)
    if not (defaults.become if wanted is None else wanted):
        return None
    method = (
        read("ansible_become_method", convert=become_method_name)
        or keyword("become_method", convert=become_method_name)
        or become_method_name(defaults.become_method or "sudo")
    )

    def option(name: str) -> str | None:
        found = read(f"ansible_become_{name}", f"ansible_{method}_{name}", convert=str)
        return found or keyword(f"become_{name}", convert=str)

    passwords = "ansible_become_password", "ansible_become_pass", f"ansible_{method}_pass"
    return Become(
        method=method,
        user=option("user") or defaults.become_user or "root",
        password=read(*passwords, convert=_secret) or defaults.become_password,
        flags=option("flags"),
        exe=option("exe"),
    )


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("yes or no")
    return word in _TRUE


def _host_key_checking(value: object) -> HostKeyChecking:
    if str(value).strip().lower() == "accept-new":
        return "accept-new"
    try:
        return "yes" if _boolean(value) else "no"
    except ValueError:
        raise ValueError("yes, no or accept-new") from None


def connection_name(value: object) -> str:
    """Return `ssh` or `local` for a connection's name. Raises ValueError, which says what it must be."""
    name = str(value).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
    if name not in _CONNECTIONS:
        raise ValueError(_choices("ssh or local", name, _CONNECTIONS))
    return _CONNECTIONS[name]


def become_method_name(value: object) -> str:
    """Return `sudo`, `su` or `doas` for a method's name. Raises ValueError, which says what it must be."""
    name = str(value).rsplit(".", 1)[-1]
    if name not in _METHODS:
        raise ValueError(_choices("sudo, su or doas", name, _METHODS))
    return name


def _choices(text: str, name: str, known: Any) -> str:
    meant = did_you_mean(name, known)
    return f"{text} ({meant})" if meant else text


def _port(value: Any) -> int:
    text = str(value).strip()
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("a port number")
    return int(text)


def _count(value: Any) -> int:
    text = str(value).strip()
    if not text.isdecimal():
        raise ValueError("a whole number")
    return int(text)


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except ValueError:
        raise ValueError("a number of seconds") from None
    if seconds <= 0:
        raise ValueError("a number of seconds above 0")
    return seconds


def _path(value: Any) -> str:
    return os.path.expanduser(str(value))


def _secret(value: Any) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, dict | list):
        raise TypeError("text")
    return Secret(str(value))


def _python(value: Any) -> str | None:
    """A path or a name; `auto` and its kin mean that `python3` is looked up over there."""
    text = str(value)
    return None if text.startswith("auto") else text
