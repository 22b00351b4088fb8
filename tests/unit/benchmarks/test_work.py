"""Work said in the language of each contender, and the files that tell of hosts."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import yaml

from benchmarks import fleet, work
from benchmarks.fleet import Target
from benchmarks.work import MIXED, Task


def test_work_is_said_for_those_in_whose_language_each_task_is(tmp_path: Path):
    both = Task("ping:", line="true", frame={"do": "ping"})
    made = work.write(tmp_path, "w", [both, Task("debug:", frame={"do": "ping"})], sudo=True)
    assert (made.deploy, made.lines) == (None, None)
    assert made.frames
    assert json.loads(made.frames.read_text()) == [{"do": "ping"}] * 2
    (play,) = yaml.safe_load(made.playbook.read_text())
    assert play["become"] is True
    assert play["tasks"] == [{"ping": None}, {"debug": None}]


def test_the_mixed_tasks_are_there_in_all_languages():
    assert MIXED.deploy
    assert MIXED.lines
    assert MIXED.frames
    assert all(path.exists() for path in (MIXED.playbook, MIXED.deploy, MIXED.lines))
    remote = len(MIXED.lines.read_text().splitlines())
    assert len(json.loads(MIXED.frames.read_text())) == remote


def test_a_port_of_a_host_is_known_by_the_key_of_the_host(tmp_path: Path):
    known = tmp_path / "known_hosts"
    known.write_text("h1,10.0.0.1 ssh-ed25519 AAAA\n")
    lab = cast("Any", SimpleNamespace(key=tmp_path / "key", known_hosts=known))
    targets = [
        Target("h1", "10.0.0.1", "h1"),
        Target("far", "127.0.0.1", "h1", 2201),
        Target("m", "1.1.1.1", ""),
    ]
    made = fleet.write(lab, tmp_path / "fleet", targets)
    assert made.known_hosts.read_text() == "10.0.0.1 ssh-ed25519 AAAA\n[127.0.0.1]:2201 ssh-ed25519 AAAA\n"
    hosts = yaml.safe_load(made.inventory.read_text())["all"]["hosts"]
    assert hosts["h1"] == {"ansible_host": "10.0.0.1"}
    assert hosts["far"] == {"ansible_host": "127.0.0.1", "ansible_port": 2201}
    assert json.loads(made.listed.read_text())["targets"][1] == ["far", "127.0.0.1", 2201]
