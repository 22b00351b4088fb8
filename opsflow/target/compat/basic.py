"""AnsibleModule: arguments in, one JSON object out."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import atexit
import hashlib
import json
import os
import pwd
import re
import shutil
import sys
import syslog
import tempfile
import time
import traceback
from collections.abc import (
    KeysView,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
    Set,
)
from functools import reduce

from opsflow.target.compat import errors as wrong
from opsflow.target.compat._commands import Commands
from opsflow.target.compat._files import Files
from opsflow.target.compat._masks import PASSWORD_MATCH, heuristic_log_sanitize
from opsflow.target.compat._words import Words
from opsflow.target.compat.common import warnings as told
from opsflow.target.compat.common.arg_spec import ModuleArgumentSpecValidator
from opsflow.target.compat.common.file import (
    DEFAULT_PERM,
    FILE_ATTRIBUTES,
    MODE_OPERATOR_RE,
    PERM_BITS,
    PERMS_RE,
    S_IRWU_RWG_RWO,
    S_IXANY,
    USERS_RE,
    format_attributes,
    get_file_arg_spec,
    get_flags_from_attributes,
    is_executable,
)
from opsflow.target.compat.common.locale import get_best_parsable_locale
from opsflow.target.compat.common.parameters import (
    DEFAULT_TYPE_VALIDATORS,
    PASS_BOOLS,
    PASS_VARS,
    env_fallback,
    remove_values,
    sanitize_keys,
)
from opsflow.target.compat.common.parameters import secret_texts as return_values
from opsflow.target.compat.common.process import get_bin_path
from opsflow.target.compat.common.sys_info import (
    get_distribution,
    get_distribution_version,
    get_platform_subclass,
)
from opsflow.target.compat.common.text.converters import (
    container_to_bytes as json_dict_unicode_to_bytes,
)
from opsflow.target.compat.common.text.converters import (
    container_to_text as json_dict_bytes_to_unicode,
)
from opsflow.target.compat.common.text.converters import jsonify, to_bytes, to_native, to_text
from opsflow.target.compat.common.text.formatters import (
    SIZE_RANGES,
    bytes_to_human,
    human_to_bytes,
    lenient_lowercase,
)
from opsflow.target.compat.common.validation import check_missing_parameters, safe_eval
from opsflow.target.compat.errors import AnsibleFallbackNotFound
from opsflow.target.compat.parsing.convert_bool import BOOLEANS, BOOLEANS_FALSE, BOOLEANS_TRUE, boolean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

__all__ = [
    "AVAILABLE_HASH_ALGORITHMS", "BOOLEANS", "BOOLEANS_FALSE", "BOOLEANS_TRUE", "DEFAULT_PERM",
    "DEFAULT_TYPE_VALIDATORS", "FILE_ATTRIBUTES", "FILE_COMMON_ARGUMENTS", "HAS_SYSLOG", "HAVE_SELINUX",
    "MODE_OPERATOR_RE", "PASSWORD_MATCH", "PASS_BOOLS", "PASS_VARS", "PERMS_RE", "PERM_BITS",
    "SEQUENCETYPE", "SIZE_RANGES", "S_IRWU_RWG_RWO", "S_IXANY", "USERS_RE", "AnsibleFallbackNotFound",
    "AnsibleModule", "KeysView", "Mapping", "MutableMapping", "MutableSequence", "MutableSet", "NoneType",
    "Sequence", "Set", "boolean", "bytes_to_human", "deprecate", "env_fallback", "format_attributes",
    "get_all_subclasses", "get_best_parsable_locale", "get_bin_path", "get_distribution",
    "get_distribution_version", "get_flags_from_attributes", "get_module_path", "get_platform",
    "has_journal", "heuristic_log_sanitize", "human_to_bytes", "imap", "is_executable", "json",
    "json_dict_bytes_to_unicode", "json_dict_unicode_to_bytes", "jsonify", "lenient_lowercase",
    "load_platform_subclass", "missing_required_lib", "os", "pwd", "re", "reduce", "remove_values",
    "return_values", "safe_eval", "sanitize_keys", "shutil", "sys", "syslog", "tempfile", "time",
    "to_bytes", "to_native", "to_text", "traceback", "warn",
]  # fmt: skip

FILE_COMMON_ARGUMENTS = get_file_arg_spec()
AVAILABLE_HASH_ALGORITHMS = {name: getattr(hashlib, name) for name in hashlib.algorithms_guaranteed}
HAVE_SELINUX = False
HAS_SYSLOG = True
has_journal = False
NoneType = type(None)
SEQUENCETYPE = (frozenset, KeysView, Sequence)
imap = map
deprecate, warn = told.deprecate, told.warn

_ANSIBLE_ARGS: bytes | None = None
"""The arguments as JSON; set before a module starts."""


def missing_required_lib(library: str, reason: str | None = None, url: str | None = None) -> str:
    """Return a sentence about a Python library that a module needs and this host does not have."""
    text = "Failed to import the required Python library (%s) on %s's Python %s."
    text %= (library, os.uname().nodename, sys.executable)
    if reason:
        text += " This is required %s." % reason
    if url:
        text += " See %s for more info." % url
    return text + " Please install it there, or name another interpreter with ansible_python_interpreter"


def get_platform() -> str:
    """Return the name of the kernel."""
    return os.uname().sysname


def load_platform_subclass(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Return an instance of the subclass that fits this platform."""
    subclass = get_platform_subclass(cls)
    return super(cls, subclass).__new__(subclass)


def get_all_subclasses(cls: Any) -> set[Any]:
    """Return all classes below a class."""
    from opsflow.target.compat.common._utils import get_all_subclasses as below

    return below(cls)


def get_module_path() -> str:
    """Return the directory to work in; the module's own code is in no file."""
    return os.getcwd()


def _load_params() -> dict[str, Any]:
    """Return the arguments that this process was started with."""
    if _ANSIBLE_ARGS is None:
        sys.exit('\n{"msg": "the module was started without arguments", "failed": true}')
    return json.loads(to_text(_ANSIBLE_ARGS))["ANSIBLE_MODULE_ARGS"]


class AnsibleModule(Files, Commands, Words):
    """What a module is made of: typed arguments, helpers, and the two ways to end."""

    def __init__(
        self,
        argument_spec: Any,
        bypass_checks: bool = False,
        no_log: bool = False,
        mutually_exclusive: Any = None,
        required_together: Any = None,
        required_one_of: Any = None,
        add_file_common_args: bool = False,
        supports_check_mode: bool = False,
        required_if: Any = None,
        required_by: Any = None,
    ) -> None:
        self._name = os.path.basename(sys.argv[0])
        self.argument_spec = argument_spec
        self.supports_check_mode = supports_check_mode
        self.check_mode = False
        self.bypass_checks = bypass_checks
        self.no_log = no_log
        self.mutually_exclusive = mutually_exclusive
        self.required_together = required_together
        self.required_one_of = required_one_of
        self.required_if = required_if
        self.required_by = required_by
        self.cleanup_files: list[Any] = []
        self.run_command_environ_update: dict[str, str] = {}
        self.no_log_values: set[str] = set()
        self.aliases: dict[str, str] = {}
        if add_file_common_args:
            for name, spec in FILE_COMMON_ARGUMENTS.items():
                argument_spec.setdefault(name, spec)
        self.params: dict[str, Any] = _load_params()
        self._take_internal()
        self._validate()
        if self.check_mode and not supports_check_mode:
            text = "remote module (%s) does not support check mode" % self._name
            self.exit_json(skipped=True, msg=text)
        self._set_cwd()
        self._log_invocation()

    # arguments

    def _take_internal(self) -> None:
        """Take what the task says about itself out of the arguments."""
        for name, (attribute, default) in PASS_VARS.items():
            value = self.params.pop("_ansible_" + name, default)
            setattr(self, attribute, value if name not in PASS_BOOLS else boolean(value))
        for name in [name for name in self.params if name.startswith("_ansible_")]:
            del self.params[name]

    def _validate(self) -> None:
        """Check the arguments; end the module when they are wrong."""
        validator = ModuleArgumentSpecValidator(
            self.argument_spec,
            self.mutually_exclusive,
            self.required_together,
            self.required_one_of,
            self.required_if,
            self.required_by,
        )
        result = validator.validate(self.params)
        self.params = result.validated_parameters
        self.no_log_values.update(result.no_log_values)
        self.aliases.update(result.aliases)
        found = [
            error
            for error in result.errors.errors
            if not (
                self.bypass_checks or (isinstance(error, wrong.UnsupportedError) and self._ignores_unknown)
            )
        ]
        if found:
            text = found[0].msg
            if isinstance(found[0], wrong.UnsupportedError):
                text = "Unsupported parameters for (%s) module: %s" % (self._name, text)
            self.fail_json(msg=text)

    @property
    def _ignores_unknown(self) -> bool:
        return bool(getattr(self, "_ignore_unknown_opts", False))

    def fail_on_missing_params(self, required_params: Any = None) -> None:
        """End the module when one of these arguments is missing or empty."""
        if not required_params:
            return
        try:
            check_missing_parameters(self.params, required_params)
        except TypeError as error:
            self.fail_json(msg=to_native(error))

    # where it works

    def _set_cwd(self) -> str | None:
        """Work where we are, if we can be there; else in a directory that is open to us."""
        try:
            cwd = os.getcwd()
            if os.access(cwd, os.F_OK | os.R_OK):
                return cwd
        except OSError:
            pass
        for place in (os.path.expanduser("~"), tempfile.gettempdir(), "/"):
            if os.access(place, os.F_OK | os.R_OK):
                os.chdir(place)
                return place
        return None

    @property
    def tmpdir(self) -> str:
        """A private directory that is removed when the module ends."""
        found: str | None = getattr(self, "_tmpdir", None)
        if found is None:
            found = self._tmpdir = tempfile.mkdtemp(prefix="ansible-moduletmp-")
            atexit.register(shutil.rmtree, found, True)
        return found

    def get_bin_path(self, arg: str, required: bool = False, opt_dirs: Any = None) -> str | None:
        """Return the path of a program; where it is nowhere None, or the module's end if it is required."""
        try:
            return get_bin_path(arg, opt_dirs)
        except ValueError as error:
            if required:
                self.fail_json(msg=to_text(error))
            return None

    # helpers

    def boolean(self, arg: Any) -> bool | None:
        """Return whether a value means yes; end the module when it means neither yes nor no."""
        if arg is None:
            return arg
        try:
            return boolean(arg)
        except TypeError as error:
            self.fail_json(msg=to_native(error))
            raise

    def jsonify(self, data: Any) -> str:
        """Return a value as JSON."""
        try:
            return jsonify(data)
        except (TypeError, UnicodeError) as error:
            self.fail_json(msg=to_text(error))
            raise

    def safe_eval(self, value: Any, locals: Any = None, include_exceptions: bool = False) -> Any:
        """Return the value of a Python literal, or the text itself."""
        return safe_eval(value, locals, include_exceptions)

    def from_json(self, data: Any) -> Any:
        """Return the value of JSON."""
        return json.loads(data)

    def bytes_to_human(self, size: Any) -> str:
        """Return a size as text with its unit."""
        return bytes_to_human(size)

    pretty_bytes = bytes_to_human

    def human_to_bytes(self, number: Any, isbits: bool = False) -> int:
        """Return how many bytes `10M` means."""
        return human_to_bytes(number, isbits=isbits)

    def get_buffer_size(self, fd: Any) -> int:
        """Return how much to read from a file at once."""
        return 64 * 1024

    def _log_invocation(self) -> None:
        """Tell of arguments that look like passwords and are not marked as such."""
        for name in self.params:
            value = to_native(self.params[name])
            heuristic_log_sanitize(value, self.no_log_values)
            spec = self.argument_spec.get(name, {})
            if spec.get("no_log") is None and PASSWORD_MATCH.search(name) and _may_be_secret(name, spec):
                self.warn("Module did not set no_log for %s" % name)

    # the end

    def add_cleanup_file(self, path: Any) -> None:
        """Remove a file when the module ends."""
        if path not in self.cleanup_files:
            self.cleanup_files.append(path)

    def do_cleanup_files(self) -> None:
        """Remove the files that are to be removed at the end."""
        for path in self.cleanup_files:
            self.cleanup(path)

    def exit_json(self, **kwargs: Any) -> NoReturn:
        """End the module with a result."""
        self.do_cleanup_files()
        self._return_formatted(kwargs)
        sys.exit(0)

    def fail_json(self, msg: Any, *, exception: Any = None, **kwargs: Any) -> NoReturn:
        """End the module with a failure; the exception that led to it goes along."""
        kwargs.update(failed=True, msg=msg)
        if isinstance(exception, BaseException):
            lines = traceback.format_exception(type(exception), exception, exception.__traceback__)
            kwargs["exception"] = "".join(lines)
        elif exception is not None:
            kwargs["exception"] = to_native(exception)
        elif sys.exc_info()[0] is not None:
            kwargs["exception"] = traceback.format_exc()
        self.do_cleanup_files()
        self._return_formatted(kwargs)
        sys.exit(1)

    def _return_formatted(self, kwargs: dict[str, Any]) -> None:
        self.add_path_info(kwargs)
        if "invocation" not in kwargs:
            kwargs["invocation"] = {"module_args": self.params}
        for kind, add in (("warnings", self.warn), ("deprecations", self._add_deprecation)):
            given = kwargs.pop(kind, None)
            for item in given if isinstance(given, list) else [given] if given else []:
                add(item)
        if told.get_warning_messages():
            kwargs["warnings"] = list(told.get_warning_messages())
        if told.get_deprecation_messages():
            kwargs["deprecations"] = list(told.get_deprecation_messages())
        sys.stdout.write("\n%s\n" % self.jsonify(remove_values(kwargs, self.no_log_values)))
        sys.stdout.flush()


def _may_be_secret(name: str, spec: Any) -> bool:
    """Tell whether an argument that is called like a password may be one: yes or no is none."""
    choices = spec.get("choices")
    return spec.get("type", "str") not in ("bool", "int", "float") and not choices
