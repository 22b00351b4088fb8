"""health_check: what is good is told, what is not is told in a sentence that needs no other source."""

from __future__ import annotations

import asyncio
import http.server
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.modules.base.health import HealthArgs
from opsflow.target import health_probes, units
from tests.support.local import Run

QUICK: dict[str, Any] = {"retries": 0, "delay": 0.01, "timeout": 5}


class Shop(http.server.BaseHTTPRequestHandler):
    """Answers with the statuses of `answers` in turn, the last one for ever."""

    answers: tuple[int, ...] = (200,)
    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        status = self.answers[min(len(self.asked), len(self.answers) - 1)]
        self.asked.append(dict(self.headers))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(b"Welcome\nto the shop\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[Any]:
    handler = type("Handler", (Shop,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        handler.url = f"http://127.0.0.1:{server.server_address[1]}/"  # type: ignore[attr-defined]
        yield handler
        server.shutdown()


async def one(run: Run, **check: Any) -> dict[str, Any]:
    """Return what comes of a single check."""
    result = await run("health_check", checks=[{**QUICK, **check}])
    (found,) = result["checks"]
    assert result["healthy"] is found["ok"] is not result.get("failed", False)
    assert result["changed"] is False
    return found


async def test_commands(run: Run) -> None:
    assert await one(run, command="true") | {"elapsed": 0} == {
        "name": "true", "ok": True, "message": "'true' succeeded", "elapsed": 0,
    }  # fmt: skip
    bad = await one(run, name="lag", command="echo 'lag is 90 s' >&2; exit 3")
    assert (bad["name"], bad["ok"]) == ("lag", False)
    assert bad["message"] == "'echo 'lag is 90 s' >&2; exit 3' ended with 3: lag is 90 s; tried once in 0 s"
    slow = await one(run, command="sleep 30", timeout=0.2)
    assert slow["message"].startswith("'sleep 30' did not end within 0.2 s; tried once in ")


async def test_http(run: Run, shop: Any) -> None:
    assert (await one(run, http=shop.url))["message"] == f"{shop.url} answered 200"
    wanted = {"url": shop.url, "body": "^to the", "headers": {"Host": "shop.example.org"}}
    assert (await one(run, http=wanted))["ok"]
    assert shop.asked[-1]["Host"] == "shop.example.org"
    bad = await one(run, http={"url": shop.url, "body": "Goodbye"})
    assert bad["message"] == f"{shop.url} answered 200 without 'Goodbye' in its body; tried once in 0 s"
    shop.answers = (502,)
    assert (
        "answered 502, wanted 200 or 204"
        in (await one(run, http={"url": shop.url, "status": "200,204"}))["message"]
    )
    shop.answers = (302,)
    assert (await one(run, http={"url": shop.url, "status": [302]}))["ok"]


async def test_a_server_that_comes_up_is_good_in_the_end(run: Run, shop: Any) -> None:
    shop.answers = (502, 502, 200)
    found = await one(run, http=shop.url, retries=5)
    assert (found["ok"], len(shop.asked)) == (True, 3)


async def test_an_answer_that_stays_wrong_is_told_with_its_tries(run: Run, shop: Any) -> None:
    shop.answers = (502,)
    found = await one(run, http=shop.url, retries=4)
    assert found["message"] == f"{shop.url} answered 502, wanted 200; tried 5 times in 0 s"


async def test_a_password_in_an_url_is_not_told(run: Run) -> None:
    found = await one(run, http="http://me:secret@127.0.0.1:1/")
    assert "secret" not in str(found)
    assert found["message"] == "http://127.0.0.1:1/: connection refused; tried once in 0 s"


async def test_ports(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert (await one(run, tcp=port))["message"] == f"127.0.0.1:{port} takes connections"
    bad = await one(run, tcp=f"127.0.0.1:{port}")
    assert bad["message"] == f"127.0.0.1:{port}: Connection refused; tried once in 0 s"


async def test_files(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "done"
    assert "No such file" in (await one(run, file=str(path)))["message"]
    path.write_text("begun\ncomplete\n")
    assert (await one(run, file={"path": str(path), "contains": "^complete$", "younger_than": 60}))["ok"]
    assert (
        "does not contain 'failed'"
        in (await one(run, file={"path": str(path), "contains": "failed"}))["message"]
    )
    os.utime(path, (0, time.time() - 100))
    old = await one(run, file={"path": str(path), "younger_than": 60})
    assert re.match(rf"{path} is 10\d s old, wanted at most 60;", old["message"])


async def test_one_that_failed_for_good_ends_the_others_and_all_tell_how_they_are(run: Run) -> None:
    begun = time.monotonic()
    result = await run(
        "health_check",
        checks=[
            {"name": "good", "command": "true"},
            {"name": "bad", "command": "false", **QUICK},
            {"name": "late", "command": "exit 4", "retries": 100, "delay": 50},
        ],
    )
    assert time.monotonic() - begun < 20
    assert [one["ok"] for one in result["checks"]] == [True, False, False]
    assert result["failed"]
    assert result["msg"].startswith("bad: 'false' ended with 1; tried once")
    assert "late: 'exit 4' ended with 4; tried" in result["msg"]


async def test_all_are_made_at_the_same_time(run: Run, tmp_path: Path) -> None:
    """Each waits for what the other one makes."""
    one, other = tmp_path / "one", tmp_path / "other"
    wait = "touch {}; for i in $(seq 100); do test -e {} && exit; sleep 0.05; done; exit 1"
    checks = [{"command": wait.format(one, other), **QUICK}, {"command": wait.format(other, one), **QUICK}]
    assert (await run("health_check", checks=checks))["healthy"]


async def test_healthy_for_wants_it_without_a_break(run: Run, shop: Any) -> None:
    """The second look fails, so that the time begins anew."""
    shop.answers = (200, 502, 200)
    begun = time.monotonic()
    check = {"http": shop.url, "retries": 3, "delay": 0.05}
    result = await run("health_check", checks=[check], healthy_for=0.3)
    assert result["healthy"]
    assert time.monotonic() - begun >= 0.3
    assert len(shop.asked) > 3


async def test_what_flaps_until_the_deadline_is_not_healthy(run: Run, tmp_path: Path) -> None:
    flap = f"cd {tmp_path}; if test -e x; then rm x; exit 1; else touch x; fi"
    check = {"command": flap, "retries": 3, "delay": 0.02}
    result = await run("health_check", checks=[check], healthy_for=2, deadline=2.5)
    assert not result["healthy"]
    assert re.search(r"without a break until the deadline|it had been good before", result["msg"])


async def test_the_deadline_ends_a_check_that_hangs(run: Run) -> None:
    begun = time.monotonic()
    found = (await run("health_check", checks=[{"command": "sleep 60"}], deadline=0.3))["checks"][0]
    assert not found["ok"]
    assert time.monotonic() - begun < 10


async def test_it_can_be_cancelled_and_leaves_no_process(run: Run, tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    work = asyncio.create_task(run("health_check", checks=[{"command": f"echo $$ >{marker}; sleep 60"}]))
    for _ in range(1000):
        if marker.exists() and marker.read_text():
            break
        await asyncio.sleep(0.01)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    pid = int(marker.read_text())
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists():
            break
        await asyncio.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()


def test_units_are_judged_by_what_systemd_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"LoadState": "loaded", "ActiveState": "active", "SubState": "running", "NRestarts": "2"}
    monkeypatch.setattr(units, "in_charge", lambda: True)
    monkeypatch.setattr(units, "states", lambda names: {name: dict(said) for name in names})
    look = health_probes.probe(None, {"unit": "nginx"})  # type: ignore[arg-type]
    assert look(1) == (True, "nginx is active")
    said["NRestarts"] = "3"
    assert look(1) == (False, "nginx was restarted once while it was watched")
    assert look(1) == (True, "nginx is active")
    said |= {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainStatus": "1"}
    assert look(1) == (False, "nginx is failed (exit-code, 1)")
    said |= {"ActiveState": "activating", "SubState": "auto-restart"}
    assert look(1) == (False, "nginx is activating (auto-restart, exit-code, 1)")
    said["LoadState"] = "not-found"
    assert look(1) == (False, "there is no unit nginx")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({}, "a check has one of command, http, tcp, unit, file"),
        ({"unit": "a", "tcp": "b:1"}, "a check has one of command, http, tcp, unit, file, not 2"),
        ({"tcp": "host"}, "must be host:port"),
        ({"tcp": "host:70000"}, "must be host:port"),
        ({"http": "ftp://x/"}, "url must begin with http:// or https://"),
        ({"http": {"url": "http://x/", "body": "("}}, "is no regular expression"),
        ({"unit": "a", "retries": -1}, "must not be negative"),
        ({"unit": "a", "timeot": 1}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_checks_are_refused(check: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        HealthArgs.model_validate({"checks": [check]})


def test_a_time_that_can_never_be_reached_is_refused() -> None:
    with pytest.raises(ValidationError, match="healthy_for must be shorter than deadline"):
        HealthArgs.model_validate({"checks": [{"unit": "a"}], "healthy_for": 10, "deadline": 10})
