"""mail: a message sent by a host."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Int, Path, StrList, Text, arg, to_items


class Inline(ModuleArgs):
    """A file that the text of a message in HTML shows, as `cid:…`."""

    path: Path
    cid: Text
    mime_type: Text | None = None


class MailArgs(ModuleArgs):
    """Options of `mail`."""

    subject: Text = arg(..., "msg")
    body: Text | None = None
    sender: Text = arg("root", "from")
    to: StrList = arg(["root"], "recipients")
    cc: StrList = arg([])
    bcc: StrList = arg([])
    attach: StrList = arg([])
    inline: Annotated[list[Inline], BeforeValidator(to_items)] = arg([])
    headers: StrList = arg([])
    charset: Text = "utf-8"
    subtype: Literal["html", "plain"] = "plain"
    host: Text = "localhost"
    port: Int = 25
    ehlohost: Text | None = None
    username: Text | None = None
    password: Text | None = arg(None, secret=True)
    secure: Literal["always", "never", "starttls", "try"] = "try"
    timeout: Int = 20
    message_id_domain: Text = "ansible"

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

    Args = MailArgs
    target = "mail.run"
    check_mode = False
