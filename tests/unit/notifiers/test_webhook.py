"""The report is posted to a real HTTP server."""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsflow.notifiers.base import NotifyError
from opsflow.notifiers.message import Message
from opsflow.notifiers.webhook import Webhook, WebhookConfig
from tests.support.servers import Hook, listening


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


def notifier(**options: Any) -> Webhook:
    return Webhook(WebhookConfig.model_validate({"type": "webhook", "backoff": 0.01, "timeout": 5} | options))


async def test_the_report_arrives_signed_with_the_users_headers(
    hook: Hook, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    await notifier(url=hook.url, secret_env="HOOK_SECRET", headers={"X-Team": "ops"}).send(message)
    ((path, headers, body),) = hook.requests
    assert path == "/hooks/t0ken?key=t0ken"
    assert json.loads(body) == json.loads(json.dumps(message.data))
    assert (headers["content-type"], headers["x-team"]) == ("application/json", "ops")
    assert headers["x-opsflow-run"] == "r-1"
    signed = headers["x-opsflow-timestamp"].encode() + b"." + body
    expected = hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert headers["x-opsflow-signature"] == f"sha256={expected}"


async def test_without_a_secret_there_is_no_signature(hook: Hook, message: Message) -> None:
    await notifier(url=hook.url).send(message)
    assert "x-opsflow-signature" not in hook.requests[0][1]


@pytest.mark.parametrize("answer", [500, 503, 0, 408, 425, 429])
async def test_errors_of_the_server_and_lost_connections_may_pass(
    hook: Hook, message: Message, answer: int
) -> None:
    hook.answers = [answer]
    with pytest.raises(NotifyError) as caught:
        await notifier(url=hook.url).send(message)
    assert caught.value.again
    assert "t0ken" not in str(caught.value)
    assert len(hook.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 302])
async def test_a_refusal_or_redirection_is_final(hook: Hook, message: Message, status: int) -> None:
    hook.answers = [status]
    with pytest.raises(NotifyError, match=f"answered {status}") as caught:
        await notifier(url=hook.url).send(message)
    assert not caught.value.again
    assert len(hook.requests) == 1


async def test_a_closed_port_is_told(unused_tcp_port: int, message: Message) -> None:
    with pytest.raises(NotifyError, match=f"^http://127.0.0.1:{unused_tcp_port}: Connection refused$"):
        await notifier(url=f"http://127.0.0.1:{unused_tcp_port}/").send(message)


async def test_https_is_verified(hook: Hook, message: Message, certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    hook.socket = tls.wrap_socket(hook.socket, server_side=True)
    url = hook.url.replace("http:", "https:")
    with pytest.raises(NotifyError, match="certificate is not trusted"):
        await notifier(url=url).send(message)
    assert hook.requests == []
    await notifier(url=url, ca_file=str(certificate)).send(message)
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "'url' or 'url_env' is required"),
        ({"url": "ftp://x/"}, "must begin with http"),
        ({"url": "http://user:t0ken@x/"}, "must hold no login"),
        ({"url": "file:///etc/passwd"}, "must begin with http"),
        ({"url_env": "NO_SUCH_VARIABLE"}, "NO_SUCH_VARIABLE is not set"),
        ({"url": "http://x/", "headers": {"a": "b\nc: d"}}, "one line"),
    ],
)
def test_bad_options_are_refused_before_the_run(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        notifier(**options)
