"""A control node is killed at random moments of a run on real hosts; no host does anything twice."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from tests.support.cli import Opsflow

TASKS = 6
MOMENTS = 3
LOG = "/srv/resumed/log"
PLAY = {
    "hosts": "all",
    "become": True,
    "gather_facts": False,
    "tasks": [
        {"file": {"path": "/srv/resumed", "state": "directory"}},
        *(
            task
            for number in range(TASKS)
            for task in (
                {
                    "name": f"Do {number}",
                    "shell": f"echo {number} >> {LOG}; sleep 0.03",
                    "notify": "Done",
                },
                {
                    "name": f"Copy {number}",
                    "copy": {"content": f"{number}", "dest": f"/srv/resumed/{number}"},
                    "notify": "Copied",
                },
                {
                    "name": f"Detached {number}",
                    "shell": f"sleep 0.1; echo detached {number} >> {LOG}",
                    "async": 60,
                    "poll": 1,
                },
            )
        ),
    ],
    "handlers": [{"name": name, "shell": f"echo {name} >> {LOG}"} for name in ("Done", "Copied")],
}
ONCE = Counter(
    [*map(str, range(TASKS)), *(f"detached {number}" for number in range(TASKS)), "Done", "Copied"]
)


@pytest.mark.dirties
@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_a_killed_control_node_repeats_nothing_on_its_hosts(
    lab: Lab, fleet: list[Host], tmp_path: Path, strategy: str
) -> None:
    """With `free` tasks are on their way to a host, and done there, of which the ledger knows nothing yet."""
    (tmp_path / "opsflow.yml").write_text(f"state: sqlite://{tmp_path}/state/ledger.db\n")
    opsflow = Opsflow(tmp_path, lab.inventory)
    for _ in range(MOMENTS):
        for host in fleet:
            lab.ssh(host.name, "sudo rm -rf /srv/resumed")
        with opsflow.playing([{**PLAY, "strategy": strategy}]) as run:
            run.begun(f"{random.choice(('Do', 'Copy', 'Detached'))} {random.randrange(TASKS)}")
            time.sleep(random.uniform(0, 0.1))
            run.signal(signal.SIGKILL)
            run.process.wait()
        done = opsflow("resume", "--unknown", "redo")
        unknown = "ended well" in done.err or "no run yet" in done.err
        if unknown and lab.ssh(fleet[0].name, f"ls {LOG}").stdout == "":
            continue  # it was killed before the ledger knew of it, and has done nothing
        assert done.code == 0 or unknown, done.out + done.err
        for host in fleet:
            assert Counter(lab.ssh(host.name, f"cat {LOG}").stdout.splitlines()) == ONCE, host.name
    for host in fleet:  # all that the journals held is in the ledger
        assert lab.ssh(host.name, "sudo find /var/lib/opsflow/journal").stdout == ""
