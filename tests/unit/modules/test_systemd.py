"""systemd and service: only what is not so already is done. `systemctl` is a script that keeps its calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target.systemd import parse
from tests.support.local import Run

SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$DIR/calls"
case "$*" in
*show*) cat "$DIR/status" ;;
*is-system-running*) echo running ;;
*) cat "$DIR/stderr" >&2 2>/dev/null; test ! -e "$DIR/stderr" ;;
esac
"""

Unit = Callable[..., None]


@pytest.fixture
def unit(run: Run, tmp_path: Path) -> Unit:
    """Say what `systemctl show` prints, and what any other call complains of."""
    program = tmp_path / "systemctl"
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    run.task.env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DIR": str(tmp_path)}

    def say(active: str = "active", file: str = "enabled", load: str = "loaded", stderr: str = "") -> None:
        (tmp_path / "status").write_text(f"LoadState={load}\nActiveState={active}\nUnitFileState={file}\n")
        (tmp_path / "calls").write_text("")
        if stderr:
            (tmp_path / "stderr").write_text(stderr)

    return say


def calls(tmp_path: Path) -> list[str]:
    """Return what was called beside `show`."""
    return [call for call in (tmp_path / "calls").read_text().splitlines() if not call.startswith("show")]


@pytest.mark.parametrize(
    ("active", "state", "verb"),
    [
        ("active", "started", None),
        ("activating", "started", None),
        ("inactive", "started", "start"),
        ("failed", "started", "start"),
        ("active", "stopped", "stop"),
        ("deactivating", "stopped", "stop"),
        ("inactive", "stopped", None),
        ("failed", "stopped", None),
        ("active", "restarted", "restart"),
        ("inactive", "restarted", "restart"),
        ("active", "reloaded", "reload"),
        ("inactive", "reloaded", "start"),
    ],
)
async def test_state(run: Run, unit: Unit, tmp_path: Path, active: str, state: str, verb: str | None) -> None:
    unit(active=active)
    result = await run("systemd", name="x", state=state, check=True)
    assert result["changed"] is bool(verb)
    assert calls(tmp_path) == []
    result = await run("systemd", name="x", state=state)
    assert result["changed"] is bool(verb)
    assert calls(tmp_path) == ([f"{verb} x"] if verb else [])
    assert result["state"] == ("stopped" if state == "stopped" else "started")
    assert result["status"]["ActiveState"] == active


@pytest.mark.parametrize(
    ("file", "wanted", "verb"),
    [
        ("enabled", True, None),
        ("enabled", False, "disable"),
        ("disabled", True, "enable"),
        ("disabled", False, None),
        ("enabled-runtime", True, "enable"),
        ("static", False, None),
        ("static", True, None),
        ("alias", True, "enable"),
    ],
)
async def test_enabled(
    run: Run, unit: Unit, tmp_path: Path, file: str, wanted: bool, verb: str | None
) -> None:
    unit(file=file)
    result = await run("systemd", name="x", enabled=wanted)
    assert (result["changed"], result["enabled"]) == (bool(verb), wanted)
    assert calls(tmp_path) == ([f"{verb} x"] if verb else [])


async def test_masks_and_unmasks(run: Run, unit: Unit, tmp_path: Path) -> None:
    unit(load="masked", file="masked")
    assert (await run("systemd", name="x", masked=True))["changed"] is False
    assert (await run("systemd", name="x", masked=False))["changed"] is True
    assert calls(tmp_path) == ["unmask x"]


async def test_reloads_systemd_first_and_that_is_no_change(run: Run, unit: Unit, tmp_path: Path) -> None:
    unit(active="inactive")
    result = await run("systemd", name="x", state="started", daemon_reload=True, daemon_reexec=True)
    assert calls(tmp_path) == ["daemon-reexec", "daemon-reload", "start x"]
    assert result["changed"] is True
    assert (await run("systemd", daemon_reload=True))["changed"] is False


async def test_options_go_along(run: Run, unit: Unit, tmp_path: Path) -> None:
    unit(active="inactive")
    await run("systemd", name="x", state="started", scope="user", no_block=True, force=True)
    assert calls(tmp_path)[-1] == "--user --no-block --force start x"


async def test_a_failure_says_which_service_and_why(run: Run, unit: Unit) -> None:
    unit(active="inactive", stderr="Job for x.service failed.")
    with pytest.raises(TaskError, match=r"unable to start service x: Job for x.service failed.") as caught:
        await run("systemd", name="x", state="started")
    assert caught.value.data["rc"] == 1


async def test_a_missing_unit_fails_unless_we_only_rehearse(run: Run, unit: Unit) -> None:
    unit(load="not-found", active="inactive", file="")
    with pytest.raises(TaskError, match="could not find the requested service x"):
        await run("systemd", name="x", state="started")
    result = await run("systemd", name="x", state="started", check=True)
    assert (result["changed"], len(result["warnings"])) == (True, 1)


async def test_service_leaves_it_to_systemd(run: Run, unit: Unit, tmp_path: Path) -> None:
    unit(active="inactive", file="disabled")
    result = await run("service", name="x", state="started", enabled=True, use="systemd")
    assert calls(tmp_path) == ["enable x", "start x"]
    assert result["changed"] is True


async def test_service_without_systemd_needs_an_init_script(run: Run) -> None:
    with pytest.raises(TaskError, match="could not find the requested service no-such-service"):
        await run("service", name="no-such-service", state="started", use="sysvinit")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"state": "started"}, "name is needed"),
        ({"name": "x"}, "at least one of"),
        ({"name": "x", "state": "started", "scope": "global"}, "scope global"),
        ({"name": "x", "state": "running"}, "Input should be"),
    ],
)
async def test_options_that_make_no_sense(run: Run, args: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("systemd", **args)


def test_values_in_braces_may_go_over_lines() -> None:
    text = "Id=x\nExecStart={ path=/bin/sh ; argv[]=/bin/sh -c a\nb ; }\nDescription={ x\nUser=\n"
    assert parse(text) == {
        "Id": "x",
        "ExecStart": "{ path=/bin/sh ; argv[]=/bin/sh -c a\nb ; }",
        "Description": "{ x",
        "User": "",
    }
