"""Secrets reach neither screen nor file nor a list of processes."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow
from tests.support.ledgers import ledger_text

LOGIN, BECOME = "l0gin-secret", "bec0me-secret"
HIDDEN = "h1dden"  # the beginning of all values that tasks with no_log use
SECRETS = (LOGIN, BECOME, HIDDEN)

PLAY: list[Any] = [{
    "hosts": "all",
    "become": True,
    "gather_facts": False,
    "vars": {"token": f"{HIDDEN}-token"},
    "tasks": [
        {"name": "command", "command": "echo {{ token }}", "no_log": True, "register": "said"},
        {"name": "template", "template": {"src": "t.j2", "dest": "/tmp/t"}, "no_log": True, "diff": True},
        {"name": "copy", "copy": {"content": "{{ token }}", "dest": "/tmp/c"}, "no_log": True},
        {"name": "line", "lineinfile": {"path": "/tmp/c", "line": "x{{ token }}"}, "no_log": True},
        {"name": "loop", "shell": "echo {{ item }}", "loop": [f"{HIDDEN}1", f"{HIDDEN}2"], "no_log": True},
        {"name": "fact", "set_fact": {"kept": "{{ token }}"}, "no_log": True},
        {"name": "user", "user": {"name": "ada", "password": f"$6$salt${HIDDEN}"}},
        {"name": "retried", "shell": f"echo {HIDDEN}; false", "no_log": True, "retries": 1, "delay": 0,
         "ignore_errors": True},
        {"name": "while it runs", "command": "sleep 3", "register": "slept"},
        {"name": "undefined", "debug": {"msg": "{{ token.nothing.more }}"}, "no_log": True,
         "ignore_errors": True},
        {"name": "refused", "file": {"path": "/tmp/{{ token }}/a", "state": "file"}, "no_log": True,
         "ignore_errors": True},
        {"name": "fails", "shell": f"echo {HIDDEN} >&2; exit 3", "no_log": True},
    ],
}]  # fmt: skip

LOOK = "for p in /proc/[0-9]*; do cat $p/cmdline $p/environ 2>/dev/null | tr '\\0' ' '; echo; done"


@pytest.fixture
def opsflow(lab: Lab, host: Host, tmp_path: Path) -> Opsflow:
    """Return the command line for a host on which nothing works without passwords."""
    lab.ssh(host.name, "sudo chpasswd", text=f"deploy:{LOGIN}\nroot:{BECOME}\n")
    variables = {
        **lab.variables,
        "ansible_host": host.address,
        "ansible_user": "deploy",
        "ansible_ssh_private_key_file": None,
        "ansible_password": LOGIN,
        "ansible_become_method": "su",
        "ansible_become_password": BECOME,
    }
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {host.name: variables}}}))
    (tmp_path / "t.j2").write_text("{{ token }}")
    notifiers = [{"type": "file", "path": f"report.{kind}", "format": kind} for kind in ("ndjson", "text")]
    (tmp_path / "opsflow.yml").write_text(
        yaml.safe_dump({"notifiers": notifiers, "state": _ledger(tmp_path)})
    )
    return Opsflow(tmp_path, tmp_path / "hosts.yml", forked=False)  # a fork's arguments are not its own


def _ledger(directory: Path) -> str:
    return f"sqlite://{directory}/ledger.db"


@pytest.mark.dirties
def test_secrets_are_nowhere_to_be_seen(lab: Lab, host: Host, opsflow: Opsflow) -> None:
    with opsflow.playing(PLAY, "-vvv", "--diff") as run:
        run.begun("while it runs")
        there = lab.ssh(host.name, f"sudo sh -c {shlex.quote(LOOK)}").stdout
        here = subprocess.run(["sh", "-c", LOOK], capture_output=True, text=True, check=True).stdout
        streamed = run.end()
    assert "sleep 3" in there
    assert "opsflow play" in here
    text = opsflow("play", "play.yml", "-i", opsflow.inventory or "", "-vvv", "--diff")
    debug = opsflow("--debug", "exec", "all", "-b", "-i", opsflow.inventory or "", "id -un")
    assert (streamed.code, text.code, debug.code) == (2, 2, 0)
    assert "fails" in text.out
    reports = [path.read_text() for path in opsflow.directory.glob("report.*")]
    assert len(reports) == 2
    kept = ledger_text(_ledger(opsflow.directory))
    assert "id -un" in kept
    said = [kept, there, here, streamed.out, streamed.err, text.out, text.err, debug.out, debug.err, *reports]
    for secret in SECRETS:
        assert [line for one in said for line in one.splitlines() if secret in line] == []
    assert lab.ssh(host.name, "sudo cat /tmp/t").stdout == f"{HIDDEN}-token"
