"""The lookup of settings, by Ansible's names: those that have a meaning here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opsflow.core.errors import TaskError, did_you_mean
from opsflow.templating.kinds import text

from .base import LookupContext

_OURS: dict[str, tuple[str, Any]] = {
    # our name, and what counts where it is not set
    "DEFAULT_BECOME": ("become", False),
    "DEFAULT_BECOME_ASK_PASS": ("become_ask_pass", False),
    "DEFAULT_BECOME_METHOD": ("become_method", "sudo"),
    "DEFAULT_BECOME_USER": ("become_user", "root"),
    "DEFAULT_FORKS": ("forks", 50),
    "DEFAULT_HOST_LIST": ("inventory", []),
    "DEFAULT_MODULE_PATH": ("library", []),
    "DEFAULT_MODULE_UTILS_PATH": ("module_utils", []),
    "DEFAULT_PRIVATE_KEY_FILE": ("private_key_file", None),
    "DEFAULT_REMOTE_USER": ("remote_user", None),
    "DEFAULT_ROLES_PATH": ("roles_path", []),
    "DEFAULT_TIMEOUT": ("timeout", 10),
    "DEFAULT_VAULT_IDENTITY_LIST": ("vault_ids", []),
    "DEFAULT_VAULT_PASSWORD_FILE": ("vault_password_file", None),
    "ANY_ERRORS_FATAL": ("any_errors_fatal", False),
    "DEFAULT_FORCE_HANDLERS": ("force_handlers", False),
    "DEFAULT_GATHERING": ("gathering", "implicit"),
    "DEFAULT_STRATEGY": ("strategy", "linear"),
    "TASK_TIMEOUT": ("task_timeout", 0),
    "ENABLE_TASK_DEBUGGER": ("task_debugger", False),
    "HOST_KEY_CHECKING": ("host_key_checking", "yes"),
}
_FIXED: dict[str, Any] = {
    "ANSIBLE_PIPELINING": True,
    "CACHE_PLUGIN": "memory",
    "DEFAULT_GATHER_SUBSET": None,
    "DEFAULT_HASH_BEHAVIOUR": "replace",
    "DEFAULT_POLL_INTERVAL": 15,
    "DEFAULT_TRANSPORT": "ssh",
    "DUPLICATE_YAML_DICT_KEY": "warn",
    "RETRY_FILES_ENABLED": False,
}
_OF_CONNECTIONS: dict[str, tuple[tuple[str, ...], str | None]] = {
    # the variables that decide, the strongest first, and the setting behind them
    "host": (("ansible_host", "ansible_ssh_host", "inventory_hostname"), None),
    "port": (("ansible_port", "ansible_ssh_port"), None),
    "private_key_file": (
        ("ansible_private_key_file", "ansible_ssh_private_key_file"),
        "DEFAULT_PRIVATE_KEY_FILE",
    ),
    "remote_user": (("ansible_user", "ansible_ssh_user"), "DEFAULT_REMOTE_USER"),
    "timeout": (("ansible_ssh_timeout", "ansible_timeout"), "DEFAULT_TIMEOUT"),
}


def config(
    terms: list[Any],
    context: LookupContext,
    *,
    on_missing: str = "error",
    plugin_type: str | None = None,
    plugin_name: str | None = None,
) -> list[Any]:
    """Return the values of settings.

    Args:
        terms: their names, such as DEFAULT_FORKS.
        context: the task.
        on_missing: what becomes of a setting that does not exist here: error, warn or skip.
        plugin_type: connection, for the options of a host's connection.
        plugin_name: ssh or local.
    """
    if on_missing not in ("error", "warn", "skip"):
        raise ValueError(f"on_missing is error, warn or skip, not '{on_missing}'")
    if (plugin_type is None) != (plugin_name is None):
        raise ValueError("plugin_type and plugin_name belong together")
    found: list[Any] = []
    for name in map(text, terms):
        try:
            found.append(_of_plugin(name, context, plugin_type) if plugin_type else _setting(name, context))
        except TaskError:
            if on_missing == "error":
                raise
    return found


def _setting(name: str, context: LookupContext) -> Any:
    if name in _FIXED:
        return _FIXED[name]
    if name not in _OURS:
        hint = did_you_mean(name, [*_OURS, *_FIXED])
        raise TaskError(f"there is no setting '{name}' with a meaning here", hint=hint)
    ours, default = _OURS[name]
    value = context.settings.get(ours)
    value = default if value is None else value
    return value != "no" if name == "HOST_KEY_CHECKING" else value


def _of_plugin(name: str, context: LookupContext, kind: str) -> Any:
    if kind != "connection" or name not in _OF_CONNECTIONS:
        known = ", ".join(_OF_CONNECTIONS)
        raise TaskError(
            f"there is no option '{name}' of {kind} plugins here", hint=f"connections have {known}"
        )
    variables, setting = _OF_CONNECTIONS[name]
    given = next((context.variables[one] for one in variables if one in context.variables), None)
    return _setting(setting, context) if given is None and setting else given


LOOKUPS: dict[str, Callable[..., list[Any]]] = {"config": config}
