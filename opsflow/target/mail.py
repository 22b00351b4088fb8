"""Sending mail by SMTP."""

from __future__ import annotations

import email.policy
import email.utils
import mimetypes
import os
import smtplib
import socket
import ssl
from email.message import EmailMessage

from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, **want: Any) -> dict[str, Any]:
    """Send a message; return `result`, who got it not."""
    message = _message(request, want)
    receivers = [address for _, address in email.utils.getaddresses(want["to"] + want["cc"] + want["bcc"])]
    sender = email.utils.parseaddr(want["sender"])[1]
    refused: dict[str, Any] = {}
    try:
        server = _connected(want)
        try:
            if want.get("username") is not None:
                server.login(want["username"], want["password"])
            refused = server.send_message(message, sender, receivers)
        finally:
            server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        raise Fail("the server takes mail for none of %s" % ", ".join(sorted(error.recipients))) from None
    except (smtplib.SMTPException, OSError) as error:
        place = "%s:%s" % (want["host"], want["port"])
        raise Fail("Failed to send community.general.mail to %s: %s" % (place, error), rc=1) from None
    msg = "Failed to send mail to at least one recipient" if refused else "Mail sent successfully"
    return {"changed": False, "msg": msg, "result": {name: _answer(said) for name, said in refused.items()}}


def _answer(said: tuple[int, bytes]) -> list[Any]:
    """Return what the server said of a receiver, as JSON can hold it."""
    return [said[0], said[1].decode("utf-8", "replace")]


def _connected(want: dict[str, Any]) -> smtplib.SMTP:
    """Return a connection to the server, as safe as is wanted."""
    host, port, secure, timeout = want["host"], want["port"], want["secure"], want["timeout"]
    name: str | None = want.get("ehlohost")
    checked = ssl.create_default_context()
    if secure in ("always", "try"):
        context = checked if secure == "always" else _unchecked()
        try:
            return smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=context)
        except (ssl.SSLError, smtplib.SMTPException, ConnectionError, socket.timeout):
            if secure == "always":
                raise
    server = smtplib.SMTP(host, port, name, timeout=timeout)
    server.ehlo()
    if secure != "never" and server.has_extn("starttls"):
        server.starttls(context=checked if secure == "starttls" else _unchecked())
        server.ehlo()
    elif secure == "starttls":
        server.quit()
        raise Fail("the server %s:%s does not offer STARTTLS, which is wanted" % (host, port))
    return server


def _unchecked() -> ssl.SSLContext:
    """Encryption that anybody may offer: `try` falls back to none at all."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _message(request: Request, want: dict[str, Any]) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = want["sender"]
    message["To"] = ", ".join(want["to"])
    if want["cc"]:
        message["Cc"] = ", ".join(want["cc"])
    message["Subject"] = want["subject"]
    message["Date"] = email.utils.formatdate(localtime=True)
    message["Message-ID"] = email.utils.make_msgid(domain=want["message_id_domain"])
    message["X-Mailer"] = "OpsFlow mail module"
    for header in want["headers"]:
        name, _, value = header.partition("=")
        message[name.strip()] = value.strip()
    body: str = want.get("body", want["subject"])
    message.set_content(body + "\n\n", subtype=want["subtype"], charset=want["charset"])
    for one in want["inline"]:
        content, kind = _file(request, one["path"], one.get("mime_type"))
        message.add_related(content, *kind, cid="<%s>" % one["cid"].strip("<>"))
    for path in want["attach"]:
        content, kind = _file(request, path, None)
        message.add_attachment(content, *kind, filename=os.path.basename(path))
    return message


def _file(request: Request, path: str, kind: str | None) -> tuple[bytes, list[str]]:
    """Return a file's content, and the two parts of its type."""
    guessed = kind or mimetypes.guess_type(path)[0] or "application/octet-stream"
    with open(expand(request, path), "rb") as file:
        return file.read(), guessed.split("/", 1)
