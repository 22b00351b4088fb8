"""Arguments against their specification: aliases, defaults, fallbacks, types, choices, secrets."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, MutableMapping, MutableSequence, MutableSet, Sequence, Set

from opsflow.target.compat.common import validation
from opsflow.target.compat.common.collections import is_iterable
from opsflow.target.compat.common.text.converters import to_native, to_text
from opsflow.target.compat.errors import AnsibleFallbackNotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

PASS_VARS = {
    "check_mode": ("check_mode", False),
    "debug": ("_debug", False),
    "diff": ("_diff", False),
    "keep_remote_files": ("_keep_remote_files", False),
    "ignore_unknown_opts": ("_ignore_unknown_opts", False),
    "module_name": ("_name", None),
    "no_log": ("no_log", False),
    "remote_tmp": ("_remote_tmp", None),
    "shell_executable": ("_shell", "/bin/sh"),
    "socket": ("_socket_path", None),
    "syslog_facility": ("_syslog_facility", "INFO"),
    "tmpdir": ("_tmpdir", None),
    "verbosity": ("_verbosity", 0),
    "version": ("ansible_version", "0.0"),
}
PASS_BOOLS = ("check_mode", "debug", "diff", "keep_remote_files", "ignore_unknown_opts", "no_log")

DEFAULT_TYPE_VALIDATORS: dict[str, Any] = {
    "str": validation.check_type_str,
    "list": validation.check_type_list,
    "dict": validation.check_type_dict,
    "bool": validation.check_type_bool,
    "int": validation.check_type_int,
    "float": validation.check_type_float,
    "path": validation.check_type_path,
    "raw": validation.check_type_raw,
    "jsonarg": validation.check_type_jsonarg,
    "json": validation.check_type_jsonarg,
    "bytes": validation.check_type_bytes,
    "bits": validation.check_type_bits,
    "sid": validation.check_type_sid,
}

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
MASK = 8 * "*"


def env_fallback(*args: Any, **kwargs: Any) -> str:
    """Return the first environment variable that is set. Raises AnsibleFallbackNotFound."""
    for name in args:
        if name in os.environ:
            return os.environ[name]
    raise AnsibleFallbackNotFound


def set_fallbacks(argument_spec: Any, parameters: Any) -> set[str]:
    """Give arguments that are missing the values of their fallbacks; return those that are secret."""
    secrets: set[str] = set()
    for name, spec in argument_spec.items():
        fallback = spec.get("fallback") or (None,)
        strategy, rest = fallback[0], fallback[1:]
        if name in parameters or strategy is None:
            continue
        args = [item for part in rest if not isinstance(part, dict) for item in part]
        kwargs = {key: item for part in rest if isinstance(part, dict) for key, item in part.items()}
        try:
            value = strategy(*args, **kwargs)
        except AnsibleFallbackNotFound:
            continue
        if spec.get("no_log", False) and value:
            secrets.add(to_native(value))
        parameters[name] = value
    return secrets


# secrets


def secret_texts(value: Any) -> Iterator[str]:
    """Yield the texts within a secret value; truth values are none. Raises TypeError for other values."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, (str, bytes)):
        if value:
            yield to_native(value, errors="surrogate_or_strict")
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secret_texts(item)
    elif is_iterable(value):
        for item in value:
            yield from secret_texts(item)
    elif isinstance(value, (int, float, datetime.datetime, datetime.date)):
        yield to_native(value)
    else:
        raise TypeError("Unknown parameter type: %s" % type(value))


def secrets_of(argument_spec: Any, parameters: Any) -> set[str]:
    """Return the texts of all arguments that `no_log` marks, those below others as well."""
    found: set[str] = set()
    for name, spec in argument_spec.items():
        value = parameters.get(name)
        if spec.get("no_log", False) and value:
            try:
                found.update(secret_texts(value))
            except TypeError as error:
                raise TypeError('Failed to convert "%s": %s' % (name, to_native(error))) from None
        if spec.get("options") is not None:
            for below in suboptions(spec, value):
                found |= secrets_of(spec["options"], below)
    return found


def suboptions(spec: Any, value: Any) -> Iterable[Any]:
    """Return the mappings of options below an option, as far as they can be read."""
    values = value if isinstance(value, list) else [value]
    found: list[Any] = []
    for item in values:
        if isinstance(item, str):
            try:
                item = validation.check_type_dict(item)
            except TypeError:
                continue
        if isinstance(item, Mapping):
            found.append(item)
    return found


def remove_values(value: Any, no_log_strings: Iterable[str]) -> Any:
    """Return a value in which secrets are masked: whole texts are named, parts of texts are starred out."""
    secrets = sorted((to_native(text) for text in no_log_strings), key=len, reverse=True)
    return _without(value, secrets) if secrets else _without(value, [])


def _without(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, (str, bytes)):
        text = to_native(value)
        if text in secrets:
            return HIDDEN
        for secret in secrets:
            text = text.replace(secret, MASK)
        return text
    if isinstance(value, Mapping):
        return {key: _without(item, secrets) for key, item in value.items()}
    if isinstance(value, (Sequence, Set)):
        kept = [_without(item, secrets) for item in value]
        return set(kept) if isinstance(value, Set) else tuple(kept) if isinstance(value, tuple) else kept
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        text = to_native(value)
        return HIDDEN if text in secrets or any(secret in text for secret in secrets) else value
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value
    raise TypeError("Value of unknown type: %s, %s" % (type(value), value))


def sanitize_keys(obj: Any, no_log_strings: Iterable[str], ignore_keys: Iterable[str] = ()) -> Any:
    """Return a value with secrets masked in the keys of its mappings, but for those in `ignore_keys`."""
    secrets = sorted((to_native(text) for text in no_log_strings), key=len, reverse=True)
    kept = frozenset(ignore_keys)

    def clean(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {_key(key): clean(item) for key, item in value.items()}
        if isinstance(value, (MutableSequence, MutableSet, tuple)):
            return type(value)(clean(item) for item in value)  # type: ignore[call-arg]
        return value

    def _key(key: Any) -> Any:
        if key in kept or str(key).startswith("_ansible") or not isinstance(key, str):
            return key
        return _without(key, secrets)

    return clean(obj)


# names and values


def handle_aliases(
    argument_spec: Any,
    parameters: MutableMapping[str, Any],
    alias_warnings: Any = None,
    alias_deprecations: Any = None,
    prefix: str = "",
) -> dict[str, str]:
    """Give arguments their proper names (the alias stays) and return which name each alias stands for."""
    table: dict[str, str] = {}
    for name, spec in argument_spec.items():
        aliases = spec.get("aliases")
        if aliases is None:
            continue
        if not is_iterable(aliases) or isinstance(aliases, (bytes, str)):
            raise TypeError("internal error: aliases must be a list or tuple")
        if spec.get("required", False) and spec.get("default") is not None:
            raise ValueError("internal error: required and default are mutually exclusive for %s" % name)
        for alias in aliases:
            table[alias] = name
            if alias not in parameters:
                continue
            if name in parameters and alias_warnings is not None:
                alias_warnings.append((prefix + name, prefix + alias))
            parameters[name] = parameters[alias]
        for deprecation in spec.get("deprecated_aliases") or ():
            if deprecation["name"] in parameters and alias_deprecations is not None:
                alias_deprecations.append(dict(deprecation, name=prefix + deprecation["name"]))
    return table


def set_defaults(argument_spec: Any, parameters: Any, empty: bool) -> None:
    """Give missing arguments their defaults: first those that have one, later (`empty`) None to the rest."""
    for name, spec in argument_spec.items():
        default = spec.get("default")
        if name not in parameters and (empty or default is not None):
            parameters[name] = default


def get_unsupported_parameters(
    argument_spec: Any, parameters: Any, legal_inputs: Any, context: tuple[str, ...] = ()
) -> set[Any]:
    """Return the arguments that no specification knows; below others as tuples of names."""
    found: set[Any] = set()
    for name in parameters:
        if name not in legal_inputs:
            found.add((*context, name) if context else name)
    return found


def type_checker(wanted: Any) -> tuple[Any, str]:
    """Return what converts to a type, and the type's name. A type may be given as a function."""
    if callable(wanted):
        return wanted, to_native(getattr(wanted, "__name__", wanted))
    return DEFAULT_TYPE_VALIDATORS.get(wanted), to_native(wanted)


def matching_choice(value: Any, choices: Any) -> Any:
    """Return a value as one of its choices: YAML's booleans are the words that mean them."""
    if value in choices or not isinstance(value, (str, bool)):
        return value
    words = {
        True: ("y", "yes", "on", "1", "true", "t"),
        False: ("n", "no", "off", "0", "false", "f"),
    }
    for truth in (True, False):
        if str(value) == str(truth):
            found = [choice for choice in choices if to_text(choice) in words[truth]]
            if len(found) == 1:
                return found[0]
    return value
