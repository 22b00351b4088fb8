"""A message goes by apprise to a real HTTP server; its URL is shown nowhere."""

from __future__ import annotations

import io
import json
import logging
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from opsflow.core.errors import InputError, OpsFlowError
from opsflow.notifiers.base import NotifyError
from opsflow.notifiers.configured import read_notifiers
from opsflow.notifiers.message import Attachment, Message
from opsflow.source.loader import load_text
from tests.support.servers import Hook, listening
from tests.support.telling import START

pytest.importorskip("apprise")

from opsflow.notifiers.apprise import Apprise, AppriseConfig


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


def notifier(hook: Hook, **options: Any) -> Apprise:
    url = f"json://127.0.0.1:{hook.server_port}/t0ken-in-path"
    return Apprise(AppriseConfig.model_validate({"type": "apprise", "url": url} | options))


async def test_a_message_arrives_with_its_kind_and_files(hook: Hook, message: Message) -> None:
    files = (Attachment("r-1.json", "application/json", '{"a": "ä"}'),)
    await notifier(hook, lines=3).send(replace(message, attachments=files))
    ((path, _, body),) = hook.requests
    sent = json.loads(body)
    assert path == "/t0ken-in-path"
    assert (sent["title"], sent["type"]) == ("failed: update.yml on 2 hosts", "failure")
    lines = message.text.splitlines()
    assert sent["message"].splitlines() == [*lines[:3], f"… ({len(lines) - 3} more lines)"]
    (file,) = sent["attachments"]
    assert (file["filename"], file["mimetype"]) == ("r-1.json", "application/json")
    assert b64decode(file["base64"]).decode() == '{"a": "ä"}'


async def test_a_routes_subject_is_the_title(hook: Hook, message: Message) -> None:
    await notifier(hook).send(replace(message, subject="Wake up", severity="warning"))
    sent = json.loads(hook.requests[0][2])
    assert (sent["title"], sent["type"]) == ("Wake up", "warning")


async def test_a_refusal_is_told_without_any_part_of_the_url(
    hook: Hook, message: Message, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [logging.StreamHandler(log)])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.debug("written")
    hook.answers = [500]
    with pytest.raises(NotifyError, match=r"^json://…: ") as caught:
        await notifier(hook).send(message)
    assert caught.value.again
    captured = capfd.readouterr()
    assert "written" in log.getvalue()
    assert "t0ken" not in str(caught.value) + log.getvalue() + captured.out + captured.err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("slak://T0KEN/secret", "'url' must be a URL of apprise such as slack://…: did you mean 'slack'?"),
        ("T0KEN", "'url' must be a URL of apprise such as slack://…"),
        ("slack://T0KEN", "'url': apprise does not understand the rest of this 'slack://' URL"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_without_showing_it(
    url: str, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError) as caught:
        read_notifiers(load_text(f"[{{type: apprise, url: '{url}'}}]", "opsflow.yml"), START)
    assert [problem.message for problem in caught.value.problems] == [f"apprise: {told}"]
    captured = capfd.readouterr()
    assert "T0KEN" not in captured.out + captured.err


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.delitem(sys.modules, "opsflow.notifiers.apprise")
    with pytest.raises(OpsFlowError, match="needs the package apprise") as caught:
        __import__("opsflow.notifiers.apprise")
    assert caught.value.hint == "pip install 'opsflow[notify]'"
