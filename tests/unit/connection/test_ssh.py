"""Sessions over a real SSH server: what works, and what is said when it does not."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from opsflow.connection.pool import Connections
from opsflow.connection.session import Session
from opsflow.connection.ssh import SshProcess
from opsflow.connection.ssh_lean import make_lean
from opsflow.core.errors import Unreachable
from opsflow.core.secrets import Secret

from .conftest import PASSWORD, USER, Server

MakeSession = Callable[..., Session]


async def refused(session: Session) -> Unreachable:
    """Return the error with which a session can't be used."""
    with pytest.raises(Unreachable) as raised:
        await session.call("ping.run", {"data": "pong"})
    return raised.value


async def test_calls_go_over_one_connection_and_one_runner(server: Server, session: MakeSession) -> None:
    host = session()
    results = await asyncio.gather(*(host.call("ping.run", {"data": str(n)}) for n in range(5)))
    assert [result["ping"] for result in results] == ["0", "1", "2", "3", "4"]
    assert len(server.connections) == 1
    assert host.round_trips == 5


async def test_raw_needs_no_runner(session: MakeSession) -> None:
    host = session()
    lines: list[tuple[str, str]] = []
    done = await host.raw(
        "cat; echo oops >&2; exit 3", stdin=b"one\ntwo", on_line=lambda *line: lines.append(line)
    )
    assert done == (3, "one\ntwo", "oops\n")
    assert sorted(lines) == [("stderr", "oops"), ("stdout", "one"), ("stdout", "two")]
    assert host.round_trips == 0
    assert await host.raw("echo $0", executable="/bin/bash") == (0, "/bin/bash\n", "")


async def test_a_password_logs_in(session: MakeSession) -> None:
    host = session(private_key_file=None, password=Secret(PASSWORD))
    assert (await host.call("ping.run", {"data": "pong"}))["ping"] == "pong"


async def test_a_key_in_a_variable_logs_in(server: Server, session: MakeSession) -> None:
    key = server.client_key.export_private_key().decode()
    assert (await session(private_key_file=None, private_key=Secret(key)).raw("true"))[0] == 0


async def test_the_configuration_file_leads_to_the_host(server: Server, connections: Connections) -> None:
    config = server.directory / "config"
    config.write_text(
        f"Host web1\n HostName 127.0.0.1\n Port {server.port}\n User {USER}\n"
        f" IdentityFile {server.key_file}\n UserKnownHostsFile {server.known_hosts}\n"
    )
    settings = server.settings(
        address="web1", port=None, user=None, private_key_file=None, ssh_options=(("-F", str(config)),)
    )
    assert (await connections.session(settings).raw("true"))[0] == 0


async def test_a_mistake_in_the_configuration_file_is_shown(server: Server, session: MakeSession) -> None:
    config = server.directory / "config"
    config.write_text("Port many\n")
    error = await refused(session(port=None, ssh_options=(("-F", str(config)),)))
    assert f"{config} line 1" in error.message


async def test_a_jump_host_is_shared(server: Server, connections: Connections) -> None:
    jump = ("ProxyJump", f"{USER}@127.0.0.1:{server.port}")
    options = server.settings().ssh_options
    hosts = [
        connections.session(server.settings(host_name=name, ssh_options=(*options, jump)))
        for name in ("a", "b", "c")
    ]
    assert [(await host.raw("true"))[0] for host in hosts] == [0, 0, 0]
    assert len(server.connections) == 4


async def test_a_jump_host_that_is_down_is_named(server: Server, session: MakeSession) -> None:
    jump = ("ProxyJump", f"{USER}@127.0.0.1:{closed_port()}")
    error = await refused(session(ssh_options=(*server.settings().ssh_options, jump)))
    assert error.kind == "refused"
    assert "cannot reach web1 through its jump host" in error.message


async def test_a_host_behind_a_jump_host_that_is_down_is_named(
    server: Server, connections: Connections
) -> None:
    jump = ("ProxyJump", f"{USER}@127.0.0.1:{server.port}")
    port = closed_port()
    options = (*server.settings().ssh_options, jump)
    error = await refused(connections.session(server.settings(port=port, ssh_options=options)))
    assert error.kind == "refused"
    assert f"the jump host can't reach web1 (127.0.0.1 port {port})" in error.message


async def test_a_proxy_command_is_used(server: Server, session: MakeSession) -> None:
    code = (
        "import socket,sys,threading,os;s=socket.create_connection((sys.argv[1],int(sys.argv[2])));"
        "t=lambda:[os.write(1,d) for d in iter(lambda:s.recv(9999),b'')];"
        "threading.Thread(target=t,daemon=True).start();"
        "[s.sendall(d) for d in iter(lambda:os.read(0,9999),b'')]"
    )
    command = ("ProxyCommand", f'python3 -c "{code}" %h %p')
    host = session(ssh_options=(*server.settings().ssh_options, command))
    assert (await host.raw("true"))[0] == 0


async def test_a_proxy_command_that_fails_is_shown(server: Server, session: MakeSession) -> None:
    command = ("ProxyCommand", "echo no way to %h >&2; exit 1")
    error = await refused(session(ssh_options=(*server.settings().ssh_options, command)))
    assert error.message.endswith("ended: no way to 127.0.0.1")


async def test_a_host_key_that_nobody_knows_is_not_accepted(server: Server, session: MakeSession) -> None:
    server.known_hosts.write_text("")
    error = await refused(session())
    assert error.kind == "host_key"
    assert f"is not known: it offers ssh-ed25519 {server.host_key.get_fingerprint()}" in error.message
    assert "--accept-new-host-keys" in str(error.hint)


async def test_a_changed_host_key_is_never_accepted(server: Server, session: MakeSession) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519")
    server.known_hosts.write_text("# a comment\n" + server.line(other))
    for checking in ("yes", "accept-new"):
        error = await refused(session(host_key_checking=checking))
        assert error.kind == "host_key"
        assert "has CHANGED" in error.message
        assert server.host_key.get_fingerprint() in error.message
        assert f"{server.known_hosts}:2" in error.message
        assert f"ssh-keygen -f {server.known_hosts} -R '[127.0.0.1]:{server.port}'" in str(error.hint)


async def test_a_host_key_of_another_kind_is_a_change(server: Server, session: MakeSession) -> None:
    server.known_hosts.write_text(server.line(asyncssh.generate_private_key("ecdsa-sha2-nistp256")))
    error = await refused(session())
    assert error.kind == "host_key"
    assert "no host key of the kind that is known" in error.message


async def test_a_new_host_key_is_written_where_asked(server: Server, connections: Connections) -> None:
    server.known_hosts.write_text("other ssh-ed25519 AAAA")  # without a newline at the end
    settings = server.settings(host_key_checking="accept-new")
    assert (await connections.session(settings).raw("true"))[0] == 0
    assert server.known_hosts.read_text() == "other ssh-ed25519 AAAA\n" + server.line()
    async with Connections() as later:
        assert (await later.session(server.settings()).raw("true"))[0] == 0


async def test_no_host_key_is_checked_where_asked(server: Server, session: MakeSession) -> None:
    server.known_hosts.write_text(server.line(asyncssh.generate_private_key("ssh-ed25519")))
    assert (await session(host_key_checking="no").raw("true"))[0] == 0
    options = (*server.settings().ssh_options, ("StrictHostKeyChecking", "no"))
    assert (await session(ssh_options=options).raw("true"))[0] == 0


async def test_a_revoked_host_key_is_not_accepted(server: Server, session: MakeSession) -> None:
    server.known_hosts.write_text(server.line() + "@revoked " + server.line())
    error = await refused(session())
    assert (error.kind, "revoked" in error.message) == ("host_key", True)


async def test_a_login_that_fails_says_what_was_tried(server: Server, session: MakeSession) -> None:
    error = await refused(session(user="bob", password=Secret("wrong")))
    assert error.kind == "auth"
    assert "did not let user 'bob' log in" in error.message
    assert f"tried: {server.key_file}, the password; it takes: publickey, " in error.message
    assert "wrong" not in error.message


async def test_without_anything_to_try_it_says_so(session: MakeSession) -> None:
    error = await refused(session(private_key_file=None))
    assert "tried: nothing: there is no key, agent or password to try" in error.message


@pytest.mark.parametrize(
    ("text", "problem"),
    [(None, "can't be read: No such file or directory"), ("hello", "is not a private key")],
)
async def test_a_key_file_that_cannot_be_used(
    server: Server, session: MakeSession, text: str | None, problem: str
) -> None:
    path = server.directory / "other"
    if text:
        path.write_text(text)
    error = await refused(session(private_key_file=str(path)))
    assert error.kind == "auth"
    assert f"the private key {path} {problem}" in error.message
    assert not server.connections


async def test_an_encrypted_key_needs_its_passphrase(server: Server, session: MakeSession) -> None:
    path = server.directory / "encrypted"
    path.write_bytes(
        server.client_key.export_private_key(passphrase="secret", rounds=1, ignore_few_rounds=True)
    )
    error = await refused(session(private_key_file=str(path)))
    assert f"the private key {path} is encrypted and no passphrase is known" in error.message
    assert f"ssh-add {path}" in str(error.hint)
    error = await refused(session(private_key_file=str(path), passphrase=Secret("wrong")))
    assert "is encrypted with another passphrase" in error.message
    assert (await session(private_key_file=str(path), passphrase=Secret("secret")).raw("true"))[0] == 0


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


async def test_a_closed_port_is_said_to_refuse(session: MakeSession) -> None:
    port = closed_port()
    error = await refused(session(port=port))
    assert (error.kind, error.message) == (
        "refused",
        f"web1 (127.0.0.1 port {port}) refused the connection",
    )


async def test_a_name_that_does_not_exist(session: MakeSession) -> None:
    error = await refused(session(address="no-such-host.invalid"))
    assert error.kind == "dns"
    assert "'no-such-host.invalid' of web1 can't be resolved" in error.message


async def test_a_mute_host_costs_its_time_limit_and_nobody_elses(
    server: Server, connections: Connections
) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=100) as mute:
        port = mute.getsockname()[1]
        silent = [
            connections.session(server.settings(host_name=f"m{n}", port=port, connect_timeout=1.5))
            for n in range(40)
        ]
        waiting = [asyncio.create_task(refused(host)) for host in silent]
        async with asyncio.timeout(1):
            assert (await connections.session(server.settings()).raw("true"))[0] == 0
        error = (await asyncio.gather(*waiting))[0]
    assert error.kind == "timeout"
    assert "its SSH server said nothing for 1.5 s" in error.message


async def test_a_server_that_stops_speaking_in_the_handshake(session: MakeSession) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-Mute\r\n")
        await reader.read()
        await hang_up(writer)

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        error = await refused(session(port=port, connect_timeout=0.2))
    assert (error.kind, "said nothing for 0.2 s" in error.message) == ("timeout", True)


async def test_a_server_that_hangs_up(session: MakeSession) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-Busy\r\n")
        await hang_up(writer)

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as listener:
        error = await refused(session(port=listener.sockets[0].getsockname()[1]))
    assert error.kind == "lost"
    assert "closed the connection before the login was done" in error.message
    assert "MaxStartups" in str(error.hint)


async def test_a_port_where_no_ssh_server_is(session: MakeSession) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 3)
        await hang_up(writer)

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as listener:
        error = await refused(session(port=listener.sockets[0].getsockname()[1]))
    assert "web1" in error.message


async def test_attempts_are_repeated_as_often_as_asked(server: Server, connections: Connections) -> None:
    """The first attempt meets a server that hangs up, the second the real one."""
    attempts = 0

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal attempts
        attempts += 1
        await hang_up(writer)

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        await refused(connections.session(server.settings(port=port, connect_retries=1)))
    assert attempts == 2


async def test_a_connection_that_is_cut_fails_the_call_and_the_next_one_connects_anew(
    server: Server, session: MakeSession
) -> None:
    host = session()
    await host.call("ping.run", {"data": "pong"})
    running = asyncio.create_task(host.call("command.run", {"cmd": ["sleep", "60"]}))
    await asyncio.sleep(0.2)
    server.connections[0].abort()
    with pytest.raises(Unreachable) as raised:
        await running
    assert raised.value.kind == "lost"
    assert "the connection to web1 was lost" in raised.value.message
    assert (await host.call("ping.run", {"data": "again"}))["ping"] == "again"
    assert len(server.connections) == 2
    assert host.round_trips == 3


async def test_a_call_that_finds_its_connection_gone_is_made_on_a_new_one(
    server: Server, session: MakeSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call has not gone out, so nothing is done twice."""
    host = session()
    await host.call("ping.run", {"data": "pong"})

    def write(process: SshProcess, data: bytes) -> None:
        monkeypatch.undo()
        raise BrokenPipeError(32, "Broken pipe")  # as asyncssh does where a channel has been closed

    monkeypatch.setattr(SshProcess, "write", write)
    assert (await host.call("ping.run", {"data": "again"}))["ping"] == "again"
    assert host.round_trips == 2


async def test_reconnecting_gives_up_after_its_time(server: Server, session: MakeSession) -> None:
    host = session(port=closed_port())
    with pytest.raises(Unreachable) as raised:
        await host.reconnect(0.6)
    assert raised.value.kind == "refused"


async def test_reconnecting_connects_anew(server: Server, session: MakeSession) -> None:
    host = session()
    await host.call("ping.run", {"data": "pong"})
    await host.reconnect(5)
    assert len(server.connections) == 2


async def test_without_python_the_hint_is_to_install_it(session: MakeSession) -> None:
    error = await refused(session(python="/nonexistent/python3"))
    assert error.kind == "python"
    assert "there is no usable Python on web1" in error.message
    assert "apt-get install python3" in str(error.hint)


async def test_noise_of_login_shells_does_no_harm(
    server: Server, session: MakeSession, tmp_path: Path
) -> None:
    noisy = tmp_path / "noisy"
    noisy.write_text('#!/bin/sh\necho welcome to this machine >&2\nexec python3 "$@"\n')
    noisy.chmod(0o755)
    assert (await session(python=str(noisy)).call("ping.run", {"data": "pong"}))["ping"] == "pong"


class _Sending:
    """A connection that keeps what it sends."""

    def __init__(self, cipher: str) -> None:
        self.cipher = cipher
        self.sent: list[int] = []

    def get_extra_info(self, name: str, default: str) -> str:
        return self.cipher if name == "send_cipher" else default

    def send_packet(self, pkttype: int, *_: bytes, handler: object = None) -> None:
        self.sent.append(pkttype)


@pytest.mark.parametrize(
    ("cipher", "sent"), [("aes128-cbc", [2, 94]), ("aes128-ctr", [94]), ("aes256-gcm@openssh.com", [94])]
)
def test_empty_packets_are_sent_where_the_cipher_needs_them(cipher: str, sent: list[int]) -> None:
    """RFC 4251, section 9.3.1."""
    connection: Any = _Sending(cipher)
    make_lean(connection)
    connection.send_packet(2, b"")
    connection.send_packet(94, b"data")
    assert connection.sent == sent


async def test_no_empty_packet_goes_to_a_server(server: Server, session: MakeSession) -> None:
    host = session()
    await host.call("ping.run", {"data": "pong"})
    (connection,) = server.connections
    before = connection._recv_seq
    await host.call("ping.run", {"data": "pong"})
    assert connection._recv_seq == before + 1
