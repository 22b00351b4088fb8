"""authorized_key, cron, getent, hostname, modprobe, package_facts, sysctl and timezone."""

from __future__ import annotations

import getpass
import os
import pwd
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target.authorized_key import parse
from tests.support.local import Run

ME = getpass.getuser()
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDwFD47XnZkAS5st5LRHcTCSr6RzWQF1muMIticE4XDD"
OTHER = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 b@c"


async def add_key(run: Run, path: Path, **args: object) -> bool:
    result = await run("authorized_key", user=ME, path=str(path), **{"key": f"{KEY} a@b", **args})
    assert result["keyfile"] == str(path)
    return result["changed"]


async def test_a_key_is_added_once_and_removed_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "authorized_keys"
    assert await add_key(run, path, check=True)
    assert not path.exists()
    assert await add_key(run, path)
    assert not await add_key(run, path)
    assert path.read_text() == f"{KEY} a@b\n"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert await add_key(run, path, key_options='no-pty,command="a b"', comment="x y")
    assert path.read_text() == f'no-pty,command="a b" {KEY} x y\n'
    assert await add_key(run, path, key=KEY, state="absent")
    assert path.read_text() == ""
    assert not await add_key(run, path, state="absent")


async def test_other_lines_stay_unless_a_key_is_exclusive(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(f"# people\n{OTHER}\n")
    assert await add_key(run, path, key=f"{KEY}\n# no key\n")
    assert path.read_text() == f"# people\n{OTHER}\n{KEY}\n"
    assert await add_key(run, path, key=KEY, exclusive=True)
    assert path.read_text() == f"# people\n{KEY}\n"


async def test_keys_may_come_from_an_address(run: Run, tmp_path: Path) -> None:
    (tmp_path / "me.keys").write_text(f"{KEY}\n{OTHER}\n")
    assert await add_key(run, tmp_path / "keys", key=f"file://{tmp_path}/me.keys")
    assert (tmp_path / "keys").read_text() == f"{KEY}\n{OTHER}\n"


async def test_what_is_no_key_and_who_is_no_user(run: Run, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="not an SSH public key: hello"):
        await add_key(run, tmp_path / "keys", key="hello")
    with pytest.raises(TaskError, match="no user no-such-user"):
        await run("authorized_key", user="no-such-user", key=KEY)


def test_options_of_a_key_may_hold_quoted_blanks() -> None:
    found = parse(f'command="say \\"a b\\"",no-pty {KEY} one two')
    assert found is not None
    assert (found.options, found.comment) == ('command="say \\"a b\\"",no-pty', "one two")
    assert parse("no key at all") is None


CRONTAB = """#!/bin/sh
case "$*" in
*-l) test -e "$DIR/table" || { echo "no crontab for me" >&2; exit 1; }; cat "$DIR/table" ;;
*) cat > "$DIR/table" ;;
esac
"""


@pytest.fixture
def crontab(run: Run, tmp_path: Path) -> Path:
    """Put a `crontab` on the path that keeps its table in a file."""
    program = tmp_path / "crontab"
    program.write_text(CRONTAB)
    program.chmod(0o755)
    run.task.env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DIR": str(tmp_path)}
    return tmp_path / "table"


async def test_a_job_is_known_by_its_name(run: Run, crontab: Path) -> None:
    job = {"name": "backup", "job": "/bin/backup", "minute": 5}
    assert (await run("cron", **job, check=True))["changed"] is True
    assert not crontab.exists()
    for changed in (True, False):
        result = await run("cron", **job)
        assert (result["changed"], result["jobs"]) == (changed, ["backup"])
    await run("cron", name="clean", job="/bin/clean", special_time="daily", disabled=True)
    await run("cron", **{**job, "hour": "*/2"})
    assert crontab.read_text() == (
        "#Ansible: backup\n5 */2 * * * /bin/backup\n#Ansible: clean\n#@daily /bin/clean\n"
    )
    for changed in (True, False):
        assert (await run("cron", name="backup", state="absent"))["changed"] is changed
    assert crontab.read_text() == "#Ansible: clean\n#@daily /bin/clean\n"


async def test_variables_of_cron(run: Run, crontab: Path) -> None:
    await run("cron", name="j", job="/j")
    await run("cron", name="PATH", job="/bin", env=True)
    await run("cron", name="MAILTO", job="a", env=True, insertafter="PATH")
    assert crontab.read_text() == 'PATH="/bin"\nMAILTO="a"\n#Ansible: j\n* * * * * /j\n'
    result = await run("cron", name="PATH", job="/sbin", env=True)
    assert (result["changed"], result["envs"]) == (True, ["PATH", "MAILTO"])
    assert (await run("cron", name="PATH", env=True, state="absent"))["envs"] == ["MAILTO"]
    with pytest.raises(TaskError, match="no variable 'NOPE'"):
        await run("cron", name="X", job="x", env=True, insertbefore="NOPE")


async def test_a_file_of_jobs_names_the_user_and_goes_with_its_last_job(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "cron"
    await run("cron", name="j", job="/j", user="root", cron_file=str(path), diff=True)
    assert path.read_text() == "#Ansible: j\n* * * * * root /j\n"
    await run("cron", name="j", state="absent", cron_file=str(path))
    assert not path.exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"name": "j"}, "job is needed"),
        ({"name": "j", "job": "x", "special_time": "daily", "hour": 1}, "together with times"),
        ({"name": "j", "job": "x", "cron_file": "x"}, "needs user"),
        ({"name": "j", "job": "x\ny"}, "one line"),
    ],
)
async def test_jobs_that_make_no_sense(run: Run, args: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("cron", **args)


async def test_a_parameter_in_a_file(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "99.conf"
    path.write_text("# mine\nvm.swappiness = 10\nnet.x=1\nvm.swappiness=20\n")
    args = {"sysctl_file": str(path), "reload": False}
    for changed in (True, False):
        result = await run("sysctl", name="vm.swappiness", value=15, **args)
        assert result["changed"] is changed
    assert path.read_text() == "# mine\nvm.swappiness=15\nnet.x=1\n"
    assert (await run("sysctl", name="net.x", state="absent", check=True, **args))["changed"] is True
    assert (await run("sysctl", name="net.x", state="absent", diff=True, **args))["diff"]["after"].endswith(
        "15\n"
    )
    assert (await run("sysctl", name="net.x", state="absent", **args))["changed"] is False


async def test_what_the_kernel_refuses_is_not_written_down(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "99.conf"
    with pytest.raises(TaskError, match=r"cannot set no.such to '1'"):
        await run("sysctl", name="no.such", value=True, sysctl_file=str(path))
    assert not path.exists()
    await run("sysctl", name="no.such", value=1, sysctl_file=str(path), ignoreerrors=True)
    assert path.read_text() == "no.such=1\n"
    with pytest.raises(TaskError, match=r"cannot set kernel.ostype to 'x': Permission denied"):
        await run("sysctl", name="kernel.ostype", value="x", sysctl_file=str(path), ignoreerrors=True)


async def test_getent(run: Run) -> None:
    entry = pwd.getpwnam("root")
    facts = (await run("getent", database="passwd", key="root"))["ansible_facts"]
    assert facts["getent_passwd"]["root"][-2:] == [entry.pw_dir, entry.pw_shell]
    assert len((await run("getent", database="group"))["ansible_facts"]["getent_group"]) > 5
    with pytest.raises(TaskError, match="not found in the database passwd"):
        await run("getent", database="passwd", key="no-such-user")
    missing = await run("getent", database="passwd", key="no-such-user", fail_key=False)
    assert missing["ansible_facts"] == {"getent_passwd": {"no-such-user": None}}
    with pytest.raises(TaskError, match="no database 'bogus'"):
        await run("getent", database="bogus")


async def test_a_hosts_name(run: Run) -> None:
    result = await run("hostname", name="other.example", check=True, diff=True)
    assert result["changed"] is True
    assert result["diff"]["after"] == "hostname = other.example\n"
    assert result["ansible_facts"]["ansible_hostname"] == "other"
    with pytest.raises(TaskError, match="can't be a host's name"):
        await run("hostname", name="a b")


async def test_a_time_zone_must_exist(run: Run) -> None:
    with pytest.raises(TaskError, match="no time zone 'Mars/Olympus'"):
        await run("timezone", name="Mars/Olympus")
    with pytest.raises(ValidationError, match="name or hwclock"):
        await run("timezone")


async def test_a_module_that_is_not_loaded_is_rehearsed(run: Run) -> None:
    args = {"name": "no-such-module", "persistent": "present", "params": "a=1"}
    assert (await run("modprobe", **args, check=True))["changed"] is True
    assert (await run("modprobe", name="no-such-module", state="absent"))["changed"] is False


async def test_packages_are_read_from_dpkg(run: Run) -> None:
    if not Path("/var/lib/dpkg/status").exists():
        with pytest.raises(TaskError, match="no dpkg"):
            await run("package_facts")
        return
    packages = (await run("package_facts"))["ansible_facts"]["packages"]
    assert packages["dpkg"][0]["source"] == "apt"
    assert packages["dpkg"][0]["version"][0].isdigit()
