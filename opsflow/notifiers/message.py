"""What a notifier delivers: a message that is finished, as text, as HTML and as data."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args

Severity = Literal["info", "warning", "error", "critical"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the least to the worst."""

_LISTED = 50
"""How many folded messages are named."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message. `kind` is its media type."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """Something to be delivered as it is. Hidden results (`no_log`) are not in it, secrets are masked.

    `key` is the same in every try to deliver it, and no other message has it. `event` and `severity` are
    those of the gravest thing that it tells. `subject` is a route's own, None where the notifier may choose;
    `title` is one line in any case. `facts` are what a notifier's own subject may name.
    """

    key: str
    run_id: str
    event: str
    severity: Severity
    title: str
    text: str
    html: str
    data: dict[str, Any]
    facts: dict[str, str] = field(default_factory=dict[str, str])
    subject: str | None = None
    attachments: tuple[Attachment, ...] = ()

    def packed(self) -> bytes:
        """Return the message as it is kept until it is delivered."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["attachments"] = [[one.name, one.kind, one.text] for one in self.attachments]
        return zlib.compress(json.dumps(values).encode())

    @classmethod
    def unpacked(cls, kept: bytes) -> Message:
        """Return the message that was packed."""
        values: dict[str, Any] = json.loads(zlib.decompress(kept))
        attachments = tuple(Attachment(*one) for one in values.pop("attachments"))
        return cls(**values, attachments=attachments)


def folded(key: str, messages: list[Message]) -> Message:
    """Return one message for several that were held back: the newest, and what the others said in a line.

    Args:
        key: that of the new message.
        messages: at least one, the oldest first.
    """
    *others, newest = messages
    if not others:
        return replace(newest, key=key)
    more = f"and {len(others)} more"
    listed = [f"  {one.title}" for one in others[-_LISTED:]]
    text = "\n".join([newest.text.rstrip("\n"), "", f"{more}:", *listed, ""])
    told = [{"event": one.event, "severity": one.severity, "title": one.title} for one in others]
    gravest = max(messages, key=lambda one: SEVERITIES.index(one.severity))
    title = f"{newest.title}, {more}"
    changed = {"event": gravest.event, "severity": gravest.severity, "title": title, "more": told}
    if "text" in newest.data:
        changed["text"] = text
    return replace(
        newest,
        key=key,
        event=gravest.event,
        severity=gravest.severity,
        title=title,
        subject=None if newest.subject is None else f"{newest.subject}, {more}",
        text=text,
        html="",  # the text says all
        data={**newest.data, **changed},
    )
