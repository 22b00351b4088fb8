"""Sends messages to chats and pagers by apprise: Slack, Teams, Discord, Matrix, Telegram and many more."""

from __future__ import annotations

import logging
import re
import warnings
from typing import Any

from pydantic import Field, SecretStr, model_validator

from opsflow.core.errors import OpsFlowError, did_you_mean
from opsflow.core.redact import MASK

from .base import AttachingConfig, Notifier, NotifyError, in_thread, notifiers
from .message import Attachment, Message, Severity

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    try:
        import apprise
        from apprise.attachment.memory import AttachMemory
        from apprise.manager_plugins import NotificationManager

        SCHEMES: frozenset[str] = frozenset(map(str, NotificationManager().schemas()))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        """What the URLs of its services begin with."""
    except ImportError as error:
        raise OpsFlowError(
            "the notifier needs the package apprise", hint="pip install 'opsflow[notify]'"
        ) from error

# What it logs holds URLs, and those hold tokens: it goes nowhere but into our own capture of it.
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False
logging.getLogger("urllib3").setLevel(logging.ERROR)

_KINDS: dict[Severity, str] = {
    "info": "info",
    "warning": "warning",
    "error": "failure",
    "critical": "failure",
}
_PART = 6  # characters from which a part of a URL may be a token


class AppriseConfig(AttachingConfig):
    """Options of `apprise`.

    `url` (or `url_env`, the name of an environment variable: a URL holds a token): where to, as apprise
    writes it, such as `slack://…`, `workflows://…` (Teams), `discord://…`, `matrixs://…`, `tgram://…`.
    `lines`: of the message's text at most, as people read it on a phone.
    """

    url: SecretStr | None = None
    url_env: str | None = None
    lines: int = Field(40, ge=1)

    @model_validator(mode="after")
    def _has_url(self) -> AppriseConfig:
        if not (self.url or self.url_env):
            raise ValueError("'url' or 'url_env' is required")
        return self


@notifiers.register("apprise")
class Apprise(Notifier[AppriseConfig]):
    """Sends a message to the service that one URL of apprise means."""

    Config = AppriseConfig

    def __init__(self, config: AppriseConfig) -> None:
        super().__init__(config)
        self._url = self.secret(config.url, config.url_env) or ""
        self._scheme = self._url.partition("://")[0]
        self._services: Any = apprise.Apprise(
            asset=apprise.AppriseAsset(body_format=apprise.NotifyFormat.TEXT)
        )
        if self._scheme not in SCHEMES or not self._services.add(self._url):
            raise ValueError(self._refusal())

    def _refusal(self) -> str:
        if self._scheme in SCHEMES:
            return f"'url': apprise does not understand the rest of this '{self._scheme}://' URL"
        hint = did_you_mean(self._scheme, SCHEMES) if len(self._scheme) < len(self._url) else None
        return f"'url' must be a URL of apprise such as slack://…{f': {hint}' if hint else ''}"

    @property
    def address(self) -> str:
        return f"{self._scheme}://…"

    async def send(self, message: Message) -> None:
        reason = await in_thread(lambda: self._deliver(message))
        if reason is not None:
            raise NotifyError(f"{self.address}: {reason}", again=True)

    def _deliver(self, message: Message) -> str | None:
        """Hand the message over, and return why that failed. Blocks: runs in a thread."""
        title = message.title if message.subject is None else message.subject
        files: Any = [_file(one) for one in message.attachments] or None
        with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as captured:
            said: Any = captured
            kind = apprise.NotifyType(_KINDS[message.severity])
            if self._services.notify(self._text(message), title, kind, attach=files):
                return None
            lines: list[str] = said.getvalue().splitlines()
        return self._masked(lines[0]) if lines else "the message was not taken"

    def _text(self, message: Message) -> str:
        lines = message.text.splitlines()
        if len(lines) <= self.config.lines:
            return message.text
        return "\n".join([*lines[: self.config.lines], f"… ({len(lines) - self.config.lines} more lines)"])

    def _masked(self, text: str) -> str:
        """Return what apprise says without any part of the URL."""
        for part in re.split(r"[/?&=:@#]+", self._url.partition("://")[2]):
            if len(part) >= _PART:
                text = text.replace(part, MASK)
        return text


def _file(attachment: Attachment) -> AttachMemory:
    return AttachMemory(content=attachment.text, name=attachment.name, mimetype=attachment.kind)
