"""Mail is delivered to a real SMTP server."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from opsflow.notifiers.base import NotifyError
from opsflow.notifiers.email import Email, EmailConfig
from opsflow.notifiers.message import Message
from tests.support.servers import Server, Sink

BASE = {"type": "email", "host": "127.0.0.1", "from": "ops@example.org", "to": "a@example.org", "timeout": 5}


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def serve(sink: Sink, certificate: Path) -> Iterator[Callable[[str], int]]:
    servers: list[Server] = []

    def start(security: str) -> int:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        servers.append(Server(sink, security, tls))
        servers[-1].start()
        return servers[-1].port

    yield start
    for server in servers:
        server.stop()


def notifier(**options: Any) -> Email:
    return Email(EmailConfig.model_validate(BASE | options))


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_a_mail_arrives_with_text_and_html(
    serve: Callable[[str], int],
    sink: Sink,
    certificate: Path,
    message: Message,
    security: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "pa55")
    await notifier(
        port=serve(security),
        security=security,
        username="ops",
        password_env="MAIL_PASSWORD",
        ca_file=str(certificate),
        to=["a@example.org", "b@example.org"],
        cc="c@example.org",
    ).send(message)
    ((envelope, mail),) = sink.mails
    assert envelope.mail_from == "ops@example.org"
    assert envelope.rcpt_tos == ["a@example.org", "b@example.org", "c@example.org"]
    assert mail["Subject"] == "[OpsFlow] failed: update.yml on 2 hosts"
    assert (mail["To"], mail["Cc"]) == ("a@example.org, b@example.org", "c@example.org")
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == message.text
    assert page is not None
    assert "1.0 → 1.1" in page.get_content()


async def test_the_subject_is_the_users(serve: Callable[[str], int], sink: Sink, message: Message) -> None:
    await notifier(port=serve("none"), security="none", subject="{run} {failed}/{hosts}\nX: y").send(message)
    assert sink.mails[0][1]["Subject"] == "r-1 1/2 X: y"


async def test_a_refused_login_is_told_without_the_password(
    serve: Callable[[str], int], certificate: Path, message: Message
) -> None:
    wrong = notifier(port=serve("starttls"), username="ops", password="wr0ng", ca_file=str(certificate))
    with pytest.raises(NotifyError, match="refused the login of 'ops' \\(535") as caught:
        await wrong.send(message)
    assert "wr0ng" not in str(caught.value)


async def test_a_certificate_that_is_not_trusted_ends_the_delivery(
    serve: Callable[[str], int], sink: Sink, message: Message
) -> None:
    with pytest.raises(NotifyError, match="certificate is not trusted"):
        await notifier(port=serve("starttls")).send(message)
    assert sink.mails == []


async def test_starttls_is_never_given_up(serve: Callable[[str], int], sink: Sink, message: Message) -> None:
    with pytest.raises(NotifyError, match="STARTTLS") as caught:
        await notifier(port=serve("none")).send(message)
    assert caught.value.hint is not None
    assert sink.mails == []


async def test_refused_recipients_are_named(
    serve: Callable[[str], int], sink: Sink, message: Message
) -> None:
    port = serve("none")
    with pytest.raises(NotifyError, match=r"some recipients: nobody@example\.org \(550\)"):
        await notifier(port=port, security="none", to=["a@example.org", "nobody@example.org"]).send(message)
    assert len(sink.mails) == 1
    with pytest.raises(NotifyError, match=r"every recipient: nobody@example\.org"):
        await notifier(port=port, security="none", to="nobody@example.org").send(message)


async def test_a_server_that_is_not_there_is_told(unused_tcp_port: int, message: Message) -> None:
    with pytest.raises(NotifyError, match=f"127.0.0.1:{unused_tcp_port}: Connection refused"):
        await notifier(port=unused_tcp_port).send(message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"to": []}, "at least 1 item"),
        ({"to": "a b@x\nBcc: c@x"}, "must be an address"),
        ({"subject": "{hosts.x} {who}"}, "unknown fact {who}"),
        ({"username": "ops"}, "'username' needs 'password_env'"),
        (
            {"host": "mx.example.org", "security": "none", "username": "o", "password": "p"},
            "only sent over TLS",
        ),
    ],
)
def test_bad_options_are_refused_before_the_run(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        notifier(**options)


def test_a_password_is_not_shown() -> None:
    assert "pa55" not in repr(EmailConfig.model_validate({**BASE, "username": "o", "password": "pa55"}))
