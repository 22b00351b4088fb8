"""A user's SSH key, generated as that user; its passphrase goes through a terminal, never as an argument."""

from __future__ import annotations

import itertools
import os
import re
import socket

from opsflow.target import terminal
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd
    from typing import Any

    from opsflow.target.request import Request

_PATIENCE = 60.0  # seconds in which ssh-keygen must say or do something


def ensure(
    request: Request, user: pwd.struct_passwd | None, want: dict[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Return what is to be told of the user's key, and whether it was (or would be) generated."""
    if user is None:  # check mode: the user would be made first
        return {}, True
    path = os.path.join(user.pw_dir, want.get("ssh_key_file") or ".ssh/id_%s" % want["ssh_key_type"])
    made = not os.path.exists(path) or want["force"]
    if made and not request.check:
        _generate(request, user, path, want)
    found: dict[str, Any] = {"ssh_key_file": path}
    if os.path.exists(path + ".pub"):
        found["ssh_fingerprint"] = request.command(["ssh-keygen", "-l", "-f", path + ".pub"]).stdout.strip()
        with open(path + ".pub", errors="surrogateescape") as file:
            found["ssh_public_key"] = file.read().strip()
    return found, made


def _generate(request: Request, user: pwd.struct_passwd, path: str, want: dict[str, Any]) -> None:
    comment = want.get("ssh_key_comment") or "ansible-generated on %s" % socket.gethostname()
    argv = ["ssh-keygen", "-q", "-t", want["ssh_key_type"], "-C", comment, "-f", path]
    if want.get("ssh_key_bits"):
        argv += ["-b", str(want["ssh_key_bits"])]
    be = [] if os.geteuid() == user.pw_uid else ["runuser", "-u", user.pw_name, "--"]
    request.command([*be, "mkdir", "-p", "-m", "0700", os.path.dirname(path)], cwd="/").check("mkdir")
    for old in (path, path + ".pub"):
        if want["force"] and os.path.lexists(old):
            os.unlink(old)
    passphrase: str | None = want.get("ssh_key_passphrase")
    if passphrase:
        _on_terminal(request, be + argv, passphrase)
    else:
        request.command([*be, *argv, "-N", ""], cwd="/").check("ssh-keygen")


def _on_terminal(request: Request, argv: list[str], answer: str) -> None:
    """Run a program that asks for a secret on its terminal, twice, and answer it there."""
    question = re.compile(rb"passphrase[^\n]*:\s*$")
    answers = itertools.repeat(answer.encode() + b"\n")
    talk = terminal.converse(request, argv, [(question, answers)], _PATIENCE, cwd="/")
    if talk.rc != 0:
        said = talk.output.decode("utf-8", "replace").strip()
        ended = "did not end" if talk.rc is None else "failed with exit code %d" % talk.rc
        raise Fail("ssh-keygen %s: %s" % (ended, said))
