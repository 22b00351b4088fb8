"""From what there is to tell to a message: in a route's words, or in ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from opsflow.core.errors import OpsFlowError
from opsflow.core.jsonable import iso_time
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary
from opsflow.report import page
from opsflow.report.document import Document
from opsflow.report.lines import Line, line
from opsflow.report.text import as_html, as_text
from opsflow.templating.render import Renderer

from .happenings import Happening
from .message import SEVERITIES, Attachment, Message
from .report import Report
from .routes import RouteConfig, rendered_words

_LISTED = 200
"""How many things a message tells one by one."""

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom something is about: hosts, the groups that they are in, the environments that they belong to."""

    hosts: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()


class Composer:
    """Makes messages. What the redactor knows as a secret is in none of them."""

    def __init__(self, renderer: Renderer, redactor: Redactor) -> None:
        self._renderer = renderer
        self._redactor = redactor

    def message(
        self,
        happened: Sequence[Happening],
        summary: RunSummary,
        concerned: Concerned,
        route: RouteConfig,
        warn: Warn,
    ) -> Message:
        """Return the message that tells of some things.

        Args:
            happened: at least one, the oldest first.
            summary: the run as of now.
            concerned: whom they are about.
            route: may have words of its own.
            warn: called with a sentence when its templates fail; our own words are used then.
        """
        plain = _plain(happened, summary, concerned)
        if route.subject is None and route.body is None:
            return self._redactor.value(plain)
        words = _words(plain, happened, summary, concerned)
        try:
            subject = rendered_words(route.subject, self._renderer, words)
            body = rendered_words(route.body, self._renderer, words)
        except OpsFlowError as error:
            warn(f"a template of a route failed, its message has our words: {error.message}")
            return self._redactor.value(plain)
        return self._redactor.value(_in_own_words(plain, subject, body))


def with_files(message: Message, kinds: Sequence[str], document: Document) -> Message:
    """Return a message with files that go along: the run's document as `json`, as a page of `html`."""
    found: list[Attachment] = []
    for kind in kinds:
        if kind == "json":
            text = json.dumps(document.data(), indent=2, ensure_ascii=False) + "\n"
            found.append(Attachment(f"{message.run_id}.json", "application/json", text))
        else:
            found.append(Attachment(f"{message.run_id}.html", "text/html", page.html(document)))
    return replace(message, attachments=tuple(found))


def _plain(happened: Sequence[Happening], summary: RunSummary, concerned: Concerned) -> Message:
    report = Report(summary)
    gravest = max(happened, key=lambda one: SEVERITIES.index(one.severity))
    over = happened[-1].event == "finished"
    title, lines = report.title, report.lines
    if not over:
        others = f", and {len(happened) - 1} more" if len(happened) > 1 else ""
        title, lines = f"{gravest.title}{others}", _lines(happened, summary)
    more = {"event": gravest.event, "severity": gravest.severity, "title": title,
            "environments": sorted(concerned.environments),
            "happened": [one.data() for one in happened[:_LISTED]]}  # fmt: skip
    return Message(
        key=uuid.uuid4().hex,
        run_id=summary.run_id,
        event=gravest.event,
        severity=gravest.severity,
        title=title,
        text=as_text(lines),
        html=as_html(lines, title),
        data={**report.data, **more},
        facts=report.facts,
    )


def _lines(happened: Sequence[Happening], summary: RunSummary) -> list[Line]:
    books = ", ".join(summary.playbooks) or "a command"
    lines = [
        line(("OpsFlow  ", "bold"), (books, "bold")),
        line(("run ", "dim"), summary.run_id, ("  started ", "dim"), iso_time(summary.started)),
        (),
    ]
    styles = {"warning": "warning", "error": "failed", "critical": "failed"}
    for one in happened[:_LISTED]:
        moment = iso_time(one.time)[11:19]
        lines.append(line((f"{moment}Z  ", "dim"), (one.title, styles.get(one.severity, ""))))
    if len(happened) > _LISTED:
        lines.append(line(f"… and {len(happened) - _LISTED} more"))
    return lines


def _words(
    plain: Message, happened: Sequence[Happening], summary: RunSummary, concerned: Concerned
) -> dict[str, Any]:
    return {
        "event": plain.event,
        "severity": plain.severity,
        "title": plain.title,
        "text": plain.text,
        "hosts": list(concerned.hosts),
        "groups": sorted(concerned.groups),
        "environments": sorted(concerned.environments),
        "happened": [one.data() for one in happened],
        "run": summary.run_id,
        "playbooks": summary.playbooks,
        "check": summary.check,
        "report": plain.data,
    }


def _in_own_words(plain: Message, subject: str | None, body: str | None) -> Message:
    found = plain
    if subject is not None:
        subject = " ".join(subject.split())
        found = replace(found, subject=subject, title=subject, data={**found.data, "title": subject})
    if body is not None:
        text = body if body.endswith("\n") else f"{body}\n"
        found = replace(found, text=text, html="", data={**found.data, "text": text})
    return found
