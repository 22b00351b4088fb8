"""expect: commands that ask."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Dict, Path, Text, to_int


def _seconds(value: Any) -> int | None:
    return None if value is None else to_int(value)


@modules.register("expect")
class Expect(Module):
    """Run a command on a terminal, without a shell, and answer its questions.

    A question is a regular expression; it is searched in all that was said since the last answer. Say
    `no_log: true` where answers are secret.

    Returns:
        cmd: what was run.
        rc: its exit code.
        stdout, stdout_lines: what it said, with the questions.

    Examples:
        - name: Change a password where only a terminal is asked
          expect:
            command: /usr/bin/app passwd admin
            responses:
              (?i)new password: "{{ admin_password }}"
              (?i)again: "{{ admin_password }}"
          no_log: true
    """

    class Args(ModuleArgs):
        command: Text
        """The command."""
        responses: Dict
        """Answers by their question: text for every time, a list for one time each."""
        timeout: Annotated[int | None, BeforeValidator(_seconds)] = 30
        """Seconds in which a question or the end must come; `null` for any time."""
        echo: Bool = False
        """Let the terminal show the answers, so that they are in the output."""
        chdir: Path | None = None
        """The directory to run it in."""
        creates: Path | None = None
        """A path: where it exists, the command is not run."""
        removes: Path | None = None
        """A path: where it does not exist, the command is not run."""

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if not self.command.strip():
                raise ValueError("no command given")
            for question in self.responses:
                try:
                    re.compile(question)
                except re.error as error:
                    raise ValueError(f"'{question}' is not a regular expression: {error}") from None
            return self

        def sent(self) -> dict[str, Any]:
            return {**super().sent(), "timeout": self.timeout}

    repeatable = False
    target = "expect.run"
    check_mode = False
