"""mail: a message sent by a host."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Int, Path, StrList, Text, arg, to_items


class Inline(ModuleArgs):
    """A file that the text of a message in HTML shows, as `cid:…`."""

    path: Path
    """The file on the host."""
    cid: Text
    """The name by which the text shows it."""
    mime_type: Text | None = None
    """Its type, if its name does not tell."""


class MailArgs(ModuleArgs):
    """Options of `mail`."""

    subject: Text = arg(..., "msg")
    """The subject."""
    body: Text | None = None
    """The text; the subject without one."""
    sender: Text = arg("root", "from")
    """The sender."""
    to: StrList = arg(["root"], "recipients")
    """Those it is for."""
    cc: StrList = arg([])
    """Others who get it."""
    bcc: StrList = arg([])
    """Others who get it, without being named."""
    attach: StrList = arg([])
    """Files of the host to attach."""
    inline: Annotated[list[Inline], BeforeValidator(to_items)] = arg([])
    """Files of the host that the text shows."""
    headers: StrList = arg([])
    """More headers, `NAME=VALUE` each."""
    charset: Text = "utf-8"
    """The encoding of the text."""
    subtype: Literal["html", "plain"] = "plain"
    """Whether the text is plain or HTML."""
    host: Text = "localhost"
    """The server."""
    port: Int = 25
    """Its port."""
    ehlohost: Text | None = None
    """How the host calls itself there."""
    username: Text | None = None
    """The user's name there."""
    password: Text | None = arg(None, secret=True)
    """The password there."""
    secure: Literal["always", "never", "starttls", "try"] = "try"
    """Whether the connection is encrypted: always, by STARTTLS, where it can be, never."""
    timeout: Int = 20
    """Seconds to wait for the server."""
    message_id_domain: Text = "ansible"
    """The domain in the message's ID."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        for header in self.headers:
            if "=" not in header:
                raise ValueError(f"a header is NAME=VALUE, not '{header}'")
        lines: list[Any] = [self.subject, self.sender, *self.to, *self.cc, *self.bcc, *self.headers]
        if any("\n" in str(line) or "\r" in str(line) for line in lines):
            raise ValueError("subject, addresses and headers are one line each")
        return self


@modules.register("mail")
class Mail(Module):
    """Let a host send a mail to an SMTP server, its own by default.

    The certificate of a server is checked where `secure` is always or starttls.

    Returns:
        msg: what was sent, or could not be.
        result: the recipients that were refused.

    Examples:
        - name: Tell that it is done
          mail:
            host: mail.example.org
            port: 587
            secure: starttls
            username: opsflow
            password: "{{ mail_password }}"
            to: [ops@example.org]
            subject: "{{ inventory_hostname }} is ready"
          delegate_to: localhost
    """

    repeatable = False
    Args = MailArgs
    target = "mail.run"
    check_mode = False
