"""`ansible.cfg` and `ANSIBLE_*`: the settings in them that have a meaning here, by our own names."""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin

from .loader import read_text
from .values import Map

NAME = "ansible.cfg"
VARIABLE = "ANSIBLE_CONFIG"

_TRUE = {"1", "on", "true", "y", "yes", "t"}
_FALSE = {"0", "off", "false", "n", "no", "f"}
_SECTION = re.compile(r"\[([^\]]+)\]")
_KEY = re.compile(r"([^\s=:#;\[][^=:]*?)\s*[=:]")


def _text(text: str) -> str:
    return text


def _path(text: str) -> str:
    return os.path.expandvars(text)


def _paths(separator: str) -> Callable[[str], list[str]]:
    return lambda text: [_path(item.strip()) for item in text.split(separator) if item.strip()]


def _strategy(text: str) -> str:
    return text.removeprefix("ansible.builtin.")


def _checking(text: str) -> str:
    return "yes" if text.lower() in _TRUE else "no" if text.lower() in _FALSE else text


_SETTINGS: dict[tuple[str, str], tuple[str, Callable[[str], Any]]] = {
    ("defaults", "inventory"): ("inventory", _paths(",")),
    ("defaults", "roles_path"): ("roles_path", _paths(":")),
    ("defaults", "library"): ("library", _paths(":")),
    ("defaults", "module_utils"): ("module_utils", _paths(":")),
    ("defaults", "action_plugins"): ("action_plugins", _paths(":")),
    ("defaults", "filter_plugins"): ("filter_plugins", _paths(":")),
    ("defaults", "test_plugins"): ("test_plugins", _paths(":")),
    ("defaults", "lookup_plugins"): ("lookup_plugins", _paths(":")),
    ("defaults", "forks"): ("forks", _text),
    ("defaults", "gathering"): ("gathering", _text),
    ("defaults", "strategy"): ("strategy", _strategy),
    ("defaults", "force_handlers"): ("force_handlers", _text),
    ("defaults", "any_errors_fatal"): ("any_errors_fatal", _text),
    ("defaults", "task_timeout"): ("task_timeout", _text),
    ("defaults", "enable_task_debugger"): ("task_debugger", _text),
    ("defaults", "timeout"): ("timeout", _text),
    ("defaults", "remote_user"): ("remote_user", _text),
    ("defaults", "private_key_file"): ("private_key_file", _path),
    ("defaults", "vault_password_file"): ("vault_password_file", _path),
    ("defaults", "vault_identity_list"): ("vault_ids", _paths(",")),
    ("defaults", "host_key_checking"): ("host_key_checking", _checking),
    ("ssh_connection", "host_key_checking"): ("host_key_checking", _checking),
    ("ssh_connection", "ssh_common_args"): ("ssh_common_args", _text),
    ("ssh_connection", "ssh_extra_args"): ("ssh_extra_args", _text),
    ("ssh_connection", "retries"): ("ssh_retries", _text),
    ("privilege_escalation", "become"): ("become", _text),
    ("privilege_escalation", "become_method"): ("become_method", _text),
    ("privilege_escalation", "become_user"): ("become_user", _text),
    ("privilege_escalation", "become_ask_pass"): ("become_ask_pass", _text),
}
_ENVIRONMENT: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ANSIBLE_INVENTORY": ("inventory", _text),
    "OPSFLOW_INVENTORY": ("inventory", _text),
    "ANSIBLE_FORKS": ("forks", _text),
    "ANSIBLE_TIMEOUT": ("timeout", _text),
    "ANSIBLE_SSH_TIMEOUT": ("timeout", _text),
    "ANSIBLE_REMOTE_USER": ("remote_user", _text),
    "ANSIBLE_PRIVATE_KEY_FILE": ("private_key_file", _path),
    "ANSIBLE_HOST_KEY_CHECKING": ("host_key_checking", _checking),
    "ANSIBLE_SSH_HOST_KEY_CHECKING": ("host_key_checking", _checking),
    "ANSIBLE_SSH_COMMON_ARGS": ("ssh_common_args", _text),
    "ANSIBLE_SSH_EXTRA_ARGS": ("ssh_extra_args", _text),
    "ANSIBLE_SSH_RETRIES": ("ssh_retries", _text),
    "ANSIBLE_ROLES_PATH": ("roles_path", _paths(":")),
    "ANSIBLE_LIBRARY": ("library", _paths(":")),
    "ANSIBLE_MODULE_UTILS": ("module_utils", _paths(":")),
    "ANSIBLE_ACTION_PLUGINS": ("action_plugins", _paths(":")),
    "ANSIBLE_FILTER_PLUGINS": ("filter_plugins", _paths(":")),
    "ANSIBLE_TEST_PLUGINS": ("test_plugins", _paths(":")),
    "ANSIBLE_LOOKUP_PLUGINS": ("lookup_plugins", _paths(":")),
    "ANSIBLE_GATHERING": ("gathering", _text),
    "ANSIBLE_STRATEGY": ("strategy", _strategy),
    "ANSIBLE_FORCE_HANDLERS": ("force_handlers", _text),
    "ANSIBLE_ANY_ERRORS_FATAL": ("any_errors_fatal", _text),
    "ANSIBLE_TASK_TIMEOUT": ("task_timeout", _text),
    "ANSIBLE_ENABLE_TASK_DEBUGGER": ("task_debugger", _text),
    "ANSIBLE_BECOME": ("become", _text),
    "ANSIBLE_BECOME_METHOD": ("become_method", _text),
    "ANSIBLE_BECOME_USER": ("become_user", _text),
    "ANSIBLE_BECOME_ASK_PASS": ("become_ask_pass", _text),
    "ANSIBLE_VAULT_PASSWORD_FILE": ("vault_password_file", _path),
    "OPSFLOW_VAULT_PASSWORD_FILE": ("vault_password_file", _path),
    "ANSIBLE_VAULT_IDENTITY_LIST": ("vault_ids", _paths(",")),
}
"""Of several variables for the same, the last that is set counts."""


class AnsibleSettings(NamedTuple):
    """What a file says: `values` by the names of our own configuration, and `unused` settings by theirs."""

    values: Map
    unused: list[str]


def find(directory: Path, environ: Mapping[str, str], warn: Callable[[str], None]) -> Path | None:
    """Return the first `ansible.cfg` that there is, in Ansible's order; only that one counts.

    Args:
        directory: the current one. A file there is passed over where anyone may write.
        environ: where ANSIBLE_CONFIG and HOME are looked up.
        warn: called with a sentence when a file is passed over.
    """
    if named := environ.get(VARIABLE):
        path = Path(named).expanduser()
        path = path / NAME if path.is_dir() else path
        if path.is_file():
            return path
    here = directory / NAME
    if here.is_file():
        if not directory.stat().st_mode & stat.S_IWOTH:
            return here
        warn(f"{here} is ignored: anyone may write to its directory; name it with {VARIABLE} to use it")
    home = environ.get("HOME")
    elsewhere = [*([Path(home) / f".{NAME}"] if home else []), Path("/etc/ansible") / NAME]
    return next((file for file in elsewhere if file.is_file()), None)


def read(file: Path) -> AnsibleSettings:
    """Return the settings of a file, not yet validated. Raises InputError when it can't be read."""
    text = read_text(file)
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(";",))
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _invalid(error, file) from error
    places = _key_places(text, str(file))
    values = Map(Origin(str(file), 1, 1))
    unused: list[str] = []
    for section in parser.sections():
        for key, written in parser.items(section):
            if key == "hash_behaviour":
                _check_hash_behaviour(written, places.get((section, key), values.origin))
            if (section, key) not in _SETTINGS:
                unused.append(f"{section}.{key}")
                continue
            name, convert = _SETTINGS[section, key]
            values[name] = convert(written)
            values.key_origins[name] = places.get((section, key), values.origin)
    return AnsibleSettings(values, unused)


def from_environment(environ: Mapping[str, str]) -> Map:
    """Return the settings that environment variables give, not yet validated."""
    values = Map(Origin("environment", 1, 1))
    _check_hash_behaviour(environ.get("ANSIBLE_HASH_BEHAVIOUR", ""), Origin("ANSIBLE_HASH_BEHAVIOUR", 1, 1))
    for variable, (name, convert) in _ENVIRONMENT.items():
        if text := environ.get(variable):
            values[name] = convert(text)
            values.key_origins[name] = Origin(variable, 1, 1)
    return values


def _check_hash_behaviour(value: str, origin: Origin) -> None:
    """Refuse the one setting that would give other variables. Raises InputError."""
    if value.strip() == "merge":
        hint = "merge where it is meant: `{{ one | combine(other, recursive=true) }}`"
        raise InputError.at(origin, "mappings of one name are replaced, never merged", hint=hint)


def _invalid(error: configparser.Error, file: Path) -> InputError:
    """Return what is wrong in our words; the parser's own messages hold line breaks and source."""
    line = 1
    message = "not a line of a configuration: write name = value"
    if isinstance(error, configparser.MissingSectionHeaderError):
        line, message = error.lineno, "a setting before the first [section]"
    elif isinstance(error, configparser.DuplicateOptionError | configparser.DuplicateSectionError):
        line, message = error.lineno or 1, "given twice"
    elif isinstance(error, configparser.ParsingError) and error.errors:
        line = error.errors[0][0]
    return InputError.at(Origin(str(file), line, 1), message)


def _key_places(text: str, file: str) -> dict[tuple[str, str], Origin]:
    """Return where each setting is written."""
    found: dict[tuple[str, str], Origin] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _SECTION.match(line):
            section = match[1]
        elif match := _KEY.match(line):
            found.setdefault((section, match[1].lower()), Origin(file, number, 1))
    return found
