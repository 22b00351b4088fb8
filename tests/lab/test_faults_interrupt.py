"""A run that is ended from outside leaves nothing behind on its hosts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow, environment

SLEEP = "sleep 4242"


def play(*tasks: dict[str, Any]) -> list[Any]:
    return [{"hosts": "all", "gather_facts": False, "become": True, "tasks": list(tasks)}]


SHELL = f"trap '' INT; {SLEEP} & {SLEEP}; echo never"
BEFORE = {"name": "before", "copy": {"content": "kept", "dest": "/srv/opsflow/kept"}}
SLOW = {"name": "slow", "shell": SHELL}
VALIDATED = {
    "name": "slow",
    "copy": {"content": "new", "dest": "/srv/opsflow/kept", "validate": f'sh -c "{SHELL}" %s'},
}
AFTER = {"name": "after", "file": {"path": "/srv/opsflow/never", "state": "touch"}}


def left(lab: Lab, host: Host) -> str:
    """Return what a run may have left on a host: processes, temporary files."""
    look = (
        f"pgrep -fx '{SLEEP}'; pgrep -f '^[^ ]*python3 -I -S'; "
        "sudo find /tmp /var/tmp /root /home /srv -iname '*opsflow*' -o -path '/srv/opsflow/*'"
    )
    allowed = ("/srv/opsflow", "/srv/opsflow/kept", "/var/tmp/opsflow-1000")  # the last is the journal's
    lines = lab.ssh(host.name, look).stdout.splitlines()
    return "\n".join(line for line in lines if line not in allowed and "systemd-private" not in line)


def cleared(lab: Lab, host: Host) -> bool:
    """Wait at most ten seconds until nothing is left."""
    deadline = time.monotonic() + 10
    while left(lab, host):
        if time.monotonic() > deadline:
            return False
    return True


def sleeping(lab: Lab, host: Host) -> None:
    """Return when the slow task has come to sleep."""
    for _ in range(100):
        if len(lab.ssh(host.name, f"pgrep -fx '{SLEEP}'").stdout.split()) == 2:
            return
    raise AssertionError("the task does not run")


def test_ctrl_c_ends_the_processes_on_the_host_and_the_recap_says_so(
    lab: Lab, host: Host, tmp_path: Path
) -> None:
    with Opsflow(tmp_path, lab.inventory).started(
        "exec", host.name, "-i", lab.inventory, "-m", "shell", SHELL
    ) as run:
        sleeping(lab, host)
        run.signal(signal.SIGINT)
        done = run.end()
    assert (done.code, done.err) == (99, "")
    assert left(lab, host) == ""
    assert "RECAP  interrupted" in done.out
    assert "STOPPED  interrupted by a person" in done.out
    assert f"broken off on {host.name}: " in done.out


@pytest.mark.dirties
def test_sigterm_leaves_the_old_file_and_no_temporary_one(lab: Lab, host: Host, tmp_path: Path) -> None:
    lab.ssh(host.name, "sudo mkdir /srv/opsflow")
    with Opsflow(tmp_path, lab.inventory).playing(play(BEFORE, VALIDATED, AFTER), "-l", host.name) as run:
        run.begun("slow")
        sleeping(lab, host)
        assert left(lab, host) != ""
        run.signal(signal.SIGTERM)
        done = run.end()
    assert done.code == 99
    assert left(lab, host) == ""
    assert lab.ssh(host.name, "cat /srv/opsflow/*").stdout == "kept"
    summary = done.summary
    assert (summary["outcome"], summary["exit_code"]) == ("interrupted", 99)
    assert summary["unfinished"] == {"slow": [host.name]}


def test_a_run_that_is_killed_leaves_nothing_either(lab: Lab, host: Host, tmp_path: Path) -> None:
    with Opsflow(tmp_path, lab.inventory).playing(play(SLOW), "-l", host.name) as run:
        sleeping(lab, host)
        run.signal(signal.SIGKILL)
    assert cleared(lab, host)


def test_a_reader_that_goes_away_is_no_fault(lab: Lab, host: Host, tmp_path: Path) -> None:
    command = f"{sys.executable} -m opsflow exec {host.name} -i {lab.inventory} --output ndjson id"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | head -1"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert '"run_started"' in done.stdout
    assert (done.returncode, done.stderr) == (0, "")
