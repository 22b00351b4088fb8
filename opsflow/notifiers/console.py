"""Prints messages."""

from __future__ import annotations

import sys
from typing import Literal

from .base import Notifier, NotifierConfig, notifiers
from .message import Message


class ConsoleConfig(NotifierConfig):
    """`stream`: where to print; standard error by default, so that JSON on standard output stays JSON."""

    stream: Literal["stdout", "stderr"] = "stderr"


@notifiers.register("console")
class Console(Notifier[ConsoleConfig]):
    """Prints messages as text."""

    Config = ConsoleConfig

    @property
    def address(self) -> str:
        return self.config.stream

    async def send(self, message: Message) -> None:
        stream = sys.stdout if self.config.stream == "stdout" else sys.stderr
        encoding = stream.encoding or "utf-8"
        stream.write(message.text.encode(encoding, "replace").decode(encoding))
        stream.flush()
