"""`opsflow notify`, and what becomes of messages from run to run, as a person types it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.cli import Opsflow, environment
from tests.support.ledgers import ledger_text
from tests.support.servers import Hook, Server, Sink, listening

SECRET = "hunter2-hunter2"
PLAY: list[Any] = [{
    "hosts": "all", "connection": "local", "gather_facts": False,
    "tasks": [
        {"name": "Say it", "shell": "echo {{ token }}; exit 3", "environment": {"TOKEN": "{{ token }}"}},
    ],
}]  # fmt: skip
CALM: list[Any] = [
    {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [{"command": "true"}]}
]


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "hosts.yml").write_text("all: {children: {web: {hosts: {here: }}}}\n")
    return Opsflow(tmp_path, tmp_path / "hosts.yml")


@pytest.fixture
def port() -> int:
    """A port where nobody listens yet."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def configure(opsflow: Opsflow, notifiers: list[Any], routes: list[Any] | None = None, **more: Any) -> None:
    state = f"sqlite://{opsflow.directory}/ledger.db"
    text = {"notifiers": notifiers, "routes": routes or [], "state": state, **more}
    (opsflow.directory / "opsflow.yml").write_text(yaml.safe_dump(text))


def email(port: int, **more: Any) -> dict[str, Any]:
    mail = {"type": "email", "host": "127.0.0.1", "port": port, "security": "none", "retries": 0}
    return {**mail, "from": "opsflow@example.org", "to": "ops@example.org", **more}


def test_a_mail_server_that_was_down_gets_the_message_once_from_a_later_run(
    opsflow: Opsflow, port: int
) -> None:
    configure(opsflow, [email(port, name="mail")])
    first = opsflow.play(CALM)
    assert first.code == 0
    assert (
        f"warning: notifier 'mail' failed: cannot deliver to 127.0.0.1:{port}: Connection refused"
        in first.out
    )
    assert "`opsflow notify send`" in first.out
    doctor = opsflow("doctor")
    assert "a message waits for 'mail'" in doctor.out
    sink = Sink()
    server = Server(sink, port=port)
    server.start()
    try:
        assert opsflow.play(CALM).code == 0
        assert opsflow.play(CALM).code == 0
    finally:
        server.stop()
    identities = [mail["Message-ID"] for _, mail in sink.mails]
    assert len(identities) == len(set(identities)) == 3
    shown = opsflow("show", "last").out
    assert "NOTIFIED" in shown
    assert "mail  finished" in shown
    kept = json.loads(opsflow("show", "last", "--output", "json").out)["record"]["notifications"]
    assert [(one["notifier"], one["event"], one["state"], one["attempts"]) for one in kept] == [
        ("mail", "finished", "sent", 1)
    ]


def test_a_server_that_never_answers_holds_up_the_end_as_long_as_is_allowed(opsflow: Opsflow) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        url = f"http://127.0.0.1:{mute.getsockname()[1]}/"
        configure(opsflow, [{"type": "webhook", "url": url, "timeout": 200}], notify_wait=0.5)
        done = opsflow.play(CALM)  # it would be killed before the webhook gives up
    assert done.code == 0
    assert "notifier 'webhook' failed: it took too long" in done.out
    waiting = json.loads(opsflow("notify", "list", "--output", "json").out)["waiting"]
    assert [(one["notifier"], one["attempts"]) for one in waiting] == [("webhook", 1)]


def test_two_that_send_at_once_send_once(opsflow: Opsflow, hook: Hook, port: int) -> None:
    down = {"type": "webhook", "url": f"http://127.0.0.1:{port}/", "retries": 0}
    configure(opsflow, [down])
    for _ in range(3):
        opsflow.play(CALM)
    configure(opsflow, [{**down, "url": hook.url}])
    command = [sys.executable, "-m", "opsflow", "notify", "send", "--output", "json"]
    both = [
        subprocess.Popen(command, cwd=opsflow.directory, env=environment(), stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [process.wait(60) for process in both] == [0, 0]
    for process in both:
        assert process.stdout
        process.stdout.close()
    keys = [headers["x-opsflow-message"] for _, headers, _ in hook.requests]
    assert len(keys) == len(set(keys)) == 3
    assert opsflow("notify", "send").out == "no message waits\n"


def test_a_run_that_was_killed_leaves_its_message_to_the_next(
    opsflow: Opsflow, hook: Hook, port: int
) -> None:
    routes = [{"to": "hook", "events": ["started"], "collect": 0}]
    down = {"type": "webhook", "name": "hook", "url": f"http://127.0.0.1:{port}/", "backoff": 60}
    configure(opsflow, [down], routes)
    slow = [{**CALM[0], "tasks": [{"name": "wait", "command": "sleep 30"}]}]
    with opsflow.playing(slow) as run:
        run.begun("wait")
        _until_waiting(opsflow)
        run.signal(signal.SIGKILL)
    configure(opsflow, [{**down, "url": hook.url}], routes)
    done = json.loads(opsflow("notify", "send", "--output", "json").out)
    assert [one["event"] for one in done["sent"]] == ["started"]
    assert [json.loads(body)["event"] for _, _, body in hook.requests] == ["started"]


def _until_waiting(opsflow: Opsflow) -> None:
    """Return when a message waits in the ledger, tried once."""
    for _ in range(100):
        waiting = json.loads(opsflow("notify", "list", "--output", "json").out)["waiting"]
        if waiting and waiting[0]["error"]:
            return
    raise AssertionError("no message waits")


def test_what_is_sent_can_be_tried(opsflow: Opsflow, hook: Hook, port: int) -> None:
    configure(
        opsflow,
        [email(port, name="mail"), {"type": "webhook", "url": hook.url}],
        [{"to": "webhook", "events": ["failed"], "subject": "{{ event }}: {{ hosts | join }}"}],
    )
    done = opsflow("notify", "test", "--event", "failed")
    assert done.code == 1
    assert f"FAILED  mail  cannot deliver to 127.0.0.1:{port}: Connection refused" in done.out
    assert "sent    webhook  http://127.0.0.1" in done.out
    assert json.loads(hook.requests[0][2])["title"] == "failed: sample2"
    alone = opsflow("notify", "test", "webhook", "--output", "json")
    assert alone.code == 0
    assert [one["sent"] for one in json.loads(alone.out)] == [True]
    assert "t0ken" not in done.out + alone.out
    assert not (opsflow.directory / "ledger.db").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["test", "webhok"], 1, "did you mean 'webhook'?"),
        (["test", "--event", "faild"], 1, "did you mean 'failed'?"),
        (["test", "--event", "gate"], 1, "no run tells of 'gate' yet"),
        (["list", "--output", "jsno"], 5, "did you mean 'json'?"),
    ],
)
def test_typing_errors_are_told(
    opsflow: Opsflow, hook: Hook, arguments: list[str], code: int, told: str
) -> None:
    configure(opsflow, [{"type": "webhook", "url": hook.url}])
    done = opsflow("notify", *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
    assert hook.requests == []


def test_the_list_tells_what_cannot_be_used(opsflow: Opsflow, hook: Hook) -> None:
    configure(
        opsflow,
        [{"type": "webhook", "url_env": "NO_SUCH"}, {"type": "webhook", "name": "x", "url": hook.url}],
        [{"to": ["webhook", "x"], "events": "started"}],
    )
    done = opsflow("notify", "list")
    assert done.code == 1
    assert "route 1: started" in done.out
    assert "the environment variable NO_SUCH is not set" in done.out
    assert "t0ken" not in done.out
    assert opsflow("notify", "send").code == 3


def test_without_any_notifier_one_is_told_how(opsflow: Opsflow) -> None:
    configure(opsflow, [])
    assert "names no notifier" in opsflow("notify", "list").out
    done = opsflow("notify", "test")
    assert (done.code, done.out) == (1, "")
    assert "docs/notifiers.md" in done.err


def test_routes_of_a_play_and_misspelt_groups(opsflow: Opsflow, hook: Hook) -> None:
    configure(opsflow, [{"type": "webhook", "url": hook.url}], environment="production")
    routes = [
        {"to": "webhook", "events": ["started"], "groups": "wbe"},
        {"to": "webhook", "events": ["finished"], "subject": "{{ environments | join }} {{ run }}"},
    ]
    done = opsflow.play([{**CALM[0], "routes": routes}])
    assert done.code == 0
    assert "warning: 'route 1': the inventory has no group 'wbe'" in done.out
    (body,) = [json.loads(body) for _, _, body in hook.requests]
    assert body["title"] == f"production {body['run_id']}"
    wrong = opsflow.play([{**CALM[0], "routes": [{"to": "webhok", "events": "ended"}]}])
    assert (wrong.code, wrong.out) == (3, "")
    assert "play.yml" in wrong.err
    assert "there is no event 'ended'" in wrong.err


def test_a_secret_is_in_no_message_row_or_log(opsflow: Opsflow, hook: Hook, port: int) -> None:
    down = {"type": "webhook", "name": "down", "url": f"http://127.0.0.1:{port}/{SECRET}-url", "retries": 0}
    routes = [
        {"to": ["down", "hook", "file"], "events": ["failed", "finished"],
         "subject": "{{ title }}", "body": "{{ text }} {{ happened }} {{ report }}"},
    ]  # fmt: skip
    configure(
        opsflow,
        [down, {"type": "webhook", "name": "hook", "url": f"{hook.url}&more={SECRET}-url"},
         {"type": "file", "path": "report.txt", "format": "text"}],
        routes,
    )  # fmt: skip
    (opsflow.directory / "vault.txt").write_text("password\n")
    sealed = opsflow(
        "vault", "encrypt_string", SECRET, "--name", "token", "--vault-password-file", "vault.txt"
    ).out
    (opsflow.directory / "vars.yml").write_text(sealed)
    play = [{**PLAY[0], "vars_files": ["vars.yml"]}]
    done = opsflow.play(play, "--vault-password-file", "vault.txt", "-vvv")
    again = opsflow("--debug", "notify", "list")
    assert done.code == 2
    assert "Say it" in done.out
    sent = [body.decode() for _, _, body in hook.requests]
    assert sent
    rows = ledger_text(f"sqlite://{opsflow.directory}/ledger.db")
    assert "Connection refused" in rows
    report = (opsflow.directory / "report.txt").read_text()
    for text in (*sent, rows, report, done.out, done.err, again.out, again.err):
        assert SECRET not in text


def test_without_a_ledger_all_is_sent_too(opsflow: Opsflow, hook: Hook, port: int) -> None:
    down = {
        "type": "webhook",
        "name": "down",
        "url": f"http://127.0.0.1:{port}/",
        "retries": 1,
        "backoff": 0.1,
    }
    configure(opsflow, [down, {"type": "webhook", "url": hook.url}], ledger="off")
    done = opsflow.play(CALM)
    assert done.code == 0
    assert "notifier 'down' failed: " in done.out
    assert "(2 tries)" in done.out
    assert "notify send" not in done.out
    assert len(hook.requests) == 1


def test_files_go_along_with_a_mail(opsflow: Opsflow) -> None:
    sink = Sink()
    server = Server(sink)
    server.start()
    configure(opsflow, [email(server.port, attach=["json", "html"])])
    try:
        assert opsflow.play(CALM).code == 0
    finally:
        server.stop()
    ((_, mail),) = sink.mails
    document, page = mail.iter_attachments()
    run_id = json.loads(document.get_content())["summary"]["run_id"]
    assert document.get_filename() == f"{run_id}.json"
    assert (page.get_filename(), page.get_content_type()) == (f"{run_id}.html", "text/html")
    assert "<!DOCTYPE html>" in page.get_content()


def test_the_examples_of_the_documentation_are_valid(opsflow: Opsflow) -> None:
    text = (Path(__file__).parents[2] / "docs" / "notifiers.md").read_text()
    blocks = [part.split("```")[0] for part in text.split("```yaml\n")[1:]]
    assert len(blocks) == 2
    secrets = {"MAIL_PASSWORD": "x", "HOOK_URL": "http://localhost/x", "HOOK_SECRET": "x"}
    urls = {"PAGER_URL": "json://localhost/pager", "CHAT_URL": "json://localhost/chat"}
    for block in blocks:
        (opsflow.directory / "opsflow.yml").write_text(block)
        done = opsflow("notify", "list", env=secrets | urls)
        assert (done.code, done.err) == (0, ""), done
        assert "TOLD OF" in done.out
