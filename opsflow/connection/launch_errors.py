"""Why a runner did not start, or ended: sentences for people from what programs printed."""

from __future__ import annotations

import re

from opsflow.core.errors import HostError, TaskError, Unreachable

from .settings import Become

_NEEDS_PYTHON = "install it (apt-get install python3) or set ansible_python_interpreter"
GIVE_IT = "set ansible_become_password, or give --ask-become-pass (-K)"
_LOST = "what was running there may not have finished: look before you run it again"

# What sudo, su and doas print in the C locale, and what it means.
_BECOME_FAILURES = (
    (
        r"a (password|terminal) is required|Authentication required",
        "{method} on {host} wants a password, and none is given",
        GIVE_IT,
    ),
    (
        r"incorrect password|Sorry, try again|Authentication failure|Authentication failed|"
        r"Authorization failed|no password was provided",
        "{method} on {host} did not accept the password",
        "check ansible_become_password",
    ),
    (
        r"not in the sudoers file|not allowed to (execute|run)|may not run sudo|Operation not permitted|"
        r"Permission denied",
        "{method} on {host} does not let this user become {user}",
        "allow it in the configuration of {method} on the host",
    ),
    (
        r"unknown user|does not exist|no passwd entry|unknown id",
        "there is no user '{user}' on {host}",
        "check become_user",
    ),
    (
        r"account is currently not available|must have a tty|a tty is required",
        "{method} on {host} can't become {user} for a program",
        None,
    ),
)


def explain(
    host: str, status: int | None, reason: str, said: str, *, become: Become | None = None, begun: bool = True
) -> HostError:
    """Return the error for a runner that has ended.

    Args:
        status: its exit code, negative for a signal, None when the connection was lost.
        reason: why the connection was lost.
        said: what was printed: error text, and output from before the marker.
        become: whom it should have run as, None where that has worked.
        begun: whether the host's shell came as far as to start it.
    """
    if status is None:
        why = f": {reason}" if reason else ""
        return Unreachable(f"the connection to {host} was lost{why}", kind="lost", hint=_LOST)
    if become and (failure := _become_failure(host, said, become)):
        return failure
    tail = _tail(said)
    if become:
        return TaskError(f"{become.method} on {host} failed with exit code {status}{tail}")
    if not begun:
        return Unreachable(f"{host} lets us log in, but runs no commands (exit code {status}){tail}")
    if problem := _python_problem(host, status, said):
        return problem
    how = f"by signal {-status}" if status < 0 else f"with exit code {status}"
    return Unreachable(f"the runner on {host} ended {how}{tail}", kind="lost", hint=_LOST)


def _become_failure(host: str, said: str, become: Become) -> HostError | None:
    facts = {"method": become.method, "host": host, "user": become.user}
    if re.search(rf"{re.escape(become.exe or become.method)}\b.*(not found|No such file)", said):
        return TaskError(
            f"there is no {become.method} on {host}", hint="install it, or set another become_method"
        )
    for pattern, message, hint in _BECOME_FAILURES:
        if found := re.search(rf".*({pattern}).*", said):
            return TaskError(
                message.format(**facts),
                hint=hint and hint.format(**facts),
                data={"module_stderr": found[0].strip()},
            )
    return None


def _python_problem(host: str, status: int, said: str) -> Unreachable | None:
    if "ModuleNotFoundError" in said or "ImportError" in said:
        return Unreachable(
            f"Python on {host} lacks its standard library (only python3-minimal is installed): {_last(said)}",
            kind="python",
            hint="install it: apt-get install python3",
        )
    if status in (126, 127):
        return Unreachable(
            f"there is no usable Python on {host}: {_last(said)}", kind="python", hint=_NEEDS_PYTHON
        )
    if "SyntaxError" in said:
        return Unreachable(
            f"Python on {host} is too old: 3.6 or newer is needed", kind="python", hint=_NEEDS_PYTHON
        )
    return None


def _last(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else "it could not be started"


def _tail(said: str) -> str:
    return f": {_last(said)}" if said.strip() else ""
