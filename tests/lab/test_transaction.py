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
        await shell(run, "echo 'greeting = ours' >/etc/opsflow-demo-conf.conf")
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
