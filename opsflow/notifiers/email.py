"""Sends messages by SMTP."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from .base import AttachingConfig, Notifier, NotifyError, as_list, in_thread, notifiers
from .message import Message

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SUBJECT = "[OpsFlow] {outcome}: {playbook} on {hosts} hosts{check}"
_FACTS = {"outcome", "playbook", "run", "hosts", "changed", "failed", "unreachable", "check"}
_HERE = {"localhost", "127.0.0.1", "::1"}


Addresses = Annotated[list[str], BeforeValidator(as_list)]


class EmailConfig(AttachingConfig):
    """Options of `email`.

    `security`: `starttls` (port 587), `tls` (465) or `none` (25). `password_env` names an environment
    variable, which keeps the password out of the file. `subject` may hold {outcome}, {playbook}, {run},
    {hosts}, {changed}, {failed}, {unreachable} and {check}. `timeout`: seconds for each answer of the
    server. `ca_file`: certificates to trust instead of the system's.
    """

    host: str
    port: int | None = Field(None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: SecretStr | None = None
    password_env: str | None = None
    sender: str = Field(alias="from")
    to: Addresses = Field(min_length=1)
    cc: Addresses = Field(default_factory=list[str])
    subject: str = _SUBJECT
    timeout: float = Field(30, gt=0)
    ca_file: str | None = None

    @field_validator("sender", "to", "cc")
    @classmethod
    def _addresses(cls, value: str | list[str]) -> str | list[str]:
        for address in [value] if isinstance(value, str) else value:
            if not parseaddr(address)[1] or "\n" in address:
                raise ValueError(f"must be an address such as ops@example.org, not '{address}'")
        return value

    @field_validator("subject")
    @classmethod
    def _placeholders(cls, value: str) -> str:
        if unknown := set(re.findall(r"\{(\w*)\}", value)) - _FACTS:
            names = ", ".join(sorted(_FACTS))
            raise ValueError(f"names an unknown fact {{{min(unknown)}}}; there are {names}")
        return value

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> EmailConfig:
        if self.username and self.security == "none" and self.host not in _HERE:
            raise ValueError("a password is only sent over TLS: set 'security' to starttls or tls")
        if bool(self.username) != bool(self.password or self.password_env):
            raise ValueError("'username' needs 'password_env' (or 'password'), and the other way round")
        return self


@notifiers.register("email")
class Email(Notifier[EmailConfig]):
    """Sends a message as a mail with a text and, where there is one, an HTML part."""

    Config = EmailConfig

    def __init__(self, config: EmailConfig) -> None:
        super().__init__(config)
        self._password = self.secret(config.password, config.password_env)
        self._port = config.port or _PORTS[config.security]
        self._server = f"{config.host}:{self._port}"

    @property
    def address(self) -> str:
        return f"{', '.join(self.config.to)} by {self._server}"

    async def send(self, message: Message) -> None:
        mail = self._mail(message)
        try:
            refused = await in_thread(lambda: self._deliver(mail))
        except OSError as error:  # smtplib's own errors are among them
            raise self._explained(error) from error
        if refused:
            raise NotifyError(f"{self._server} refused some recipients: {_refused(refused)}", partly=True)

    def _explained(self, error: OSError) -> NotifyError:
        match error:
            case smtplib.SMTPAuthenticationError():
                message = f"refused the login of '{self.config.username}' ({_reply(error)})"
                return NotifyError(f"{self._server} {message}", hint="check 'username' and the password")
            case smtplib.SMTPRecipientsRefused():
                codes = [code for code, _ in error.recipients.values()]
                message = f"{self._server} refused every recipient: {_refused(error.recipients)}"
                return NotifyError(message, again=all(map(_for_now, codes)))
            case smtplib.SMTPResponseException():
                message = f"{self._server} refused the mail ({_reply(error)})"
                return NotifyError(message, again=_for_now(error.smtp_code))
            case smtplib.SMTPNotSupportedError():
                hint = "set 'security' as the server has it: starttls, tls or none"
                return NotifyError(f"{self._server}: {error}", hint=hint)
            case ssl.SSLCertVerificationError():
                return NotifyError(f"{self._server}: its certificate is not trusted: {error.verify_message}")
            case _:
                return NotifyError(f"cannot deliver to {self._server}: {_reason(error)}", again=True)

    def _mail(self, message: Message) -> EmailMessage:
        config = self.config
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # any server can take that
        mail["Subject"] = " ".join(self._subject(message).split())
        mail["From"] = config.sender
        mail["To"] = ", ".join(config.to)
        if config.cc:
            mail["Cc"] = ", ".join(config.cc)
        mail["Date"] = formatdate(localtime=True)
        domain = parseaddr(config.sender)[1].rpartition("@")[2]
        mail["Message-ID"] = f"<{message.key}@{domain or 'localhost'}>"  # who gets it twice sees that
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        if message.html:
            mail.add_alternative(message.html, subtype="html")
        for one in message.attachments:
            kind, _, subtype = one.kind.partition("/")
            mail.add_attachment(one.text.encode(), kind, subtype, filename=one.name)
        return mail

    def _subject(self, message: Message) -> str:
        if message.subject is not None:
            return message.subject
        if message.title != message.facts["title"]:  # not the plain report of a run
            return f"[OpsFlow] {message.title}"
        return re.sub(r"\{(\w+)\}", lambda found: message.facts[found[1]], self.config.subject)

    def _deliver(self, mail: EmailMessage) -> dict[str, Any]:
        """Hand the mail over and return the recipients that were refused. Blocks: runs in a thread."""
        with self._connect() as server:
            if self.config.security == "starttls":
                server.starttls(context=self._tls())
            if self.config.username and self._password is not None:
                server.login(self.config.username, self._password)
            return server.send_message(mail)

    def _connect(self) -> smtplib.SMTP:
        # Its own name is given, as looking it up in DNS may take longer than the delivery.
        name, timeout = socket.gethostname(), self.config.timeout
        if self.config.security == "tls":
            return smtplib.SMTP_SSL(self.config.host, self._port, name, timeout=timeout, context=self._tls())
        return smtplib.SMTP(self.config.host, self._port, name, timeout=timeout)

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.config.ca_file)


def _for_now(code: int) -> bool:
    """Tell whether a server says that it may take the mail later, as with greylisting."""
    return 400 <= code < 500


def _reply(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def _refused(recipients: dict[str, Any]) -> str:
    return ", ".join(f"{name} ({code})" for name, (code, _) in recipients.items())


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
