"""What to do with a call that an earlier run began on a host and that was broken off, nobody knows where."""

from __future__ import annotations

import time
from typing import Literal, get_args

from opsflow.core.errors import TaskError

from .prompts import Ask

Choice = Literal["redo", "done", "fail"]
POLICIES = ("ask", *get_args(Choice))

_LETTERS: dict[str, Choice] = {"r": "redo", "d": "done", "f": "fail"}
_HINT = "look at the host, then go on with `opsflow resume --unknown redo` or `--unknown done`"


class Unknown:
    """Decides by what the command line says, or by asking a person, once for all where that is wanted."""

    def __init__(self, policy: str = "fail", ask: Ask | None = None) -> None:
        """`policy` is one of POLICIES; without anybody to ask, a task fails."""
        self._policy = policy if policy != "ask" or ask else "fail"
        self._ask = ask
        self.left = False
        """Whether a call was left as it is: it must be known of the next time."""

    def decide(self, host: str, task: str, error: TaskError) -> Choice:
        """Return what is to be done with a task on a host; `error` is what the host said of it."""
        choice = self._decide(host, task, error)
        self.left = self.left or choice == "fail"
        return choice

    def _decide(self, host: str, task: str, error: TaskError) -> Choice:
        if self._policy != "ask":
            return next(choice for choice in get_args(Choice) if choice == self._policy)
        assert self._ask is not None
        begun = _clock(error)
        question = (
            f"{host}: '{task}' was begun at {begun} and broken off, nobody knows how far it came.\n"
            "Do it again (r), take it as done (d), or let it fail (f)? Capitals: for all such tasks"
        )
        prompt = {"name": "answer", "prompt": question, "private": False, "confirm": False}
        while True:
            answer = self._ask(prompt).strip()
            if choice := _LETTERS.get(answer[:1].lower()):
                if answer[:1].isupper():
                    self._policy = choice
                return choice


def failed(task: str, error: TaskError) -> TaskError:
    """Return the error of a task that is left as it is."""
    message = f"'{task}' was begun at {_clock(error)} and broken off: nobody knows how far it came"
    return TaskError(message, hint=_HINT, data=error.data)


def _clock(error: TaskError) -> str:
    begun = error.data.get("begun")
    moment = time.localtime(begun if isinstance(begun, int | float) else 0)
    return time.strftime("%Y-%m-%d %H:%M:%S", moment)
