"""Writes messages to a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Literal

from .base import Notifier, NotifierConfig, NotifyError, in_thread, notifiers
from .message import Message


class FileConfig(NotifierConfig):
    """`path`: made with mode 0600; `format`: a line of JSON a message, or text; `append`: or replace."""

    path: str
    format: Literal["ndjson", "text"] = "ndjson"
    append: bool = True


@notifiers.register("file")
class File(Notifier[FileConfig]):
    """Writes messages to a file."""

    Config = FileConfig

    @property
    def address(self) -> str:
        return self.config.path

    async def send(self, message: Message) -> None:
        text = message.text if self.config.format == "text" else json.dumps(message.data) + "\n"
        try:
            await in_thread(lambda: self._write(text.encode("utf-8", "replace")))
        except OSError as error:
            raise NotifyError(f"cannot write {self.config.path}: {error.strerror}") from error

    def _write(self, data: bytes) -> None:
        """Write in one go, so that runs that end at the same time do not mix their lines."""
        path = Path(self.config.path).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        how = os.O_APPEND if self.config.append else os.O_TRUNC
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | how, 0o600), "wb", buffering=0) as file:
            file.write(data)
