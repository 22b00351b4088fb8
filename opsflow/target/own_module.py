"""Modules that a project ships itself: run as processes, by Ansible's module protocol.

A module in Python that uses `ansible.module_utils` is fed to an interpreter and leaves no file. All others
are programs: they are put into a private directory with a file of arguments, run, and removed.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile

from opsflow.target import own_start
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

    from opsflow.target.request import Completed, Request

VERSION = "2.19.0"  # of the protocol: what modules take for Ansible's version

_PLACE = b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"

_compiled: dict[str, CodeType] = {}


def run(
    request: Request,
    name: str,
    style: str,
    code: str,
    label: str,
    options: dict[str, Any],
    interpreter: list[str],
    units: list[list[Any]],
    loader: str = "",
    about: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a module and return its result.

    Args:
        name: what the module is called.
        style: python (it uses ansible.module_utils), json or words (what its file of arguments holds), or
            embedded (its arguments are put into its text).
        code: the digest of its content; that is kept by the runner.
        label: its path on the control node, for tracebacks.
        options: the task's options.
        interpreter: the words of its first line; none for a binary, `python` for this interpreter.
        units: what it may import: [name, is a package, digest, label].
        loader: the digest of the code that starts a module in Python.
        about: more that a module may know of its task, such as `verbosity`.
    """
    told = dict(about or {}, check_mode=request.check, diff=request.diff, module_name=name, version=VERSION)
    arguments = dict(options, **{"_ansible_" + key: value for key, value in told.items()})
    if style == "python":
        done = _run_python(request, name, code, label, arguments, units, loader)
    else:
        done = _run_program(request, name, style, request.kept(code), interpreter, arguments)
    return _result(done)


def _run_python(
    request: Request,
    name: str,
    code: str,
    label: str,
    arguments: dict[str, Any],
    units: list[list[Any]],
    loader: str,
) -> Completed:
    compiled = {unit[0]: (unit[1], _compile(request, unit[2], unit[3])) for unit in units}
    digests = dict([(unit[0], unit[2]) for unit in units], __main__=code, own_child=loader)
    sources = {unit: request.kept(digest).decode("utf-8", "replace") for unit, digest in digests.items()}
    main = (name, _compile(request, code, label), compiled, sources, arguments)
    return own_start.run(request, loader, _compile(request, loader, "own_child"), main)


def _compile(request: Request, digest: str, label: str) -> CodeType:
    """Return the code of a source that is kept, compiled once."""
    if digest not in _compiled:
        try:
            _compiled[digest] = compile(request.kept(digest), label, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            version = ".".join(map(str, sys.version_info[:3]))
            text = "Python %s on the host cannot read %s: %s" % (version, label, error)
            raise Fail(text) from error
    return _compiled[digest]


def _run_program(
    request: Request, name: str, style: str, content: bytes, interpreter: list[str], arguments: dict[str, Any]
) -> Completed:
    directory = tempfile.mkdtemp(prefix="opsflow-")  # 0700
    try:
        program, given = os.path.join(directory, name), os.path.join(directory, "args")
        if style == "embedded":
            content = _embed(content, arguments)
        _write(program, content, 0o700)
        _write(given, _arguments(style, arguments), 0o600)
        words = [sys.executable, *interpreter[1:]] if interpreter[:1] == ["python"] else interpreter
        argv = [*words, program] + ([] if style == "embedded" else [given])
        return request.command(argv, own_locale=True)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _write(path: str, content: bytes, mode: int) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(content)


def _arguments(style: str, arguments: dict[str, Any]) -> bytes:
    if style == "json":
        return json.dumps(arguments).encode("ascii")
    words = ["%s=%s" % (key, shlex.quote(str(value))) for key, value in arguments.items()]
    return " ".join(words).encode("utf-8", "surrogateescape")


def _embed(content: bytes, arguments: dict[str, Any]) -> bytes:
    """Return a module with its arguments in the place that it has for them."""
    return content.replace(_PLACE, json.dumps(arguments).encode("ascii"))


def _result(done: Completed) -> dict[str, Any]:
    """Return what a module said: the first JSON object that begins a line, whatever stands around it."""
    text = done.stdout
    found, rest = _first_object(text)
    if found is None:
        return _no_result(done)
    if rest.strip():
        warnings = found.get("warnings")
        junk = "the module wrote more after its result: %s" % rest.strip()
        found["warnings"] = (warnings if isinstance(warnings, list) else []) + [junk]
    found.pop("invocation", None)
    return _clean(found)


def _first_object(text: str) -> tuple[dict[str, Any] | None, str]:
    decoder = json.JSONDecoder()
    place = 0
    for line in text.splitlines(True):
        start = place + len(line) - len(line.lstrip())
        place += len(line)
        if line.lstrip().startswith("{"):
            try:
                found, end = decoder.raw_decode(text, start)
            except ValueError:
                continue
            return found, text[end:]
    return None, ""


def _clean(value: Any) -> Any:
    """Return a result without what is between Ansible and its modules."""
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items() if not str(key).startswith("_ansible_")}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def _no_result(done: Completed) -> dict[str, Any]:
    """Return the failure of a module that gave no result; a traceback's last line says why."""
    lines = done.stderr.strip().splitlines()
    result: dict[str, Any] = {
        "changed": False,
        "failed": True,
        "module_stdout": done.stdout,
        "module_stderr": done.stderr,
        "rc": done.rc,
    }
    if lines and "Traceback (most recent call last)" in done.stderr:
        return dict(result, msg="the module failed: %s" % lines[-1], exception=done.stderr)
    why = "it ended with exit code %d" % done.rc if done.rc else "it ended without one"
    return dict(result, msg="the module returned no JSON object as its result: %s" % why)
