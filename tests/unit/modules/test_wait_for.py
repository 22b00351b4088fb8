"""wait_for: ports, files, texts and connections; in vain it says for what, and it can be cancelled."""

from __future__ import annotations

import asyncio
import os
import pty
import socket
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.modules import pause as pause_module
from opsflow.target.wait_for import _endpoint
from tests.support.local import Run


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def port_of(server: socket.socket) -> int:
    return server.getsockname()[1]


async def test_a_port_that_is_open(run: Run, server: socket.socket) -> None:
    result = await run("wait_for", port=port_of(server))
    assert (result["changed"], result["state"], result["elapsed"]) == (False, "started", 0)
    assert (result["match_groups"], result["match_groupdict"]) == ([], {})


async def test_a_port_in_vain(run: Run, server: socket.socket) -> None:
    port = port_of(server)
    server.close()
    started = time.monotonic()
    with pytest.raises(
        TaskError, match=rf"timed out after 0.2 seconds .*127.0.0.1:{port} to be started"
    ) as caught:
        await run("wait_for", port=port, timeout=0.2, sleep=0.05)
    assert caught.value.data["elapsed"] == 0
    assert time.monotonic() - started < 5
    with pytest.raises(TaskError, match="no luck"):
        await run("wait_for", port=port, timeout=0, msg="no luck")


async def test_a_port_that_closes(run: Run, server: socket.socket) -> None:
    with pytest.raises(TaskError, match="to be stopped"):
        await run("wait_for", port=port_of(server), state="stopped", timeout=0)
    port = port_of(server)
    server.close()
    assert (await run("wait_for", port=port, state="stopped", timeout=0))["changed"] is False


async def test_a_file_that_comes_while_we_wait(run: Run, tmp_path: Path) -> None:
    waiting = asyncio.create_task(run("wait_for", path=str(tmp_path / "x"), sleep=0.01))
    await asyncio.sleep(0)
    (tmp_path / "x").touch()
    assert (await waiting)["path"] == str(tmp_path / "x")
    with pytest.raises(TaskError, match="to be absent"):
        await run("wait_for", path=str(tmp_path / "x"), state="absent", timeout=0)


async def test_a_text_in_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "log").write_text("started\nready at 12:30\n")
    result = await run("wait_for", path=str(tmp_path / "log"), search_regex=r"^ready at (?P<h>\d+):(\d+)")
    assert result["match_groups"] == ["12", "30"]
    assert result["match_groupdict"] == {"h": "12"}
    with pytest.raises(TaskError, match="'gone' in"):
        await run("wait_for", path=str(tmp_path / "log"), search_regex="gone", timeout=0)
    await run("wait_for", path=str(tmp_path / "log"), search_regex="gone", state="absent", timeout=0)


async def test_what_a_server_says(run: Run) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9\r\n")
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        result = await run("wait_for", port=port, search_regex="SSH-(2)")
    assert result["match_groups"] == ["2"]


async def test_connections_that_end(run: Run, server: socket.socket) -> None:
    port = port_of(server)
    with socket.create_connection(("127.0.0.1", port)), server.accept()[0]:
        with pytest.raises(TaskError, match="to be drained"):
            await run("wait_for", port=port, state="drained", timeout=0)
        await run("wait_for", port=port, state="drained", timeout=0, exclude_hosts="127.0.0.1")
        await run("wait_for", port=port, state="drained", timeout=0, active_connection_states="LISTENING")


async def test_a_wait_can_be_cancelled(run: Run, tmp_path: Path) -> None:
    waiting = asyncio.create_task(run("wait_for", path=str(tmp_path / "never")))
    await run("ping")
    waiting.cancel()
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"port": 1, "path": "/x"}, "together"),
        ({"state": "drained"}, "needs a port"),
        ({"state": "absent"}, "needs a port or a path"),
        ({"port": 1, "exclude_hosts": "x"}, "drained only"),
        ({"path": "/x", "search_regex": "("}, "not a regular expression"),
    ],
)
async def test_options_that_make_no_sense(run: Run, args: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("wait_for", **args)


def test_addresses_in_the_kernels_tables() -> None:
    assert _endpoint("0100007F:0016") == ("127.0.0.1", 22)
    assert _endpoint("0000000000000000FFFF00000100007F:1F90") == ("127.0.0.1", 8080)
    assert _endpoint("00000000000000000000000001000000:0016") == ("::1", 22)


async def test_pause_for_a_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(pause_module.asyncio, "sleep", sleep)
    result = await run("pause", minutes=0.05)
    monkeypatch.undo()
    assert sum(slept) == pytest.approx(3)
    assert result["stdout"].startswith("Paused for 0.0")
    assert result["changed"] is False
    assert [event["percent"] for event in run.task.events] == pytest.approx([0, 100 / 3, 200 / 3])


async def test_pause_without_a_terminal_warns_and_goes_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(os.devnull) as null:  # noqa: ASYNC230
        monkeypatch.setattr(sys, "stdin", null)
        result = await run("pause", prompt="sure?")
    assert "not a terminal" in result["warnings"][0]
    assert result["user_input"] == ""


@pytest.mark.parametrize("echo", [True, False])
async def test_pause_takes_a_line_from_a_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, echo: bool
) -> None:
    leader, follower = pty.openpty()
    with os.fdopen(follower) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        asked = asyncio.Event()
        monkeypatch.setattr(run.task, "progress", lambda message, percent=None: asked.set())
        waiting = asyncio.create_task(run("pause", prompt="sure?", echo=echo))
        await asked.wait()
        await asyncio.sleep(0)
        assert bool(termios.tcgetattr(follower)[3] & termios.ECHO) is echo
        os.write(leader, b"yes\n")
        assert (await waiting)["user_input"] == "yes"
        assert termios.tcgetattr(follower)[3] & termios.ECHO
    os.close(leader)


async def test_add_host_and_group_by_tell_what_to_add(run: Run) -> None:
    result = await run("add_host", name="new:2222", groups="a,b", colour="red")
    assert result["add_host"] == {
        "host_name": "new",
        "groups": ["a", "b"],
        "host_vars": {"colour": "red", "ansible_ssh_port": 2222},
    }
    assert (await run("add_host", hostname="fe80::1"))["add_host"]["host_name"] == "fe80::1"
    assert await run("group_by", key="os x") == {
        "changed": True,
        "add_group": "os-x",
        "parent_groups": ["all"],
    }
