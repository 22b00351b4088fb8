"""Services that run replaced code are found by their processes, and not all of them are restarted."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from opsflow.target import old_code, restarts, service_restart, units
from opsflow.target.request import Completed, Fail

CODE = "7f0e54a00000-7f0e54a28000 r-xp 00026000 fe:01 1234  {} (deleted)\n"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "stat").write_text(f"cpu 1 2\nbtime {int(time.time()) - 1000}\n")
    return tmp_path


def process(proc: Path, pid: int, cgroup: str, maps: str = "", cmdline: str = "", root: str = "/") -> None:
    """Make a process that began 10 s after the boot."""
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "cgroup").write_text(f"0::{cgroup}\n")
    (folder / "maps").write_text(maps)
    (folder / "cmdline").write_text(cmdline.replace(" ", "\0"))
    ticks = 10 * os.sysconf("SC_CLK_TCK")
    (folder / "stat").write_text(f"{pid} (a (b) c) S 1 {'0 ' * 17}{ticks} 0 0\n")
    (folder / "root").symlink_to(root)


def test_deleted_code_of_packages_counts_and_nothing_else(proc: Path, tmp_path: Path) -> None:
    ssl = CODE.format("/usr/lib/x86_64-linux-gnu/libssl.so.3")
    process(proc, 10, "/system.slice/nginx.service", "00-01 r--p 00 00:00 0\n" + ssl)
    process(proc, 11, "/system.slice/nginx.service", ssl)
    process(proc, 12, "/system.slice/old.service", CODE.format("/lib/libz.so.1"))
    process(proc, 13, "/system.slice/data.service", ssl.replace("r-xp", "r--p"))
    process(proc, 14, "/system.slice/jit.service", CODE.format("/tmp/jit.so"))
    process(proc, 15, "/system.slice/memory.service", CODE.format("/memfd:libffi"))
    process(proc, 16, "/system.slice/own.service", CODE.format("/usr/local/bin/own"))
    process(proc, 17, "/user.slice/user-0.slice/session-1.scope", ssl)
    process(proc, 18, "/system.slice/there.service", ssl.replace(" (deleted)", ""))
    process(proc, 19, "/system.slice/containerd.service/abc", ssl, root=str(tmp_path))
    process(proc, 20, "/user.slice/user-0.slice/user@0.service/app.slice/dbus.service", ssl)
    assert old_code.services(str(proc)) == ["nginx.service", "old.service"]


def test_a_script_that_is_newer_than_its_process_counts(proc: Path) -> None:
    now = os.path.realpath("/usr/bin/env")
    process(proc, 10, "/system.slice/script.service", cmdline=f"python3 {now} --flag")
    age = time.time() - os.stat(now).st_ctime
    (proc / "stat").write_text(f"btime {int(time.time() - age) - 100}\n")
    assert old_code.services(str(proc)) == ["script.service"]
    (proc / "stat").write_text(f"btime {int(time.time() - age)}\n")
    assert old_code.services(str(proc)) == []


class FakeRequest:
    """Answers systemctl and journalctl."""

    check = False

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.slow = False

    def event(self, kind: str, **data: Any) -> None:
        """Show nothing."""

    def raise_if_cancelled(self) -> None:
        """Nobody cancels."""

    def command(self, argv: list[str], timeout: float) -> Completed:
        self.commands.append(argv)
        if self.slow and argv[0] == "systemctl":
            raise Fail("the command was stopped after its time limit")
        said = "port 80 is taken\n" if argv[-1] == "_SYSTEMD_UNIT=web.service" else ""
        return Completed(argv, 0, said, "", 0, 0)


def restarted(monkeypatch: pytest.MonkeyPatch, states: dict[str, Any], **options: Any) -> Any:
    request = FakeRequest()
    usual = {"ActiveState": "active", "SubState": "running", "KillMode": "control-group"}
    monkeypatch.setattr(restarts, "services_to_restart", lambda request: list(states))
    monkeypatch.setattr(service_restart, "_our_units", lambda: {"agent.service", "ssh.service"})
    monkeypatch.setattr(service_restart, "MOMENT", 0)
    monkeypatch.setattr(
        units, "states", lambda names, *more: {name: {**usual, **states[name]} for name in names}
    )
    request.slow = options.pop("slow", False)
    request.check = options.pop("check", False)
    return service_restart.run(request, **options), request.commands  # type: ignore[arg-type]


def test_what_a_host_depends_on_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    states: dict[str, Any] = {
        "agent.service": {},
        "dbus.service": {},
        "getty@tty1.service": {},
        "nginx.service": {},
        "php8.2-fpm.service": {},
        "rescue.service": {"RefuseManualStop": "yes"},
        "ssh.service": {"KillMode": "process"},
        "systemd-logind.service": {},
    }
    found, commands = restarted(monkeypatch, states, deny=["php*"])
    assert commands == [["systemctl", "try-restart", "--", "nginx.service", "ssh.service"]]
    assert (found["changed"], found["restarted"], found["failed"]) == (
        True,
        ["nginx.service", "ssh.service"],
        [],
    )
    assert {one["unit"]: one["why"] for one in found["left"]} == {
        "agent.service": "this very work runs in it",
        "dbus.service": "its restart takes sessions or connections away: it needs a reboot",
        "getty@tty1.service": "its restart takes sessions or connections away: it needs a reboot",
        "php8.2-fpm.service": "it is on the list of those that are not restarted",
        "rescue.service": "systemd does not let it be stopped: it needs a reboot",
        "systemd-logind.service": "its restart takes sessions or connections away: it needs a reboot",
    }


def test_the_policy_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    states: dict[str, Any] = {"nginx.service": {}, "web@1.service": {}}
    never, commands = restarted(monkeypatch, states, policy="never")
    assert (never["changed"], commands, len(never["left"])) == (False, [], 2)
    some, _ = restarted(monkeypatch, states, policy=["web@*"])
    assert some["restarted"] == ["web@1.service"]
    assert some["left"] == [
        {"unit": "nginx.service", "why": "it is not on the list of those that are restarted"}
    ]
    told, commands = restarted(monkeypatch, states, check=True)
    assert (told["restarted"], commands) == (["nginx.service", "web@1.service"], [])


def test_a_service_that_does_not_come_back_is_told_with_its_last_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing = {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainStatus": "1"}
    states: dict[str, Any] = {"nginx.service": {}, "web.service": failing}
    found, _ = restarted(monkeypatch, states)
    assert found["restarted"] == ["nginx.service"]
    assert found["failed"] == [
        {
            "unit": "web.service",
            "why": "it is failed (exit-code, 1); its last words: port 80 is taken",
        }
    ]
    starting = {"ActiveState": "activating", "SubState": "start"}
    found, _ = restarted(monkeypatch, {"web.service": starting}, slow=True, timeout=5)
    assert found["failed"][0]["why"].startswith("it is activating (start) after 5 s;")
