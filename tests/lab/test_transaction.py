"""An upgrade is a transaction: recorded, verified, undone when it fails or when somebody wishes it."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.support.local import Run
from tests.support.remote import running_on

pytestmark = pytest.mark.dirties

APP, LIB, CONF = "opsflow-demo-app", "opsflow-demo-lib", "opsflow-demo-conf"


async def shell(run: Run, command: str) -> str:
    result = await run.task.call("command.run", {"cmd": command, "shell": True})
    return str(result["stdout"]).strip()


async def everything(run: Run) -> str:
    """Return the state of packages and files that an undone upgrade must not have changed."""
    return await shell(
        run,
        "dpkg-query -Wf '${Package} ${Version} ${Status} ${Conffiles}\\n' 'opsflow-*';"
        "apt-mark showauto; apt-mark showhold; cat /etc/opsflow-demo-conf.conf; ls -l /etc/opsflow*;"
        "dpkg -L opsflow-demo-app opsflow-demo-lib opsflow-demo-conf | sort -u |"
        "xargs -d '\\n' -I{} sh -c 'test -f {} && sha1sum {} && stat -c %U:%G:%a {}'; dpkg --audit",
    )


async def failing(run: Run, **options: Any) -> TaskError:
    with pytest.raises(TaskError) as caught:
        await run("package_upgrade", **options)
    return caught.value


async def test_a_package_whose_script_fails_brings_all_back(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    repo.publish(CONF, "1.1", conffile=True)
    repo.publish(APP, "1.1", postinst_fails=True)
    repo.withdraw(APP, "1.0")
    repo.withdraw(LIB, "1.0")
    async with running_on(lab.inventory, host.name) as run:
        before = await everything(run)
        error = await failing(run, on_failure="rollback")
        assert "this package fails on purpose" in error.message
        assert error.message.endswith("Rolled back: 3 packages are as before")
        assert error.data["rolled_back"] is True
        assert await everything(run) == before
        again = await failing(run, on_failure="rollback")
        assert again.data["rolled_back"] is True
        assert await everything(run) == before


async def test_a_health_check_that_fails_brings_all_back(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(CONF, "1.1", conffile=True)
    async with running_on(lab.inventory, host.name) as run:
        await shell(run, "echo 'greeting = ours' >/etc/opsflow-demo-conf.conf; apt-get clean")
        await shell(run, "chmod 4711 /usr/share/opsflow-demo-conf/version")  # dpkg takes such rights away
        before = await everything(run)
        check = {"command": "grep -q 1.0 /usr/share/opsflow-demo-conf/version", "retries": 0}
        error = await failing(run, on_failure="rollback", conffiles="new", health=[check])
        assert error.message.startswith("the verification failed: ")
        assert await everything(run) == before


async def test_an_upgrade_is_undone_by_its_record(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    repo.publish("opsflow-new", "1.0")
    repo.publish(APP, "1.1", depends="opsflow-new")
    for name in (APP, LIB):
        repo.withdraw(name, "1.0")
    async with running_on(lab.inventory, host.name) as run:
        before = await everything(run)
        done = await run("package_upgrade")
        assert done["changed"]
        back = await run("package_rollback", transaction=done["transaction"])
        assert back["changed"]
        assert (await everything(run)).replace("opsflow-new 1.0 deinstall ok config-files", "") == before
        assert not (await run("package_rollback", transaction=done["transaction"]))["changed"]


async def test_what_became_of_configuration_files_is_told(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(CONF, "1.1", conffile=True)
    path = f"/etc/{CONF}.conf"
    async with running_on(lab.inventory, host.name) as run:
        done = await run("package_upgrade", conffiles="new")
        (told,) = done["conffile_decisions"]
        assert (told["path"], told["package"], told["decision"]) == (path, CONF, "replaced")
        assert "-greeting = hello\n+greeting = hello from 1.1" in told["diff"]

        await shell(run, f"echo 'greeting = ours' >{path}")
        repo.publish(CONF, "1.2", conffile=True)
        (told,) = (await run("package_upgrade"))["conffile_decisions"]
        assert told["decision"] == "kept"
        assert "-greeting = ours\n+greeting = hello from 1.2" in told["diff"]
        assert await shell(run, f"cat {path}") == "greeting = ours"

        await shell(run, f"chmod 600 {path}; rm {path}.dpkg-dist")
        repo.publish(CONF, "1.3", conffile=True)
        (told,) = (await run("package_upgrade"))["conffile_decisions"]
        assert (told["decision"], told["diff"]) == ("kept", "")  # not everybody may read it


async def test_a_host_that_is_not_well_before_is_left_alone(lab: Lab, host: Host, repo: Repository) -> None:
    repo.publish(LIB, "1.1")
    async with running_on(lab.inventory, host.name) as run:
        before = await everything(run)
        with pytest.raises(TaskError) as caught:
            await run("system_update", health=[{"command": "echo ill >&2; exit 1"}])
        assert caught.value.message.startswith(
            "not fit to be upgraded, so nothing was changed: not well already"
        )
        assert await everything(run) == before
        done = await run("system_update", preflight={"health": "warn"}, health=[{"command": "true"}])
        assert [one["name"] for one in done["packages"]] == [LIB]


async def test_a_rollback_that_does_not_help_asks_for_a_person(
    lab: Lab, host: Host, repo: Repository
) -> None:
    flag = "/var/tmp/spoilt"
    repo.publish(LIB, "1.1", postinst=f"touch {flag}\n")
    async with running_on(lab.inventory, host.name) as run:
        with pytest.raises(TaskError) as caught:
            await run("system_update", health=[{"command": f"test ! -e {flag}", "retries": 0}])
        assert "The rollback failed too: the verification failed" in caught.value.message
        assert caught.value.message.endswith("This host needs a person")
        assert caught.value.data["needs_person"] is True
        state = 'python3 -c \'import json,sys; d=json.load(sys.stdin); print(d["state"], d["reason"])\''
        told = await shell(run, f"cat /var/lib/opsflow/transactions/*/record.json | {state}")
        assert told.startswith("broken the verification failed: ")
        assert await shell(run, f"dpkg-query -Wf '${{Version}}' {LIB}") == "1.0"


async def test_an_upgrade_that_was_broken_off_before_its_verification_is_ended(
    lab: Lab, host: Host, repo: Repository
) -> None:
    repo.publish(LIB, "1.1", security=True)
    record = "/var/lib/opsflow/transactions/*/record.json"
    async with running_on(lab.inventory, host.name) as run:
        first = await run("package_upgrade", security=True)
        await shell(run, f"""sed -i 's/"state": "done"/"state": "changing"/' {record}""")
        again = await run("package_upgrade", security=True)  # nothing is left to upgrade by name
        assert again["transaction"] == first["transaction"]
        assert [one["name"] for one in again["packages"]] == [LIB]
        assert '"state": "done"' in await shell(run, f"cat {record}")
