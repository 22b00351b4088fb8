"""slack speaks HTTPS with what stands for Slack, behind a proxy that leads all names there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run
from tests.support.slack import Slack, serving

HOOK = "T000/B000/s3cret"
TOKEN = "xoxb-s3cret"


@pytest.fixture
def slack(run: Run, tmp_path: Path) -> Iterator[Slack]:
    with serving(tmp_path) as server:
        run.task.env = {"https_proxy": f"http://127.0.0.1:{server.server_port}", "no_proxy": ""}
        yield server


async def test_a_message_by_a_webhook(run: Run, slack: Slack) -> None:
    options: dict[str, Any] = {"token": HOOK, "msg": 'say "hi"', "validate_certs": False}
    assert await run("slack", check=True, **options) == {"changed": True}
    assert slack.requests == []
    assert await run("slack", **options) == {"changed": True, "msg": "OK"}
    ((method, url, token, body),) = slack.requests
    assert (method, url, token) == ("POST", f"hooks.slack.com/services/{HOOK}", "")
    assert json.loads(body) == {
        "text": 'say "hi"',
        "username": "Ansible",
        "icon_url": "https://docs.ansible.com/favicon/favicon.ico",
        "link_names": 1,
    }


async def test_a_message_with_all_options(run: Run, slack: Slack) -> None:
    slack.answers["chat.postMessage"] = {"ok": True, "ts": "17.1", "channel": "C1"}
    result = await run(
        "slack", token=TOKEN, domain="slack-gov.com", msg="m", color="#00aacc", channel="ops",
        thread_id="16.1", reply_broadcast=True, username="u", icon_emoji=":x:", link_names="0", parse="none",
        attachments=[{"text": "more"}], blocks=[{"type": "divider"}], prepend_hash="auto",
        validate_certs=False,
    )  # fmt: skip
    ((method, url, token, body),) = slack.requests
    assert (method, url, token) == ("POST", "slack-gov.com/api/chat.postMessage", f"Bearer {TOKEN}")
    assert json.loads(body) == {
        "attachments": [
            {"text": "m", "color": "#00aacc", "mrkdwn_in": ["text"]},
            {"fallback": "more", "text": "more"},
        ],
        "channel": "#ops",
        "thread_ts": "16.1",
        "reply_broadcast": True,
        "username": "u",
        "icon_emoji": ":x:",
        "link_names": 0,
        "parse": "none",
        "blocks": [{"type": "divider"}],
    }
    answer = {"ok": True, "ts": "17.1", "channel": "C1"}
    assert result == {"changed": True, "ts": "17.1", "channel": "C1", "api": answer, "payload": body.decode()}


@pytest.mark.parametrize(
    ("name", "how", "sent"),
    [
        ("a", "never", "a"),
        ("a", "always", "#a"),
        ("a", "auto", "#a"),
        ("#a", "auto", "#a"),
        ("C01", "auto", "C01"),
    ],
)
async def test_the_sign_of_a_channel(run: Run, slack: Slack, name: str, how: str, sent: str) -> None:
    await run("slack", token=TOKEN, msg="m", channel=name, prepend_hash=how, validate_certs=False)
    assert json.loads(slack.requests[0][3])["channel"] == sent


async def test_a_message_is_changed_where_it_differs(run: Run, slack: Slack) -> None:
    slack.answers["conversations.history"] = {"ok": True, "messages": [{"ts": "17.1", "text": "old"}]}
    slack.answers["chat.update"] = {"ok": True, "ts": "17.1", "channel": "C1"}
    options: dict[str, Any] = {"token": TOKEN, "message_id": "17.1", "channel": "C1", "validate_certs": False}
    assert await run("slack", msg="old", **options) == {"changed": False, "ts": "17.1", "channel": "C1"}
    assert (await run("slack", check=True, msg="new", **options))["changed"] is True
    assert [url.partition("?")[0] for _, url, _, _ in slack.requests] == [
        "slack.com/api/conversations.history"
    ] * 2
    assert (await run("slack", msg="new", **options))["changed"] is True
    assert json.loads(slack.requests[-1][3])["ts"] == "17.1"
    slack.answers["conversations.history"] = {"ok": True, "messages": []}
    with pytest.raises(TaskError, match="there is no message"):
        await run("slack", msg="new", **options)


async def test_files_are_uploaded(run: Run, slack: Slack, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("lines")
    slack.answers["files.getUploadURLExternal"] = {
        "ok": True,
        "upload_url": "https://files.slack.com/up",
        "file_id": "F1",
    }
    files = [{"path": str(tmp_path / "log"), "name": "all.log"}, {"path": "/nowhere"}]
    options: dict[str, Any] = {"token": TOKEN, "channel": "C1", "files": files, "validate_certs": False}
    with pytest.raises(TaskError, match="the file '/nowhere' is not there"):
        await run("slack", **options)
    slack.requests.clear()
    result = await run("slack", fail_on_file_error=False, **options)
    assert result["files_upload"] == {"ok": True}
    assert result["warnings"] == ["the file '/nowhere' is not there: left out"]
    ask, put, end = slack.requests
    assert ask[1] == "slack.com/api/files.getUploadURLExternal?filename=all.log&length=5"
    assert put[1:] == ("files.slack.com/up", "", b"lines")
    assert json.loads(end[3])["files"] == [{"id": "F1", "title": "all.log"}]


async def test_what_slack_refuses_is_told_without_the_token(run: Run, slack: Slack) -> None:
    slack.answers["chat.postMessage"] = {"ok": False, "error": "channel_not_found"}
    with pytest.raises(TaskError, match="Slack refused the message: channel_not_found"):
        await run("slack", token=TOKEN, msg="m", channel="x", validate_certs=False)
    slack.answers["s3cret"] = 404
    with pytest.raises(TaskError, match="the webhook failed: Slack answered 404") as failed:
        await run("slack", token=HOOK, msg="m", validate_certs=False)
    assert "s3cret" not in str(failed.value)
    with pytest.raises(TaskError, match=r"the webhook failed: .*certificate") as failed:
        await run("slack", token=HOOK, msg="m")
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"token": "x"}, "token must be"),
        ({"token": TOKEN, "color": "blue"}, "color must be"),
        ({"token": TOKEN, "message_id": "1"}, "needs channel"),
        ({"token": HOOK, "files": [{"path": "/x"}]}, "no webhook"),
    ],
)
async def test_bad_input(run: Run, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        await run("slack", **options)
    assert "s3cret" not in str(refused.value.errors()[0]["msg"])
