"""The part of an AnsibleModule that runs commands."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
import re
import selectors
import shlex
import subprocess

from opsflow.target.compat._masks import heuristic_log_sanitize
from opsflow.target.compat.common.parameters import remove_values
from opsflow.target.compat.common.text.converters import to_bytes, to_native, to_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SECRET_FLAG = re.compile(r"^--?(?:.*[-_])?(?:pass(?!ive)|passwd|password|passphrase|secret|token)", re.I)
_PROMPT_RC = 257
_PROMPT_TEXT = "A prompt was encountered while running a command, but no input data was specified"


class Commands:
    """Runs commands; mixed into AnsibleModule."""

    no_log_values: set[str]
    run_command_environ_update: dict[str, str]
    _shell: str | None

    if TYPE_CHECKING:

        def fail_json(self, msg: Any, **kwargs: Any) -> Any: ...

    def run_command(
        self,
        args: Any,
        check_rc: bool = False,
        close_fds: bool = True,
        executable: Any = None,
        data: Any = None,
        binary_data: bool = False,
        path_prefix: Any = None,
        cwd: Any = None,
        use_unsafe_shell: bool = False,
        prompt_regex: Any = None,
        environ_update: Any = None,
        umask: Any = None,
        encoding: str | None = "utf-8",
        errors: str = "surrogate_or_strict",
        expand_user_and_vars: bool = True,
        pass_fds: Any = None,
        before_communicate_callback: Any = None,
        ignore_invalid_cwd: bool = True,
        handle_exceptions: bool = True,
    ) -> tuple[int, Any, Any]:
        """Run a command; return its exit code, output and error text (bytes without an `encoding`).

        Args:
            args: a list of arguments, or text, which is split into words unless a shell shall read it.
            check_rc: end the module when the exit code is not 0.
            executable: the shell, with `use_unsafe_shell`.
            data: what it reads; with a newline at its end unless `binary_data`.
            path_prefix: a directory to look in before those of PATH.
            prompt_regex: output that means that it waits for an answer: it is ended with exit code 257.
            expand_user_and_vars: replace `~` and `$NAME` in arguments.
            before_communicate_callback: called with the process before it is fed and read.
            ignore_invalid_cwd: stay where we are when `cwd` does not exist.
            handle_exceptions: end the module when the command can't be started; else raise.
        """
        if not isinstance(args, (list, str, bytes)):
            text = "Argument 'args' to run_command must be list or string"
            self.fail_json(rc=257, cmd=args, msg=text)
        argv, shell = self._argv(args, use_unsafe_shell, executable, expand_user_and_vars)
        shown = self._clean_args(args)
        pattern = re.compile(to_bytes(prompt_regex), re.MULTILINE) if prompt_regex else None
        options: dict[str, Any] = {
            "executable": executable if shell else None,
            "shell": shell,
            "close_fds": close_fds,
            "stdin": subprocess.PIPE if data is not None or pattern else None,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "env": self._environ(environ_update, path_prefix),
            "cwd": self._directory(cwd, ignore_invalid_cwd),
        }
        if pass_fds:
            options["pass_fds"] = pass_fds
        before = os.umask(umask) if umask is not None else None
        try:
            child = subprocess.Popen(argv, **options)
            if before_communicate_callback:
                before_communicate_callback(child)
            found = _communicate(child, _input(data, binary_data), pattern, bool(encoding))
        except OSError as error:
            if not handle_exceptions:
                raise
            text = "Error executing command."
            self.fail_json(rc=error.errno, stdout="", stderr="", msg=text, cmd=shown, exception=error)
            raise
        finally:
            if before is not None:
                os.umask(before)
        rc, stdout, stderr = found
        if rc != 0 and check_rc:
            message = remove_values(to_text(stderr).rstrip(), self.no_log_values)
            self.fail_json(cmd=shown, rc=rc, stdout=to_text(stdout), stderr=to_text(stderr), msg=message)
        if encoding is None or rc == _PROMPT_RC:
            return rc, stdout, stderr
        return rc, to_native(stdout, encoding, errors), to_native(stderr, encoding, errors)

    def _argv(self, args: Any, use_shell: bool, executable: Any, expand: bool) -> tuple[Any, bool]:
        """Return what is run, and whether a shell reads it."""
        if use_shell:
            if isinstance(args, list):
                args = " ".join(shlex.quote(to_text(word)) for word in args)
            args = to_bytes(args)
            if executable or not self._shell:
                return args, True
            return [to_bytes(self._shell), b"-c", args], False
        words = args if isinstance(args, list) else shlex.split(to_text(args))
        if expand:
            words = [
                os.path.expandvars(os.path.expanduser(to_text(word))) for word in words if word is not None
            ]
        return [to_bytes(word) for word in words if word is not None], False

    def _environ(self, update: Any, path_prefix: Any) -> dict[str, str]:
        env = dict(os.environ)
        env.update({key: to_native(value) for key, value in self.run_command_environ_update.items()})
        env.update({key: to_native(value) for key, value in (update or {}).items()})
        if path_prefix and env.get("PATH"):
            env["PATH"] = "%s:%s" % (path_prefix, env["PATH"])
        elif path_prefix:
            env["PATH"] = path_prefix
        return env

    def _directory(self, cwd: Any, ignore_invalid: bool) -> str | None:
        if not cwd:
            return None
        path = os.path.abspath(os.path.expanduser(to_text(cwd)))
        if os.path.isdir(path):
            return path
        if not ignore_invalid:
            self.fail_json(msg="Provided cwd is not a valid directory: %s" % cwd)
        return None

    def _clean_args(self, args: Any) -> str:
        """Return a command as it may be shown: without the values of options for passwords."""
        if not isinstance(args, list):
            args = _words(to_text(args))
        shown: list[str] = []
        hide = False
        for word in args:
            text = to_text(word)
            flag, equals, _ = text.partition("=")
            if hide:
                text, hide = "********", False
            elif _SECRET_FLAG.match(flag):
                hide = not equals
                text = flag + "=********" if equals else text
            shown.append(shlex.quote(heuristic_log_sanitize(text)))
        return heuristic_log_sanitize(" ".join(shown), self.no_log_values)


def _words(text: str) -> list[str]:
    """Return the words of a command; one that only a shell can read is one word."""
    try:
        return shlex.split(text)
    except ValueError:
        return [text]


def _input(data: Any, binary: bool) -> bytes | None:
    if data is None:
        return None
    content = to_bytes(data)
    return content if binary else content + b"\n"


def _communicate(child: Any, data: bytes | None, pattern: Any, text: bool) -> tuple[int, bytes, Any]:
    """Feed and read a child until it has ended; end it when it asks for what nobody will answer."""
    if pattern is None:
        stdout, stderr = child.communicate(data)
        return child.returncode, stdout, stderr
    if data:
        child.stdin.write(data)
    child.stdin.close() if data is not None else child.stdin.flush()
    chunks: dict[Any, bytes] = {child.stdout: b"", child.stderr: b""}
    with selectors.DefaultSelector() as selector:
        for pipe in chunks:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                pipe: Any = key.fileobj
                read = os.read(pipe.fileno(), 65536)
                chunks[pipe] += read
                if not read:
                    selector.unregister(pipe)
            if data is None and pattern.search(chunks[child.stdout]):
                child.kill()
                child.wait()
                stdout = to_native(chunks[child.stdout]) if text else chunks[child.stdout]
                return _PROMPT_RC, stdout, _PROMPT_TEXT if text else to_bytes(_PROMPT_TEXT)
    return child.wait(), chunks[child.stdout], chunks[child.stderr]
