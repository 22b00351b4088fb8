"""Prints the report."""

from __future__ import annotations

import sys
from typing import Literal

from .base import Notifier, NotifierConfig, Report, notifiers


class ConsoleConfig(NotifierConfig):
    """`stream`: where to print; standard error by default, so that JSON on standard output stays JSON."""

    stream: Literal["stdout", "stderr"] = "stderr"


@notifiers.register("console")
class Console(Notifier[ConsoleConfig]):
    """Prints the report as text."""

    Config = ConsoleConfig

    async def send(self, report: Report) -> None:
        stream = sys.stdout if self.config.stream == "stdout" else sys.stderr
        encoding = stream.encoding or "utf-8"
        stream.write(report.text().encode(encoding, "replace").decode(encoding))
        stream.flush()
