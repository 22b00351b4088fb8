"""The command lines of sudo, su and doas.

The line prints a marker just before the wanted program takes over: what comes before it is noise or a
prompt for a password.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from secrets import token_hex
from typing import NamedTuple

from opsflow.core.secrets import Secret

from .settings import Become


class Plan(NamedTuple):
    """How to start something on a host.

    Args:
        command: the line for the login shell. It holds no newline and is quoted for any shell.
        marker: what is printed before the program takes over, followed by the shell's process id.
        prompt: what is printed when a password is wanted, besides the usual words.
        eager: whether the program's input may be sent before the marker is seen: nobody else reads it.
        pty: whether a terminal is needed.
    """

    command: str
    marker: bytes
    prompt: bytes = b""
    password: Secret | None = None
    eager: bool = True
    pty: bool = False


def plan_for(program: str, become: Become | None) -> Plan:
    """Return how to run a shell command as another user, or as the user who logs in.

    Args:
        program: the shell command; it replaces the shell (`exec …`) where it can.
    """
    nonce = token_hex(8)
    marker, prompt = f"opsflow-ready-{nonce}", f"opsflow-password-{nonce}"
    if become is None:
        return Plan(_through_sh(f"echo {marker} $$; {program}"), marker.encode())
    pty = needs_terminal(become)
    # A terminal would change the bytes of the frames.
    raw = "stty raw -echo; " if pty else ""
    command = _BECOME[become.method](become, _through_sh(f"{raw}echo {marker} $$; {program}"), prompt)
    return Plan(
        f"exec env LC_ALL=C {command}",
        marker.encode(),
        prompt.encode(),
        become.password,
        eager=become.password is None and become.method != "su",
        pty=pty,
    )


def needs_terminal(become: Become) -> bool:
    """Tell whether a terminal is needed: doas reads passwords from nothing else."""
    return become.method == "doas" and become.password is not None


def _through_sh(script: str) -> str:
    return f"/bin/sh -c {shlex.quote(script)}"


def _sudo(become: Become, command: str, prompt: str) -> str:
    flags = shlex.split("-H -S" if become.flags is None else become.flags)
    flags = [flag for flag in flags if flag not in ("-n", "--non-interactive")]
    # Without a password sudo must not read what is meant for the runner as one.
    flags += ["-p", prompt] if become.password else ["-n"]
    return f"{become.exe or 'sudo'} {shlex.join(flags)} -u {shlex.quote(become.user)} {command}"


def _su(become: Become, command: str, _: str) -> str:
    flags = f"{become.flags} " if become.flags else ""
    return f"{become.exe or 'su'} {flags}{shlex.quote(become.user)} -c {shlex.quote(command)}"


def _doas(become: Become, command: str, _: str) -> str:
    flags = shlex.split(become.flags or "")
    if become.password is None and "-n" not in flags:
        flags.append("-n")
    words = [become.exe or "doas", *flags, "-u", become.user]
    return f"{shlex.join(words)} {command}"


_BECOME: dict[str, Callable[[Become, str, str], str]] = {"sudo": _sudo, "su": _su, "doas": _doas}
