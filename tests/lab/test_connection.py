"""Connections to real hosts: become in its ways, faults of the way there, nothing left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.settings import Become, ConnectionDefaults, settings_from
from opsflow.core.errors import HostError, TaskError, Unreachable
from opsflow.core.secrets import Secret
from opsflow.lab import Host, Lab

DEPLOY, ROOT, WRONG = Secret("deploy"), Secret("root"), Secret("wrong")
ROOT_BY_SUDO = Become()

Connect = Callable[..., Session]


@pytest.fixture
async def connect(lab: Lab) -> AsyncIterator[Connect]:
    """Return a session on a host, as `ops` with its key unless variables say otherwise."""
    async with Connections() as connections:

        def session(host: Host, **variables: Any) -> Session:
            given = {
                **lab.variables,
                "ansible_host": host.address,
                **variables,
            }
            return connections.session(settings_from(host.name, given, ConnectionDefaults()))

        yield session


def as_deploy(connect: Connect, host: Host) -> Session:
    return connect(host, ansible_user="deploy", ansible_password="deploy", ansible_ssh_private_key_file=None)


async def whoami(session: Session, become: Become | None = None) -> str:
    return (await session.call("command.run", {"cmd": "id -un", "shell": True}, become=become))["stdout"]


async def processes(lab: Lab, host: Host, words: str) -> list[str]:
    """Return the processes on a host whose command line is exactly `words`."""
    done = await asyncio.to_thread(lab.ssh, host.name, f"pgrep -fx '{words}'")
    return done.stdout.split()


async def gone(lab: Lab, host: Host, words: str) -> bool:
    """Wait at most ten seconds for a process to be gone."""
    for _ in range(100):
        if not await processes(lab, host, words):
            return True
        await asyncio.sleep(0.1)
    return False


async def running(lab: Lab, host: Host, words: str) -> None:
    """Wait until a process is there."""
    for _ in range(100):
        if await processes(lab, host, words):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"'{words}' does not run on {host.name}")


async def test_users_become_one_another_over_one_connection(connect: Connect, host: Host) -> None:
    session = connect(host)
    found = await asyncio.gather(
        whoami(session), whoami(session, ROOT_BY_SUDO), whoami(session, Become(user="deploy"))
    )
    assert found == ["ops", "root", "deploy"]
    assert await session.raw("id -un; cat", stdin=b"text", become=ROOT_BY_SUDO) == (0, "root\ntext", "")


@pytest.mark.parametrize("method", ["sudo", "doas"])
async def test_a_password_is_given_when_it_is_asked_for(connect: Connect, host: Host, method: str) -> None:
    session, become = as_deploy(connect, host), Become(method, password=DEPLOY)
    assert await whoami(session, become) == "root"
    assert await session.raw("id -un; cat", stdin=b"text", become=become) == (0, "root\ntext", "")
    assert await session.raw("exit 7", become=become) == (7, "", "")


async def test_su_takes_the_other_users_password(connect: Connect, host: Host) -> None:
    session, become = connect(host), Become("su", password=ROOT)
    assert await whoami(session, become) == "root"
    assert (await session.raw("id -un; cat", stdin=b"text", become=become))[:2] == (0, "root\ntext")


@pytest.mark.parametrize(
    ("become", "message"),
    [
        (Become(password=WRONG), "sudo on {host} did not accept the password"),
        (Become(), "sudo on {host} wants a password, and none is given"),
        (Become("su", password=WRONG), "su on {host} did not accept the password"),
        (Become("su"), "su on {host} wants a password, and none is given"),
        (Become("doas", password=WRONG), "doas on {host} did not accept the password"),
        (Become("doas"), "doas on {host} wants a password, and none is given"),
        (Become(user="nosuch", password=DEPLOY), "there is no user 'nosuch' on {host}"),
        (Become(exe="/opt/sudo"), "there is no sudo on {host}"),
    ],
)
async def test_a_refusal_is_a_sentence_and_a_failed_task(
    connect: Connect, host: Host, become: Become, message: str
) -> None:
    session = as_deploy(connect, host)
    with pytest.raises(TaskError) as raised:
        await whoami(session, become)
    assert raised.value.message == message.format(host=host.name)
    assert await whoami(session) == "deploy"


@pytest.mark.dirties
async def test_a_user_who_may_not_use_sudo(lab: Lab, connect: Connect, host: Host) -> None:
    lab.ssh(host.name, "sudo rm /etc/sudoers.d/lab")
    with pytest.raises(TaskError, match=f"sudo on {host.name} does not let this user become root"):
        await whoami(as_deploy(connect, host), Become(password=DEPLOY))


@pytest.mark.parametrize("become", [None, ROOT_BY_SUDO, Become("doas", password=DEPLOY)])
async def test_bytes_arrive_as_they_were_sent(connect: Connect, host: Host, become: Become | None) -> None:
    session = as_deploy(connect, host) if become and become.password else connect(host)
    text = "".join(map(chr, range(256))) * 2000 + "€\r\n\x00\x03\x04\x1a"
    result = await session.call("ping.run", {"data": text}, become=become)
    assert result["ping"] == text


async def test_a_cancelled_task_leaves_no_process(lab: Lab, connect: Connect, host: Host) -> None:
    session, cmd = connect(host), f"sleep 9{os.getpid()}"
    for become in (None, ROOT_BY_SUDO):
        task = asyncio.create_task(
            session.call("command.run", {"cmd": f"sh -c '{cmd} & wait'", "shell": True}, become=become)
        )
        await running(lab, host, cmd)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await processes(lab, host, cmd) == []
        assert await whoami(session, become) == ("root" if become else "ops")


@pytest.mark.parametrize("become", [None, ROOT_BY_SUDO])
async def test_a_cancelled_raw_command_leaves_no_process(
    lab: Lab, connect: Connect, host: Host, become: Become | None
) -> None:
    cmd = f"sleep 8{os.getpid()}"
    task = asyncio.create_task(connect(host).raw(f"{cmd} & wait", become=become))
    await running(lab, host, cmd)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(lab, host, cmd)


@pytest.mark.parametrize(
    "become", [None, ROOT_BY_SUDO, Become(password=DEPLOY), Become("doas", password=DEPLOY)]
)
async def test_closing_ends_what_still_runs(
    lab: Lab, connect: Connect, host: Host, become: Become | None
) -> None:
    session = as_deploy(connect, host) if become and become.password else connect(host)
    cmd = f"sleep 7{os.getpid()}"
    task = asyncio.create_task(session.call("command.run", {"cmd": cmd.split()}, become=become))
    await running(lab, host, cmd)
    await session.close()
    with pytest.raises(HostError):
        await task
    assert await gone(lab, host, cmd)


@pytest.mark.parametrize("become", [None, ROOT_BY_SUDO])
async def test_a_connection_cut_during_a_task(
    lab: Lab, connect: Connect, host: Host, become: Become | None
) -> None:
    session, cmd = connect(host), f"sleep 6{os.getpid()}"
    sshd = (await session.raw("cut -d' ' -f4 /proc/$PPID/stat; echo $PPID"))[1].split()
    task = asyncio.create_task(session.call("command.run", {"cmd": cmd.split()}, become=become))
    await running(lab, host, cmd)
    await asyncio.to_thread(lab.ssh, host.name, f"sudo kill -9 {' '.join(sshd)}")
    with pytest.raises(Unreachable) as raised:
        await task
    assert raised.value.kind == "lost"
    assert f"the connection to {host.name} was lost" in raised.value.message
    assert await gone(lab, host, cmd)
    assert await whoami(session, become) == ("root" if become else "ops")


async def test_a_host_that_falls_silent_during_a_task(lab: Lab, connect: Connect, host: Host) -> None:
    args = (
        f"-F none -o UserKnownHostsFile={lab.known_hosts} -o ServerAliveInterval=1 -o ServerAliveCountMax=1"
    )
    session = connect(host, ansible_ssh_common_args=args)
    sshd = (await session.raw("echo $PPID"))[1].strip()
    task = asyncio.create_task(session.call("command.run", {"cmd": ["sleep", "60"]}))
    await asyncio.to_thread(lab.ssh, host.name, f"sudo kill -STOP {sshd}")
    with pytest.raises(Unreachable) as raised:
        await task
    assert raised.value.kind == "lost"
    assert f"the connection to {host.name} was lost: Server not responding" in raised.value.message
    await asyncio.to_thread(lab.ssh, host.name, f"sudo kill -CONT {sshd}")
    assert await gone(lab, host, "sleep 60")


async def test_a_runner_that_is_killed_is_replaced(lab: Lab, connect: Connect, host: Host) -> None:
    session = connect(host)
    with pytest.raises(Unreachable, match=f"the runner on {host.name} ended by signal 9"):
        await session.call("command.run", {"cmd": "kill -9 $PPID; sleep 5", "shell": True})
    assert await whoami(session) == "ops"


async def test_a_jump_host_leads_to_another(lab: Lab, connect: Connect, fleet: list[Host]) -> None:
    gate, *behind = fleet
    args = f"-F none -o UserKnownHostsFile={lab.known_hosts} -J ops@{gate.address}"
    sessions = [connect(host, ansible_ssh_common_args=args) for host in behind]
    origins = await asyncio.gather(*(session.raw("echo $SSH_CLIENT") for session in sessions))
    assert [origin.split()[0] for _, origin, _ in origins] == [gate.address] * len(behind)
    assert [await whoami(session, ROOT_BY_SUDO) for session in sessions] == ["root"] * len(behind)


async def test_a_user_who_may_not_log_in(lab: Lab, connect: Connect, host: Host) -> None:
    with pytest.raises(Unreachable) as raised:
        await whoami(connect(host, ansible_user="nosuch"))
    assert raised.value.kind == "auth"
    assert f"did not let user 'nosuch' log in; tried: {lab.key}" in raised.value.message


@pytest.mark.dirties
async def test_a_host_without_python(lab: Lab, connect: Connect, host: Host) -> None:
    lab.ssh(host.name, "sudo sh -c 'rm /usr/bin/python3*'")
    session = connect(host)
    for become in (None, ROOT_BY_SUDO):
        with pytest.raises(Unreachable, match=f"there is no usable Python on {host.name}") as raised:
            await whoami(session, become)
        assert raised.value.kind == "python"
        assert "apt-get install python3" in str(raised.value.hint)
        assert (await session.raw("id -un", become=become))[0] == 0


@pytest.mark.dirties
async def test_a_host_with_python3_minimal(lab: Lab, connect: Connect, host: Host) -> None:
    lab.ssh(host.name, "sudo sh -c 'rm -r /usr/lib/python3*/json'")
    with pytest.raises(Unreachable, match=r"only python3-minimal is installed\): .*'json'") as raised:
        await whoami(connect(host))
    assert (raised.value.kind, raised.value.hint) == ("python", "install it: apt-get install python3")


@pytest.mark.dirties
async def test_a_new_host_key_after_an_installation(lab: Lab, connect: Connect, host: Host) -> None:
    lab.ssh(
        host.name,
        'sudo sh -c \'rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -qN "" -t ed25519 '
        "-f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh'",
    )
    with pytest.raises(Unreachable, match="has CHANGED") as raised:
        await whoami(connect(host))
    assert raised.value.kind == "host_key"
    assert f"{lab.known_hosts}:" in raised.value.message


async def test_a_session_finds_its_host_again_after_a_reboot(lab: Lab, connect: Connect, host: Host) -> None:
    session, boot_id = connect(host), "cat /proc/sys/kernel/random/boot_id"
    before = await session.raw(boot_id)
    await session.raw("systemctl reboot", become=ROOT_BY_SUDO)
    async with asyncio.timeout(60):
        while True:
            await session.reconnect(60)
            try:
                if await session.raw(boot_id) != before:
                    break
            except Unreachable:
                continue
    assert await whoami(session, ROOT_BY_SUDO) == "root"


async def test_a_full_disk_is_no_obstacle(connect: Connect, host: Host) -> None:
    """Nothing is written to a host, so a read-only home and temporary directory do no harm."""
    session = connect(host)
    before = await session.raw("find /tmp /var/tmp /root /home -newer /proc/1 | sort", become=ROOT_BY_SUDO)
    await whoami(session, ROOT_BY_SUDO)
    assert (
        await session.raw("find /tmp /var/tmp /root /home -newer /proc/1 | sort", become=ROOT_BY_SUDO)
        == before
    )
