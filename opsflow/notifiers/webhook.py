"""Posts messages as JSON, signed."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from .base import Notifier, NotifierConfig, NotifyError, in_thread, notifiers
from .message import Message

_TRY_AGAIN = {408, 425, 429}


class WebhookConfig(NotifierConfig):
    """Options of `webhook`.

    `url` (or `url_env`, the name of an environment variable: a URL may hold a token). `secret` or
    `secret_env`: signs each request. `headers`: added to each request. `timeout`: seconds for one try.
    `ca_file`: certificates to trust.
    """

    url: SecretStr | None = None
    url_env: str | None = None
    secret: SecretStr | None = None
    secret_env: str | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict[str, SecretStr])
    timeout: float = Field(10, gt=0)
    ca_file: str | None = None

    @field_validator("headers")
    @classmethod
    def _one_line(cls, headers: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, value in headers.items():
            if not name.isprintable() or ":" in name or not value.get_secret_value().isprintable():
                raise ValueError(f"must be names and values of one line each, unlike '{name}'")
        return headers

    @model_validator(mode="after")
    def _has_url(self) -> WebhookConfig:
        if not (self.url or self.url_env):
            raise ValueError("'url' or 'url_env' is required")
        return self


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses to follow: a report and its signature go where the configuration says and nowhere else."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


@notifiers.register("webhook")
class Webhook(Notifier[WebhookConfig]):
    """Posts a message's data as JSON. A lost connection, 5xx, 408, 425 and 429 may pass.

    With a secret, `X-OpsFlow-Signature` is `sha256=` and the HMAC-SHA256 of `X-OpsFlow-Timestamp` (seconds
    since the epoch), a dot and the body. `X-OpsFlow-Message` is the same in every try of one message.
    """

    Config = WebhookConfig

    def __init__(self, config: WebhookConfig) -> None:
        super().__init__(config)
        url = self.secret(config.url, config.url_env) or ""
        self._parts = urlsplit(url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname:
            raise ValueError("'url' must begin with http:// or https:// and name a host")
        if self._parts.username is not None:
            raise ValueError("'url' must hold no login: give it in 'headers' (Authorization)")
        self._url = url
        self._secret = self.secret(config.secret, config.secret_env)
        # The path and the query may hold a token, and are never shown.
        self._shown = f"{self._parts.scheme}://{self._parts.netloc}"

    @property
    def address(self) -> str:
        return self._shown

    async def send(self, message: Message) -> None:
        body = json.dumps(message.data).encode()
        await in_thread(lambda: self._post(body, self._headers(body, message)))

    def _post(self, body: bytes, headers: dict[str, str]) -> None:
        """Try once. Blocks: runs in a thread. Raises NotifyError."""
        request = urllib.request.Request(self._url, body, headers, method="POST")  # noqa: S310
        context = ssl.create_default_context(cafile=self.config.ca_file)
        opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=context))
        try:
            with opener.open(request, timeout=self.config.timeout):
                return
        except urllib.error.HTTPError as error:
            with error:
                answer = f"{self._shown}: answered {error.code} {error.reason}"
            again = error.code >= 500 or error.code in _TRY_AGAIN
            raise NotifyError(answer, again=again) from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, ssl.SSLCertVerificationError):
                message = f"{self._shown}: its certificate is not trusted: {reason.verify_message}"
                raise NotifyError(message) from None
            raise NotifyError(f"{self._shown}: {_words(reason)}", again=True) from None

    def _headers(self, body: bytes, message: Message) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "OpsFlow"}
        headers |= {"X-OpsFlow-Run": message.run_id, "X-OpsFlow-Message": message.key}
        headers |= {name: value.get_secret_value() for name, value in self.config.headers.items()}
        if self._secret is not None:
            timestamp = str(int(time.time()))
            headers["X-OpsFlow-Timestamp"] = timestamp
            headers["X-OpsFlow-Signature"] = f"sha256={signature(self._secret, timestamp, body)}"
        return headers


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Return the HMAC-SHA256 of a timestamp, a dot and a body, in hexadecimal."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _words(reason: object) -> str:
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
