"""An upgrade outlives its connection and its control node, and nothing is done twice."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.cli import Opsflow, Playing

pytestmark = pytest.mark.dirties

APP = "opsflow-demo-app"
COUNT = "/var/tmp/configured"
QUICK = "/var/tmp/quick"
RUNNING = "pgrep -x 'dpkg|apt-get'"


@pytest.fixture
def opsflow(lab: Lab, tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path, lab.inventory)


def upgrade_of(host: Host) -> list[Any]:
    tasks = [{"name": "upgrade", "package_upgrade": None}]
    return [{"hosts": host.name, "gather_facts": False, "become": True, "tasks": tasks}]


def publish(repo: Repository, seconds: int) -> None:
    """Publish a version whose configuration takes so long, and counts how often it came to its end."""
    slow = f"for n in $(seq {5 * seconds}); do [ -e {QUICK} ] || sleep 0.2; done"
    repo.publish(APP, "1.1", postinst=f"{slow}\necho once >> {COUNT}\n")


def configuring(run: Playing) -> None:
    run.until(lambda event: event["event"] == "host_progress" and event["message"] == f"Configuring {APP}")


def state(lab: Lab, host: Host) -> tuple[str, str]:
    """Return the version of the package and how often it was configured."""
    said = lab.ssh(
        host.name, f"dpkg-query -Wf '${{Version}} ${{db:Status-Status}}' {APP}; wc -l < {COUNT}"
    ).stdout
    version, _, count = said.rpartition("installed")
    return version.strip(), count.strip()


def told(done: Any, words: str) -> bool:
    return any(
        words in event.get("message", "") for event in done.events if event["event"] == "host_progress"
    )


@pytest.mark.parametrize(
    "cut",
    [
        "pkill -KILL -f 'sshd: ops'",
        "systemctl restart ssh; pkill -KILL -f 'sshd: ops'",
        "pkill -KILL -o -x sudo",
    ],
)
def test_a_connection_that_is_cut_is_made_anew_and_the_work_found_again(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow, cut: str
) -> None:
    publish(repo, 3)
    with opsflow.playing(upgrade_of(host)) as run:
        configuring(run)
        lab.ssh(host.name, f'sudo systemd-run --quiet --collect sh -c "{cut}"')
        done = run.end()
    assert done.code == 0, done.out
    assert told(done, "the connection was lost, the work goes on")
    assert state(lab, host) == ("1.1", "1")
    changes = done.summary["hosts"][host.name]["packages"]
    assert [(one["name"], one["old"], one["new"]) for one in changes] == [(APP, "1.0", "1.1")]


def test_a_killed_control_node_leaves_work_that_the_next_run_waits_for(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    publish(repo, 600)
    with opsflow.playing(upgrade_of(host)) as run:
        configuring(run)
        run.signal(signal.SIGKILL)
    assert lab.ssh(host.name, RUNNING).stdout
    with opsflow.playing(upgrade_of(host)) as again:
        again.until(lambda event: event.get("message", "").startswith("waiting for work that "))
        lab.ssh(host.name, f"touch {QUICK}")
        done = again.end()
    assert done.code == 0, done.out
    assert state(lab, host) == ("1.1", "1")
    assert done.summary["hosts"][host.name]["packages"] == []


def test_a_person_who_waits_for_the_work_of_another_can_leave_and_it_goes_on(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    """With leases and the host's lock it would not even come there."""
    (opsflow.directory / "opsflow.yml").write_text("ledger: off\nhost_lock: off\n")
    publish(repo, 600)
    with opsflow.playing(upgrade_of(host)) as first:
        configuring(first)
        with opsflow.playing(upgrade_of(host)) as second:
            second.until(lambda event: event.get("message", "").startswith("waiting for work that "))
            second.signal(signal.SIGINT)
            assert second.end().code == 99
        assert lab.ssh(host.name, RUNNING).stdout
        lab.ssh(host.name, f"touch {QUICK}")
        done = first.end()
    assert done.code == 0, done.out
    assert state(lab, host) == ("1.1", "1")


def test_a_person_who_stops_a_run_stops_its_work_too(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    publish(repo, 600)
    with opsflow.playing(upgrade_of(host)) as run:
        configuring(run)
        run.signal(signal.SIGINT)
        done = run.end()
    assert done.code == 99
    assert lab.ssh(host.name, RUNNING).stdout == ""
    lab.ssh(host.name, f"touch {QUICK}")
    repaired = opsflow.play(upgrade_of(host))
    assert repaired.code == 0, repaired.out
    assert state(lab, host) == ("1.1", "1")


def test_a_host_that_goes_down_during_its_work_goes_on_with_it_when_it_is_back(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    publish(repo, 600)
    with opsflow.playing(upgrade_of(host)) as run:
        configuring(run)
        lab.stop(host.name)
        lab.start(host.name)
        lab.ssh(host.name, f"touch {QUICK}")
        done = run.end()
    assert done.code == 0, done.out
    assert told(done, "the work was broken off")
    assert state(lab, host) == ("1.1", "1")
    changes = done.summary["hosts"][host.name]["packages"]
    assert [(one["name"], one["old"], one["new"]) for one in changes] == [(APP, "1.0", "1.1")]
