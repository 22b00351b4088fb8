"""The main job: `opsflow play playbooks/update.yml` on six hosts, in waves, with notifiers and reboots."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsflow.lab import Lab
from tests.support.command import ROOT, play
from tests.support.servers import Hook, Server, Sink, listening

PLAYBOOK = ROOT / "playbooks" / "update.yml"
APP, EXTRA = "opsflow-demo-app", "opsflow-extra"
BROKEN = "h3"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def six() -> Iterator[Lab]:
    """Yield a lab of its own: four hosts are Debian, two say that they are Ubuntu; one has a package more."""
    lab = Lab.up(f"test-{os.getpid()}-six", hosts=6, ubuntu=2)
    try:
        lab.repo.publish(EXTRA, "1.0")
        installed = lab.ssh(BROKEN, f"sudo apt-get -q update && sudo apt-get -qy install {EXTRA}")
        assert installed.returncode == 0, installed.stderr
        yield lab
    finally:
        lab.down()


@pytest.fixture
def mail() -> Iterator[tuple[Sink, int]]:
    """Yield what an SMTP server got, and its port."""
    sink = Sink()
    server = Server(sink)
    server.start()
    yield sink, server.port
    server.stop()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Yield an HTTP endpoint."""
    with listening() as server:
        yield server


@pytest.fixture
def config(mail: tuple[Sink, int], hook: Hook, tmp_path: Path) -> Path:
    """Return a configuration that tells both of them."""
    email = {"type": "email", "host": "127.0.0.1", "port": mail[1], "security": "none"}
    email |= {"from": "opsflow@example.org", "to": "ops@example.org"}
    path = tmp_path / "opsflow.yml"
    path.write_text(yaml.safe_dump({"notifiers": [email, {"type": "webhook", "url": hook.url}]}))
    return path


def on_hosts(lab: Lab, command: str) -> dict[str, str]:
    """Return what a command prints on each host."""
    return {host.name: lab.ssh(host.name, command).stdout.strip() for host in lab.hosts}


def versions(lab: Lab) -> dict[str, str]:
    return on_hosts(lab, f"dpkg-query -Wf '${{Version}}' {APP}")


def update(lab: Lab, config: Path, **variables: Any) -> tuple[int, dict[str, Any]]:
    """Run the playbook with a configuration; return the exit code and the summary."""
    return play("playbooks/update.yml", lab.inventory, "--config", config, "-e", json.dumps(variables))


def test_a_wave_stops_at_a_broken_package_and_the_repaired_one_goes_through(
    six: Lab, mail: tuple[Sink, int], hook: Hook, config: Path
) -> None:
    six.repo.publish(APP, "1.1")
    six.repo.publish(EXTRA, "1.1", postinst_fails=True)
    stopped = update(six, config)
    check_stopped(six, *stopped)

    six.repo.publish(EXTRA, "1.2")
    six.repo.publish(APP, "1.2", reboot_required=True)
    before = on_hosts(six, "cat /proc/sys/kernel/random/boot_id")
    finished = update(six, config, update_reboot="if_required", update_waves=["50%"])
    check_finished(six, *finished)
    after = on_hosts(six, "cat /proc/sys/kernel/random/boot_id")
    assert all(before[name] != after[name] for name in before)

    # What the notifiers got is what the run says of itself.
    told = [json.loads(body) for _, _, body in hook.requests]
    assert [{key: one[key] for key in stopped[1]} for one in told] == [stopped[1], finished[1]]
    assert [(one["event"], one["severity"]) for one in told] == [("finished", "error"), ("finished", "info")]
    subjects = [str(message["Subject"]).strip() for _, message in mail[0].mails]  # a long path folds it
    assert subjects == [
        f"[OpsFlow] stopped: {PLAYBOOK} on 4 hosts",
        f"[OpsFlow] changed: {PLAYBOOK} on 6 hosts",
    ]
    body = mail[0].mails[0][1].get_body(("plain",))
    assert body is not None
    for text in ("this package fails on purpose", f"{APP}  1.0 → 1.1", "NOT REACHED  h5,h6"):
        assert text in body.get_content()


def check_stopped(lab: Lab, code: int, summary: dict[str, Any]) -> None:
    """One of three hosts failed in wave 2: more than 10 %, and wave 3 never begins."""
    assert (code, summary["exit_code"], summary["outcome"]) == (6, 6, "stopped")
    assert "max_fail_percentage" in summary["stopped"]
    assert list(summary["hosts"]) == ["h1", "h2", "h3", "h4"]
    assert summary["not_reached"] == ["h5", "h6"]
    for name, host in summary["hosts"].items():
        broken = name == BROKEN
        assert ({"name": APP, "old": "1.0", "new": "1.1"} in host["packages"]) is not broken
        assert (host["stats"]["changed"], host["stats"]["failed"]) == ((0, 1) if broken else (1, 0))
        assert (host["rolled_back"], host["undoable"], host["needs_person"]) == (broken, not broken, False)
    (failure,) = summary["hosts"][BROKEN]["failures"]
    assert f"package {EXTRA} is broken" in failure["message"]
    assert f"{EXTRA} 1.1: this package fails on purpose" in failure["message"]
    assert versions(lab) == {
        **dict.fromkeys(summary["hosts"], "1.1"),
        BROKEN: "1.0",
        "h5": "1.0",
        "h6": "1.0",
    }


def check_finished(lab: Lab, code: int, summary: dict[str, Any]) -> None:
    """The host that was put back is upgraded with all others, and each is rebooted."""
    assert (code, summary["outcome"], summary["stopped"]) == (0, "changed", None)
    assert [host["rebooted"] for host in summary["hosts"].values()] == [True] * 6
    assert versions(lab) == dict.fromkeys(summary["hosts"], "1.2")
    assert lab.ssh(BROKEN, f"dpkg-query -Wf '${{db:Status-Status}} ${{Version}}' {EXTRA}").stdout == (
        "installed 1.2"
    )
