"""Ansible's `expect`: a command that asks, and the answers to its questions."""

from __future__ import annotations

import datetime
import itertools
import os
import re
import shlex
import time

from opsflow.target import terminal
from opsflow.target.command import directory
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    command: str,
    responses: dict[str, Any],
    timeout: int | None = 30,
    echo: bool = False,
    chdir: str | None = None,
    creates: str | None = None,
    removes: str | None = None,
) -> dict[str, Any]:
    """Run a command, without a shell, and answer what it asks.

    Args:
        responses: answers by the pattern of their question; a list of them answers as often.
        timeout: seconds between two questions.
    """
    cwd = directory(request, chdir, command)
    for path, skip, why in ((creates, True, "exists"), (removes, False, "does not exist")):
        if path and os.path.exists(os.path.join(cwd or "", expand(request, path))) == skip:
            text = "skipped, since %s %s" % (path, why)
            return {"cmd": command, "stdout": text, "changed": False, "rc": 0}
    argv = shlex.split(command)
    if not argv:
        raise Fail("no command given", rc=256)
    replies = [
        (re.compile(pattern.encode(), re.DOTALL), _answers(given)) for pattern, given in responses.items()
    ]
    start = time.time()
    try:
        talk = terminal.converse(
            request,
            argv,
            replies,
            timeout,
            cwd,
            echo,
            on_line=lambda line: request.event("output", stream="stdout", line=line),
        )
    except terminal.NoAnswer as lack:
        said = lack.output.decode("utf-8", "replace")
        question = lack.question.decode()
        raise Fail("No remaining responses for '%s', output was '%s'" % (question, said)) from None
    result = _result(command, talk, start)
    if talk.rc is None:
        raise Fail("command exceeded timeout", **result)
    if talk.rc != 0:
        raise Fail("non-zero return code", **result)
    return result


def _answers(given: str | list[str]) -> Iterator[bytes]:
    if isinstance(given, list):
        return iter([_line(one) for one in given])
    return itertools.repeat(_line(given))


def _line(answer: Any) -> bytes:
    return str(answer).rstrip("\n").encode("utf-8", "surrogateescape") + b"\n"


def _result(command: str, talk: terminal.Talk, start: float) -> dict[str, Any]:
    begin, end = (datetime.datetime.fromtimestamp(moment) for moment in (start, time.time()))
    return {
        "cmd": command,
        "stdout": talk.output.decode("utf-8", "surrogateescape").rstrip("\r\n"),
        "rc": talk.rc,
        "start": str(begin),
        "end": str(end),
        "delta": str(end - begin),
        "changed": True,
    }
