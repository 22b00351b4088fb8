"""What goes wrong during an upgrade: each fault injected, each host upgraded, as before, or marked."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.cli import Done, Opsflow

pytestmark = pytest.mark.dirties

APP, LIB, CONF = "opsflow-demo-app", "opsflow-demo-lib", "opsflow-demo-conf"
ROUNDS = 3  # with a moment for each host
LOOK = (
    "dpkg-query -Wf '${Package} ${Version} ${db:Status-Abbrev}\\n' 'opsflow-*'; dpkg --audit;"
    "systemctl is-active opsflow-demo-app; curl -s localhost:8080/version ||"
    "python3 -c 'import urllib.request as u; print(u.urlopen(\"http://localhost:8080/version\").read())'"
)


@pytest.fixture
def opsflow(lab: Lab, tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path, lab.inventory)


def play(host: Host | None, module: str = "system_update", **options: Any) -> list[Any]:
    """Return a play of one task, for all hosts where none is given."""
    tasks = [{"name": "upgrade", module: options or None}]
    hosts = host.name if host else "all"
    return [{"hosts": hosts, "gather_facts": False, "become": True, "tasks": tasks}]


def at_random_moments(
    moments: random.Random, hosts: Sequence[Host], until: float, do: Callable[[Host], Any]
) -> None:
    """Do something to each host, at most so many seconds from now."""
    start = time.monotonic()
    when = {host.name: moments.uniform(0.2, until) for host in hosts}
    for host in sorted(hosts, key=lambda host: when[host.name]):
        time.sleep(max(0.0, start + when[host.name] - time.monotonic()))
        do(host)


def look(lab: Lab, host: Host) -> str:
    return lab.ssh(host.name, LOOK).stdout


def versions(lab: Lab, host: Host) -> set[str]:
    return set(lab.ssh(host.name, f"dpkg-query -Wf '${{Version}}\\n' {APP} {LIB} {CONF}").stdout.split())


def record(lab: Lab, host: Host) -> str:
    """Return how the newest upgrade ended, by the host's own record."""
    command = "sudo sh -c 'cat $(ls -d /var/lib/opsflow/transactions/* | tail -1)/record.json'"
    text = lab.ssh(
        host.name, f"{command} | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"state\"])'"
    )
    return text.stdout.strip()


def result(done: Done, host: Host) -> dict[str, Any]:
    return next(
        event["result"]["data"]
        for event in done.events
        if event["event"] == "host_finished" and event["host"] == host.name
    )


def publish(repo: Repository, version: str) -> None:
    for name in (LIB, CONF, APP):
        repo.publish(name, version, conffile=name == CONF, postinst="sleep 0.2\n")


def test_a_connection_cut_at_random_moments(lab: Lab, host: Host, repo: Repository, opsflow: Opsflow) -> None:
    moments = random.Random(20261121)
    for number in range(1, 11):
        publish(repo, f"1.{number}")
        with opsflow.playing(play(host)) as run:
            run.begun("upgrade")
            time.sleep(moments.uniform(0.2, 4))
            lab.ssh(host.name, "sudo pkill -KILL -f 'sshd: ops'")
            done = run.end()
        assert done.code == 0, done.out
        assert versions(lab, host) == {f"1.{number}"}
        assert record(lab, host) == "done"


def test_a_control_node_killed_at_random_moments_and_run_again(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow
) -> None:
    """Each host has a control node of its own, then one has all of them."""
    moments = random.Random(20261122)
    count = "/var/tmp/configured"
    for host in fleet:
        (opsflow.directory / host.name).mkdir()
    for number in range(1, ROUNDS + 1):
        for name in (LIB, APP):
            repo.publish(name, f"1.{number}", postinst=f"sleep 0.2; echo {name} 1.{number} >> {count}\n")
        with ExitStack() as stack:
            nodes = {host: Opsflow(opsflow.directory / host.name, lab.inventory) for host in fleet}
            runs = {host: stack.enter_context(node.playing(play(host))) for host, node in nodes.items()}
            for run in runs.values():
                run.begun("upgrade")
            at_random_moments(moments, fleet, 4, lambda host, runs=runs: runs[host].signal(signal.SIGKILL))
        done = opsflow.play(play(None))
        assert done.code == 0, done.out
        assert [record(lab, host) for host in fleet] == ["done"] * len(fleet)
    for host in fleet:
        told = lab.ssh(host.name, f"sort -V {count}").stdout.splitlines()
        assert told == sorted(told, key=lambda line: (line.split()[0], int(line.rpartition(".")[2])))
        assert len(told) == len(set(told)) == 2 * ROUNDS


def test_hosts_that_lose_their_power_at_random_moments(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow
) -> None:
    publish(repo, "1.1")
    with opsflow.playing(play(None, on_failure="fail")) as run:
        run.begun("upgrade", len(fleet))
        at_random_moments(random.Random(20261123), fleet, 3, lambda host: lab.stop(host.name))
        for host in fleet:
            lab.start(host.name)
        run.end()
    done = opsflow.play(play(None))
    assert done.code == 0, done.out
    for host in fleet:
        assert versions(lab, host) == {"1.1"}
        assert lab.ssh(host.name, "dpkg --audit").stdout == ""
        assert record(lab, host) == "done"


def test_a_script_that_hangs_is_ended_and_the_host_as_before(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    before = look(lab, host)
    repo.publish(LIB, "1.1")
    repo.publish(APP, "1.1", preinst="sleep 4343\n")
    done = opsflow.play(play(host, time_limit=5), "--output", "ndjson")
    assert done.code == 2
    said = done.messages("upgrade")[host.name]
    assert "time limit" in said
    assert said.endswith("as before")
    assert (look(lab, host), record(lab, host)) == (before, "rolled back")
    assert lab.ssh(host.name, "pgrep -fx 'sleep 4343'").stdout == ""


def test_a_held_package_in_the_way_is_told_and_stays(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(LIB, "1.1")
    repo.publish(APP, "1.1", depends=f"{LIB} (>= 1.1)")
    lab.ssh(host.name, f"sudo apt-mark hold {LIB}")
    done = opsflow.play(play(host), "--output", "ndjson")
    assert done.code == 0
    data = result(done, host)
    assert (data["held"], data["kept_back"], data["packages"]) == ([LIB], [APP], [])
    assert data["msg"].startswith("nothing to upgrade, 1 kept back, 1 held")


def test_a_disk_that_fills_up_leaves_the_host_as_before(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    before = look(lab, host)
    place = "/usr/share/opsflow-big"
    lab.ssh(host.name, f"sudo mkdir {place}; sudo mount -t tmpfs -o size=64k none {place}")
    repo.publish(LIB, "1.1")
    repo.publish(APP, "1.1", files={f"{place}/data": "x" * 300_000})
    done = opsflow.play(play(host), "--output", "ndjson")
    assert done.code == 2
    said = done.messages("upgrade")[host.name]
    assert "the disk is full" in said
    assert said.endswith("as before")
    assert (look(lab, host), record(lab, host)) == (before, "rolled back")


def test_sshd_that_is_upgraded_and_restarted_takes_nothing_with_it(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(LIB, "1.1", postinst="systemctl restart ssh; pkill -KILL -f 'sshd: ops' || :\nsleep 1\n")
    repo.publish(APP, "1.1")
    done = opsflow.play(play(host), "--output", "ndjson")
    assert done.code == 0, done.out
    assert {one["name"] for one in result(done, host)["packages"]} == {LIB, APP}
    assert record(lab, host) == "done"


def test_a_service_that_fails_after_the_reboot_brings_the_old_version_back(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    before = look(lab, host)
    unit = (
        "[Service]\nType=oneshot\nExecStart=/bin/sh -c 'test ! -e /var/tmp/armed'\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )
    armed = "systemctl enable opsflow-late; touch /var/tmp/armed\n"
    files = {"/usr/lib/systemd/system/opsflow-late.service": unit}
    repo.publish(LIB, "1.1", files=files, postinst=armed, reboot_required=True)
    done = opsflow.play(play(host, reboot="if_required", reboot_timeout=60), "--output", "ndjson")
    assert done.code == 2
    said = done.messages("upgrade")[host.name]
    assert said == (
        "the verification failed: failed since: opsflow-late.service. Rolled back: 1 package is as before"
    )
    assert (look(lab, host), record(lab, host)) == (before, "rolled back")


def test_a_host_that_does_not_come_back_stops_the_waves(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow
) -> None:
    """As with a new kernel that does not boot."""
    first = fleet[0].name
    repo.publish(LIB, "1.1", reboot_required=True)
    unit = "[Service]\\nExecStart=/bin/systemctl poweroff\\n[Install]\\nWantedBy=multi-user.target\\n"
    place = "/etc/systemd/system/late.service"
    lab.ssh(first, f"printf '{unit}' | sudo tee {place}; sudo systemctl enable late")
    tasks = [{"name": "upgrade", "system_update": {"reboot": "if_required", "reboot_timeout": 15}}]
    waves = {
        "hosts": "all",
        "gather_facts": False,
        "become": True,
        "serial": [1, 2],
        "max_fail_percentage": 0,
    }
    done = opsflow.play([{**waves, "tasks": tasks}], "--output", "ndjson")
    assert done.code == 6, done.out
    assert list(done.summary["hosts"]) == [first]
    assert "did not come back" in done.messages("upgrade")[first]
    for other in fleet[1:]:
        assert versions(lab, other) == {"1.0"}


def test_nothing_that_asks_a_person_holds_an_upgrade_up(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    """As apt-listchanges and apt-listbugs would, a script that reads, and dpkg about a configuration file."""
    quiet = "test $APT_LISTCHANGES_FRONTEND$APT_LISTBUGS_FRONTEND = nonenone"
    asks = f"{quiet} || read answer </dev/tty || sleep 4343"
    hook = f'DPkg::Pre-Install-Pkgs {{"{asks}";}};'
    lab.ssh(host.name, f"echo '{hook}' | sudo tee /etc/apt/apt.conf.d/99asks")
    lab.ssh(host.name, f"echo changed | sudo tee -a /etc/{CONF}.conf")
    repo.publish(
        LIB, "1.1", postinst="test $DEBIAN_FRONTEND = noninteractive\nif read answer; then exit 9; fi\n"
    )
    repo.publish(CONF, "1.1", conffile=True)
    done = opsflow.play(play(host), "--output", "ndjson")
    assert done.code == 0, done.out
    told = result(done, host)
    assert {one["name"] for one in told["packages"]} == {LIB, CONF}
    assert [one["decision"] for one in told["conffile_decisions"]] == ["kept"]


def test_a_rollback_whose_host_loses_its_power_goes_on(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    quick = "/var/tmp/quick"
    lab.ssh(host.name, f"touch {quick}")
    repo.publish(LIB, "1.1", postinst=f"for n in $(seq 600); do [ -e {quick} ] || sleep 0.2; done\n")
    assert opsflow.play(play(host)).code == 0
    repo.publish(LIB, "1.2")
    assert opsflow.play(play(host)).code == 0
    lab.ssh(host.name, f"rm {quick}")
    with opsflow.playing(play(host, "package_rollback")) as run:
        run.until(lambda event: event.get("message") == f"Configuring {LIB}")
        lab.stop(host.name)
        lab.start(host.name)
        lab.ssh(host.name, f"touch {quick}")
        done = run.end()
    assert done.code == 0, done.out
    assert versions(lab, host) == {"1.0", "1.1"}
    assert lab.ssh(host.name, "dpkg --audit").stdout == ""
    assert record(lab, host) == "rolled back"


def test_a_package_that_was_torn_while_it_was_unpacked_is_installed_anew(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    """What a power cut leaves behind: only the newest version can mend it, and that is the one it has."""
    for state in ("half-installed", "unpacked", "half-configured"):
        change = rf"s/\(Package: {CONF}\nStatus: \)[^\n]*/\1install reinstreq {state}/"
        lab.ssh(host.name, f"sudo sed -i -z '{change}' /var/lib/dpkg/status")
        assert state in lab.ssh(host.name, f"dpkg -s {CONF}").stdout
        done = opsflow.play(play(host), "--output", "ndjson")
        assert done.code == 0, done.out
        assert result(done, host)["repaired"] == [CONF]
        assert lab.ssh(host.name, "dpkg --audit").stdout == ""
