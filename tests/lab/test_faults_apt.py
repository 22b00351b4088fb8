"""Package managers that fail, by the command line: on their host alone, and said in a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.cli import Opsflow

pytestmark = pytest.mark.dirties

LIB = "opsflow-demo-lib"
LOCK = """import fcntl, time
file = open('/var/lib/dpkg/lock-frontend', 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
time.sleep(600)
"""
HOLD = f'systemd-run --quiet --unit=nightly --collect python3 -c "{LOCK}"; sleep 0.5'
RELEASE = (  # without an accuracy of its own a timer may come a minute late
    "systemd-run --quiet --on-active=3 --timer-property=AccuracySec=100ms systemctl stop nightly.service"
)


def test_package_managers_that_fail_do_so_on_their_host_alone(
    lab: Lab, host: Host, ubuntu_host: Host, repo: Repository, tmp_path: Path
) -> None:
    """The Debian host has a broken package and no repository, Ubuntu's a lock that is held."""
    repo.publish(LIB, "1.1")
    repo.publish("opsflow-extra", "1.0", postinst='[ "$(hostname)" = h4 ] || exit 9\n')
    on_bad, on_locked = (f"inventory_hostname == '{one.name}'" for one in (host, ubuntu_host))
    extra = {"name": "opsflow-extra", "update_cache": True, "update_cache_retries": 1}
    tasks = [
        {"name": "broken", "apt": extra, "ignore_errors": True},
        {"shell": "sed -i 's/:8077/:9/' $(find /etc/apt/sources.list* -type f)", "when": on_bad},
        {"name": "unreachable", "apt": {"update_cache": True, "update_cache_retries": 1}, "when": on_bad},
        {"shell": HOLD, "when": on_locked},
        {
            "name": "kept from it",
            "package_upgrade": {"lock_timeout": 1, "refresh": False},
            "ignore_errors": True,
            "when": on_locked,
        },
        {"shell": RELEASE, "when": on_locked},
        {"name": "upgrade", "package_upgrade": {"lock_timeout": 60}},
    ]
    play = [{"hosts": "all", "become": True, "gather_facts": False, "tasks": tasks}]
    limit = f"{host.name},{ubuntu_host.name}"
    done = Opsflow(tmp_path, lab.inventory).play(play, "--limit", limit, "--output", "ndjson")
    said = {
        (event["task"]["name"], event["host"]): event["result"]["data"].get("msg", "")
        for event in done.events
        if event["event"] == "host_finished"
    }
    assert done.code == 2
    assert said["broken", host.name] == (
        "package opsflow-extra is broken: installed opsflow-extra package post-installation script "
        "subprocess returned error exit status 9"
    )
    unreachable = r"the package lists cannot be fetched: cannot fetch .*Connection refused"
    assert re.match(unreachable, said["unreachable", host.name])
    held = r"another package manager still runs after 1 seconds: .*python3 .*nightly\.service"
    assert re.match(held, said["kept from it", ubuntu_host.name])
    told = [event["message"] for event in done.events if event["event"] == "host_progress"]
    assert [one for one in told if re.match(r"Waiting for .*python3 .*nightly\.service.*, \d+ s left", one)]
    assert said["upgrade", ubuntu_host.name].startswith("upgraded 1 package")
    upgraded = [
        {"name": "opsflow-extra", "old": None, "new": "1.0"},
        {"name": LIB, "old": "1.0", "new": "1.1"},
    ]
    assert done.summary["hosts"][ubuntu_host.name]["packages"] == upgraded
