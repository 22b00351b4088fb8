"""`opsflow lab`, as a person types it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository


def opsflow_lab(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the commands in a process of their own."""
    command = [sys.executable, "-m", "opsflow.cli.lab", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_up_again_keeps_the_hosts_and_copies_the_inventory(
    lab: Lab, fleet: list[Host], tmp_path: Path
) -> None:
    copy = tmp_path / "inventory" / "lab.yml"
    done = opsflow_lab("up", "--name", lab.name, "-n", "4", "--ubuntu", "1", "--inventory", str(copy))
    assert done.returncode == 0, done.stderr
    assert f"lab '{lab.name}' is up with {len(fleet)} hosts; inventory: {copy}" in done.stderr
    assert copy.read_text() == lab.inventory.read_text()


def test_status_lists_hosts(lab: Lab) -> None:
    done = opsflow_lab("status", "--name", lab.name)
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["h1", "h2", "h3", "h4"]
    assert done.stdout.splitlines()[4].split()[2:4] == ["bookworm", "ubuntu"]


def test_ssh_passes_command_and_exit_code_on(lab: Lab, host: Host) -> None:
    done = opsflow_lab("ssh", "--name", lab.name, host.name, "hostname; exit 7")
    assert (done.stdout.strip(), done.returncode) == (host.name, 7)


def test_power_and_reset(lab: Lab, host: Host) -> None:
    for command, running in (("stop", False), ("start", True), ("reset", True)):
        done = opsflow_lab(command, "--name", lab.name, host.name)
        assert done.returncode == 0, done.stderr
        assert lab.running(host.name) is running


def test_publish(lab: Lab, repo: Repository) -> None:
    flags = ["--reboot-required", "--conffile", "--security", "--depends", "opsflow-demo-lib"]
    done = opsflow_lab("repo", "publish", "--name", lab.name, "opsflow-extra", "1.5", *flags)
    assert "published opsflow-extra_1.5_all.deb" in done.stderr
    fields = subprocess.run(
        ["dpkg-deb", "--field", repo.directory / "pool/security/opsflow-extra_1.5_all.deb"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Depends: opsflow-demo-lib" in fields


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status", "--name", "nowhere"], "there is no lab 'nowhere'; bring it up with 'opsflow lab up'"),
        (["up", "--name", "A b"], "'A b' cannot name a lab"),
        (["up", "--name", "nowhere", "--release", "potato"], "unknown release 'potato'"),
        (["up", "--name", "nowhere", "-n", "0"], "a lab has 1 to 240 hosts, not 0"),
    ],
)
def test_errors_are_sentences(arguments: list[str], message: str) -> None:
    done = opsflow_lab(*arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_down_of_nothing_says_so() -> None:
    assert "there is no lab 'nowhere'" in opsflow_lab("down", "--name", "nowhere").stderr
