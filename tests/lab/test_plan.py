"""A plan is what then happens, and an approved plan happens exactly so or not at all."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.deb import Package, build
from opsflow.lab.repo import Repository
from tests.support.cli import Done, Opsflow, Playing

pytestmark = pytest.mark.dirties

APP, CONF, LIB = "opsflow-demo-app", "opsflow-demo-conf", "opsflow-demo-lib"
TOOL = "acme-tool"
MODULES = ("package_upgrade", "system_update")
VERSIONS = f"dpkg-query -Wf '${{Package}}=${{Version}}\\n' {APP} {CONF} {LIB}"


@pytest.fixture
def opsflow(lab: Lab, tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path, lab.inventory)


@pytest.fixture
def acme(repo: Repository) -> Iterator[Repository]:
    """Yield the repository with a folder beside it in which somebody else publishes version 2 of a tool."""
    folder = repo.directory / "acme"
    folder.mkdir()
    for version in ("1", "2"):
        build(Package(TOOL, version), folder)
    for kind in ("packages", "release"):
        fields = [f"-oAPT::FTPArchive::Release::{name}=Acme" for name in ("Origin", "Label")]
        made = subprocess.run(
            ["apt-ftparchive", *fields, kind, "."], cwd=folder, capture_output=True, check=True
        )
        (folder / kind.capitalize()).write_bytes(made.stdout)
    yield repo
    shutil.rmtree(folder)


def use_acme(lab: Lab, host: str, repo: Repository) -> None:
    """Install version 1 of the tool."""
    source = f"deb [trusted=yes] {repo.url}/acme ./"
    place = "/etc/apt/sources.list.d/acme.list"
    made = lab.ssh(
        host,
        f"echo '{source}' | sudo tee {place} && sudo apt-get -q update && sudo apt-get -qy install {TOOL}=1",
    )
    assert made.returncode == 0, made.stderr


def upgrade_of(hosts: str, module: str = "package_upgrade", **options: Any) -> list[Any]:
    tasks = [{"name": "upgrade", module: options or None}]
    return [{"hosts": hosts, "gather_facts": False, "become": True, "tasks": tasks}]


def planned(opsflow: Opsflow, hosts: str, *arguments: str, **options: Any) -> dict[str, Any]:
    done = opsflow.play(upgrade_of(hosts, **options), "--plan", "--output", "json", *arguments)
    assert done.code == 0, done.err
    return json.loads(done.out)["hosts"]


def changes_of(plan: dict[str, Any]) -> list[tuple[str, str, str]]:
    found = [one for kind in ("upgrade", "install", "remove") for one in plan[kind]]
    return sorted((one["name"], one["old"], one["new"]) for one in found)


def done_to(done: Done, host: str) -> list[tuple[str, str, str]]:
    return sorted((one["name"], one["old"], one["new"]) for one in done.summary["hosts"][host]["packages"])


def versions(lab: Lab, host: str) -> dict[str, str]:
    said = lab.ssh(host, VERSIONS).stdout
    return dict(line.split("=", 1) for line in said.splitlines())


@pytest.mark.parametrize("module", MODULES)
def test_a_plan_is_what_then_happens(
    lab: Lab, host: Host, acme: Repository, opsflow: Opsflow, module: str
) -> None:
    acme.publish("opsflow-demo-new", "1.0")
    acme.publish(APP, "1.1", security=True, depends="opsflow-demo-lib, opsflow-demo-new")
    acme.publish(CONF, "1.1", conffile=True)
    use_acme(lab, host.name, acme)
    lab.ssh(host.name, f"echo mine | sudo tee /etc/{CONF}.conf; sudo apt-mark hold {LIB}")
    acme.publish(LIB, "1.1")
    (plan,) = planned(opsflow, host.name, module=module)[host.name]
    marks = {one["name"]: (one["security"], one["third_party"]) for one in plan["upgrade"]}
    assert marks == {APP: (True, False), CONF: (False, False), TOOL: (False, True)}
    assert [one["name"] for one in plan["install"]] == ["opsflow-demo-new"]
    assert plan["held"] == [LIB]
    assert [(one["path"], one["package"]) for one in plan["conffiles"]] == [(f"/etc/{CONF}.conf", CONF)]
    assert plan["services"] == [f"{APP}.service"]
    assert (plan["reboot"], plan["download"] > 0) == (False, True)

    done = opsflow.play(upgrade_of(host.name, module), "--output", "ndjson")
    assert done.code == 0, done.out
    assert done_to(done, host.name) == changes_of(plan)
    assert lab.ssh(host.name, f"cat /etc/{CONF}.conf").stdout == "mine\n"
    (rest,) = planned(opsflow, host.name, module=module)[host.name]
    assert changes_of(rest) == []


def test_services_that_run_a_replaced_file_are_told(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    """Any package will do: here one gets the program that serves SSH."""
    lab.ssh(host.name, f"readlink -f /usr/sbin/sshd | sudo tee -a /var/lib/dpkg/info/{LIB}.list")
    repo.publish(LIB, "1.1")
    (plan,) = planned(opsflow, host.name)[host.name]
    assert plan["services"] == ["ssh.service"]


def test_hosts_with_the_same_plan_share_a_block(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(APP, "1.1", security=True)
    repo.publish(LIB, "1.1")
    lab.ssh("h1", f"sudo apt-mark hold {LIB}; sudo touch /run/reboot-required")
    lab.ssh("h2", "sudo apt-get -q update && sudo apt-get -qy upgrade")
    waves = upgrade_of("all", "system_update")
    waves[0]["serial"] = 1
    done = opsflow.play(waves, "--plan")
    assert done.code == 0, done.err
    blocks = done.out.split("\n\n")
    assert blocks[0].splitlines()[:4] == [
        "PLAN  h1",
        "  UPGRADE  1",
        f"    {APP}  1.0 → 1.1  security",
        f"  held: {LIB}",
    ]
    assert blocks[0].splitlines()[-1] == "  reboot: not by this task, but due already"
    assert blocks[1].startswith(
        f"PLAN  h3,h4\n  UPGRADE  2\n    {APP}  1.0 → 1.1  security\n    {LIB}  1.0 → 1.1\n"
    )
    assert blocks[1].endswith("  reboot: no")
    assert blocks[2] == "NOTHING TO DO  h2"
    assert blocks[3] == "TOTAL  3 of 4 hosts would change: 5 to upgrade, 3 for security\n"
    assert versions(lab, "h3")[APP] == "1.0"


def test_what_was_approved_is_done_and_nothing_else(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow, tmp_path: Path
) -> None:
    repo.publish("opsflow-demo-new", "1.0")
    repo.publish(APP, "1.1", depends="opsflow-demo-lib, opsflow-demo-new")
    play = upgrade_of("all", "system_update")
    approved = opsflow.play(play, "--plan-out", "plan.json", "--limit", "h1,h2,h3")
    assert approved.code == 0, approved.err
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    document = json.loads((tmp_path / "plan.json").read_text())
    assert (sorted(document["hosts"]), len(document["states"])) == (["h1", "h2", "h3"], 1)

    repo.publish(LIB, "1.1")  # since then: one that nobody approved
    lab.ssh("h2", f"sudo apt-get -q update; sudo apt-get -qy install {LIB}")
    lab.ssh("h3", "sudo apt-mark hold gzip; echo '# x' | sudo tee -a /etc/apt/sources.list")
    done = opsflow.play(play, "--apply", "plan.json", "--output", "ndjson")
    assert done.code == 2, done.out
    assert done_to(done, "h1") == [(APP, "1.0", "1.1"), ("opsflow-demo-new", None, "1.0")]  # type: ignore[comparison-overlap]
    assert done.messages("upgrade") == {
        "h2": f"the host has changed since its plan was made: {LIB} is 1.1 and was 1.0",
        "h3": "the host has changed since its plan was made: gzip is held; /etc/apt/sources.list is new",
    }
    warned = [event["message"] for event in done.events if event["event"] == "warned"]
    assert any("not in the approved plan" in message and message.endswith(" h4") for message in warned)
    assert "h4" not in done.summary["hosts"]
    assert versions(lab, "h1") == {APP: "1.1", CONF: "1.0", LIB: "1.0"}
    assert versions(lab, "h3")[APP] == versions(lab, "h4")[APP] == "1.0"
    assert lab.ssh("h1", "apt-mark showauto opsflow-demo-new").stdout == "opsflow-demo-new\n"

    again = opsflow.play(play, "--apply", "plan.json", "--limit", "h1", "--output", "ndjson")
    assert (again.code, done_to(again, "h1")) == (0, [])


def test_a_version_that_is_gone_stops_its_hosts_before_anything_changes(
    lab: Lab, fleet: list[Host], repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(CONF, "1.1")
    lab.ssh("h2", f"sudo apt-mark hold {CONF}")
    repo.publish(APP, "1.1")
    play = upgrade_of("h1,h2")
    assert opsflow.play(play, "--plan-out", "plan.json").code == 0
    repo.withdraw(CONF, "1.1")
    repo.publish(CONF, "1.2")
    done = opsflow.play(play, "--apply", "plan.json", "--output", "ndjson")
    assert done.code == 2
    assert done.messages() == {"h1": f"what was approved is not offered any more: {CONF} 1.1"}
    assert versions(lab, "h1") == {APP: "1.0", CONF: "1.0", LIB: "1.0"}
    assert versions(lab, "h2") == {APP: "1.1", CONF: "1.0", LIB: "1.0"}


def test_an_approved_upgrade_goes_on_after_an_interruption(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    slow = "for n in $(seq 3000); do [ -e /var/tmp/quick ] || sleep 0.2; done"
    repo.publish(APP, "1.1", postinst=f"{slow}\n")
    repo.publish(LIB, "1.1")
    play = upgrade_of(host.name)
    assert opsflow.play(play, "--plan-out", "plan.json").code == 0
    with opsflow.playing(play, "--apply", "plan.json") as run:
        _configuring(run)
        lab.stop(host.name)
        lab.start(host.name)
        lab.ssh(host.name, "touch /var/tmp/quick")
        done = run.end()
    assert done.code == 0, done.out
    assert versions(lab, host.name) == {APP: "1.1", CONF: "1.0", LIB: "1.1"}
    again = opsflow.play(play, "--apply", "plan.json", "--output", "ndjson")
    assert (again.code, done_to(again, host.name)) == (0, [])


def test_a_killed_control_node_leaves_an_approved_upgrade_that_the_same_command_ends(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(APP, "1.1", postinst="for n in $(seq 3000); do [ -e /var/tmp/quick ] || sleep 0.2; done\n")
    play = upgrade_of(host.name)
    assert opsflow.play(play, "--plan-out", "plan.json").code == 0
    with opsflow.playing(play, "--apply", "plan.json") as run:
        _configuring(run)
        run.signal(signal.SIGKILL)
    with opsflow.playing(play, "--apply", "plan.json") as again:
        again.until(lambda event: event.get("message", "").startswith("waiting for work that "))
        lab.ssh(host.name, "touch /var/tmp/quick")
        done = again.end()
    assert (done.code, done_to(done, host.name)) == (0, [])
    assert versions(lab, host.name)[APP] == "1.1"


def _configuring(run: Playing) -> None:
    run.until(lambda event: event["event"] == "host_progress" and event["message"] == f"Configuring {APP}")


def test_ansibles_apt_plans_and_is_bound_too(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow
) -> None:
    repo.publish(APP, "1.1")
    play = upgrade_of(host.name, "apt", upgrade="dist", update_cache=True)
    play[0]["tasks"].append({"name": "a package", "apt": {"name": LIB, "state": "latest"}})
    play[0]["tasks"].append({"name": "look", "assert": {"that": "not ansible_check_mode"}})
    approved = opsflow.play(play, "--plan-out", "plan.json")
    assert f"    {APP}  1.0 → 1.1\n" in approved.out
    assert f"\nFAILED in check mode, when the plan had been made\n  {host.name}  look: " in approved.out
    repo.publish(CONF, "1.1")
    assert opsflow.play(play, "--apply", "plan.json").code == 0
    assert versions(lab, host.name) == {APP: "1.1", CONF: "1.0", LIB: "1.0"}


def test_bad_plans_are_told_before_any_host(
    lab: Lab, host: Host, repo: Repository, opsflow: Opsflow, tmp_path: Path
) -> None:
    repo.publish(APP, "1.1")
    play = upgrade_of("all")
    assert opsflow.play(play, "--plan-out", "plan.json", "--limit", host.name).code == 0
    text = (tmp_path / "plan.json").read_text()
    lab.stop(host.name)

    def refused(*arguments: str, plan: str = text, play: list[Any] = play) -> str:
        (tmp_path / "plan.json").write_text(plan)
        done = opsflow.play(play, "--apply", "plan.json", *arguments)
        assert done.code == 3, done.out + done.err
        assert "no host was touched" in done.err
        return done.err

    assert "the plan was changed after it was written" in refused(plan=text.replace('"1.1"', '"1.2"'))
    assert "this is no plan" in refused(plan=text[:-200])
    assert f"hosts.{host.name}.upgrade[0].new" in refused(plan=text.replace('"1.1"', '"1.1 --force-yes"'))
    assert "play.yml is not what it was" in refused(play=upgrade_of("all", "system_update"))
    other = "h2" if host.name != "h2" else "h1"
    assert "no host of this run is in the plan" in refused("--limit", other)
