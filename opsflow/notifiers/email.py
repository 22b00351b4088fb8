"""Sends the report by SMTP."""

from __future__ import annotations

import asyncio
import re
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from .base import Notifier, NotifierConfig, NotifyError, Report, notifiers, secret

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SUBJECT = "[OpsFlow] {outcome}: {playbook} on {hosts} hosts{check}"
_FACTS = {"outcome", "playbook", "run", "hosts", "changed", "failed", "unreachable", "check"}
_HERE = {"localhost", "127.0.0.1", "::1"}


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Addresses = Annotated[list[str], BeforeValidator(_as_list)]


class EmailConfig(NotifierConfig):
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
    """Sends the report as a mail with a text and an HTML part."""

    Config = EmailConfig

    def __init__(self, config: EmailConfig) -> None:
        super().__init__(config)
        self._password = secret(config.password, config.password_env)
        self._port = config.port or _PORTS[config.security]
        self._server = f"{config.host}:{self._port}"

    async def send(self, report: Report) -> None:
        message = self._message(report)
        try:
            refused = await asyncio.to_thread(self._deliver, message)
        except OSError as error:  # smtplib's own errors are among them
            raise self._explained(error) from error
        if refused:
            raise NotifyError(f"{self._server} refused some recipients: {_refused(refused)}")

    def _explained(self, error: OSError) -> NotifyError:
        match error:
            case smtplib.SMTPAuthenticationError():
                message = f"refused the login of '{self.config.username}' ({_reply(error)})"
                return NotifyError(f"{self._server} {message}", hint="check 'username' and the password")
            case smtplib.SMTPRecipientsRefused():
                return NotifyError(f"{self._server} refused every recipient: {_refused(error.recipients)}")
            case smtplib.SMTPResponseException():
                return NotifyError(f"{self._server} refused the mail ({_reply(error)})")
            case smtplib.SMTPNotSupportedError():
                hint = "set 'security' as the server has it: starttls, tls or none"
                return NotifyError(f"{self._server}: {error}", hint=hint)
            case _:
                return NotifyError(f"cannot deliver to {self._server}: {_reason(error)}")

    def _message(self, report: Report) -> EmailMessage:
        config = self.config
        subject = re.sub(r"\{(\w+)\}", lambda found: report.facts[found[1]], config.subject)
        message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # any server can take that
        message["Subject"] = " ".join(subject.split())
        message["From"] = config.sender
        message["To"] = ", ".join(config.to)
        if config.cc:
            message["Cc"] = ", ".join(config.cc)
        message["Date"] = formatdate(localtime=True)
        domain = parseaddr(config.sender)[1].rpartition("@")[2]
        message["Message-ID"] = make_msgid(domain=domain or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(report.text())
        message.add_alternative(report.html(), subtype="html")
        return message

    def _deliver(self, message: EmailMessage) -> dict[str, Any]:
        """Hand the mail over and return the recipients that were refused. Blocks: runs in a thread."""
        with self._connect() as server:
            if self.config.security == "starttls":
                server.starttls(context=self._tls())
            if self.config.username and self._password is not None:
                server.login(self.config.username, self._password)
            return server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        # Its own name is given, as looking it up in DNS may take longer than the delivery.
        name, timeout = socket.gethostname(), self.config.timeout
        if self.config.security == "tls":
            return smtplib.SMTP_SSL(self.config.host, self._port, name, timeout=timeout, context=self._tls())
        return smtplib.SMTP(self.config.host, self._port, name, timeout=timeout)

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.config.ca_file)


def _reply(error: smtplib.SMTPResponseException) -> str:
    text = error.smtp_error
    return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


def _refused(recipients: dict[str, Any]) -> str:
    return ", ".join(f"{name} ({code})" for name, (code, _) in recipients.items())


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
