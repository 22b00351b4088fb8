"""slack: a message to a channel of Slack."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg, to_int, to_items

_WEBHOOK = re.compile(r"T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]+")
_COLOUR = re.compile(r"normal|good|warning|danger|#([A-Fa-f0-9]{6}|[A-Fa-f0-9]{3})")


class Upload(ModuleArgs):
    """A file of the host to put into the channel."""

    path: Path
    """Where it is on the host."""
    name: Text | None = None
    """The name that it gets there, if not its own."""


Mappings = Annotated[list[dict[str, Any]], BeforeValidator(to_items)]


@modules.register("slack")
class Slack(Module):
    """Let a host send a message to Slack, change one, or upload files, by a webhook or by Slack's interface.

    An existing message (`message_id`) is changed only where its text, attachments or blocks differ.

    Returns:
        ts, channel: the message's name, with which it can be changed or answered, and where it is.
        api: what Slack answered.
        payload: the message as it was sent, JSON.
        files_upload: what Slack said of the files.
        msg: OK, where a webhook was used.

    Examples:
        - name: Tell that it is done
          slack:
            token: "{{ slack_token }}"
            channel: "#deploys"
            msg: "{{ inventory_hostname }} has the new version"
            color: good
          delegate_to: localhost
    """

    class Args(ModuleArgs):
        token: Text = arg(..., secret=True)
        """A webhook's `T…/B…/…`, or a token that begins with xoxb-, xoxp- or xoxa-."""
        domain: Text | None = None
        """slack.com, or slack-gov.com."""
        msg: Text | None = None
        """The text; `&`, `<` and `>` have a meaning for Slack."""
        channel: Text | None = None
        """The channel, by its name or ID; without one the webhook's own."""
        thread_id: Text | None = None
        """The `ts` of the message that this one answers."""
        reply_broadcast: Bool = False
        """Show an answer in the channel as well."""
        message_id: Text | None = None
        """The `ts` of a message to change; its channel must be given by ID."""
        username: Text = "Ansible"
        """The name of the sender."""
        icon_url: Text = "https://docs.ansible.com/favicon/favicon.ico"
        """A picture of the sender."""
        icon_emoji: Text | None = None
        """An emoji instead of a picture, such as `:robot_face:`."""
        link_names: Annotated[Literal[0, 1], BeforeValidator(to_int)] = 1
        """Whether `#name` and `@name` become links."""
        parse: Literal["full", "none"] | None = None
        """How Slack looks for addresses and names in the text."""
        color: Text = "normal"
        """Put the text beside a bar: good, warning, danger, or a colour such as `#00aacc`."""
        attachments: Mappings | None = None
        """Attachments, as Slack describes them."""
        blocks: Mappings | None = None
        """Blocks, as Slack describes them."""
        prepend_hash: Literal["always", "never", "auto"] = "never"
        """Write `#` before the channel's name; `auto` only where there is neither sign nor ID."""
        files: Annotated[list[Upload], BeforeValidator(to_items)] | None = None
        """Files of the host to upload; needs a token, not a webhook, and the channel's ID."""
        fail_on_file_error: Bool = True
        """Fail when a file is not there; if not, it is left out with a warning."""
        validate_certs: Bool = True
        """Check the server's certificate."""

        @model_validator(mode="after")
        def _possible(self) -> Self:
            if not (_WEBHOOK.fullmatch(self.token) or self.token.startswith(("xoxb-", "xoxp-", "xoxa-"))):
                raise ValueError("token must be a webhook's T…/B…/… or begin with xoxb-, xoxp- or xoxa-")
            if not _COLOUR.fullmatch(self.color):
                raise ValueError("color must be normal, good, warning, danger or such as #00aacc")
            if self.message_id is not None and not (self.token.startswith("xox") and self.channel):
                raise ValueError("message_id needs channel, and a token that is no webhook")
            if self.files and not self.token.startswith("xox"):
                raise ValueError("files need a token that is no webhook")
            return self

    repeatable = False
    target = "slack.run"
