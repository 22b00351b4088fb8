"""Becoming another user: command lines, prompts and refusals, without a host."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable

import pytest

from opsflow.connection.become import plan_for
from opsflow.connection.launch import start_runner
from opsflow.connection.launch_errors import explain
from opsflow.connection.local import start_local
from opsflow.connection.pool import Connections
from opsflow.connection.process import Receiver
from opsflow.connection.settings import Become, ConnectionSettings
from opsflow.core.errors import HostError, TaskError, Unreachable
from opsflow.core.secrets import Secret

PASSWORD = Secret("hunter2")


def words(become: Become) -> list[str]:
    """Return the words of the command line up to the shell that prints the marker."""
    line = shlex.split(plan_for("id", become).command)
    return line[: line.index("/bin/sh")] if "/bin/sh" in line else line


def test_sudo_without_a_password_never_asks() -> None:
    assert words(Become()) == ["exec", "env", "LC_ALL=C", "sudo", "-H", "-S", "-n", "-u", "root"]


def test_sudo_with_a_password_asks_by_a_prompt_nobody_can_guess() -> None:
    first, second = (words(Become(user="it's", password=PASSWORD)) for _ in range(2))
    assert first[:7] == ["exec", "env", "LC_ALL=C", "sudo", "-H", "-S", "-p"]
    assert first[8:] == ["-u", "it's"]
    assert first[7] != second[7]


def test_flags_and_program_can_be_replaced_but_a_password_is_never_asked_for_in_vain() -> None:
    assert words(Become(flags="-i", exe="/opt/sudo"))[3:] == ["/opt/sudo", "-i", "-n", "-u", "root"]
    assert "-n" not in words(Become(flags="-H -n", password=PASSWORD))


@pytest.mark.parametrize("method", ["sudo", "su", "doas"])
def test_a_password_is_never_in_a_command_line(method: str) -> None:
    plan = plan_for("id", Become(method, password=PASSWORD))
    assert "hunter2" not in f"{plan.command} {plan!r}"
    assert not plan.eager
    assert "\n" not in plan.command


class Stage:
    """A transport whose process does what the test says."""

    alive = True

    def __init__(self, play: Callable[[Stage], None]) -> None:
        self.play = play
        self.sent: list[bytes] = []
        self.command = ""
        self.closed = False

    async def spawn(self, command: str, receiver: Receiver, *, pty: bool = False) -> Stage:
        self.command, self.receiver = command, receiver
        asyncio.get_running_loop().call_soon(self.play, self)
        return self

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    async def drain(self) -> None:
        return

    def close(self) -> None:
        self.closed = True
        asyncio.get_running_loop().call_soon(self.receiver.ended, 1, "")

    def signal(self, name: str) -> None:
        assert name == "TERM"


async def failure(play: Callable[[Stage], None], become: Become) -> tuple[Stage, HostError]:
    stage = Stage(play)
    with pytest.raises(HostError) as raised:
        await start_runner(stage, "h1", become=become)  # type: ignore[arg-type]
    return stage, raised.value


async def test_a_prompt_is_answered_once_and_the_second_one_is_a_refusal() -> None:
    def ask_twice(stage: Stage) -> None:
        prompt = shlex.split(stage.command)[7].encode()
        stage.receiver.stderr(b"We trust you have received the usual lecture.\n" + prompt[:5])
        assert stage.sent == []
        stage.receiver.stderr(prompt[5:])
        assert stage.sent == [b"hunter2\n"]
        stage.receiver.stderr(b"\nSorry, try again.\n" + prompt)

    stage, error = await failure(ask_twice, Become(password=PASSWORD))
    assert isinstance(error, TaskError)
    assert error.message == "sudo on h1 did not accept the password"
    assert stage.closed
    assert stage.sent == [b"hunter2\n"]


async def test_a_prompt_without_a_password_is_a_refusal_and_the_runner_is_not_sent_as_one() -> None:
    stage, error = await failure(lambda stage: stage.receiver.stderr(b"Password: "), Become("su"))
    assert error.message == "su on h1 wants a password, and none is given"
    assert "--ask-become-pass" in str(error.hint)
    assert stage.sent == []


async def test_a_password_that_is_not_asked_for_is_not_sent() -> None:
    stage = Stage(lambda stage: stage.receiver.stdout(b"noise\n" + plan_marker(stage) + b" 42\nPassword: "))
    with pytest.raises(Unreachable, match="no answer of the runner"):
        await start_runner(stage, "h1", become=Become(password=PASSWORD))  # type: ignore[arg-type]
    assert len(stage.sent) == 1
    assert b"hunter2" not in stage.sent[0]


def plan_marker(stage: Stage) -> bytes:
    return stage.command.split("echo ")[1].split(" ")[0].encode()


@pytest.mark.parametrize(
    ("become", "said", "message"),
    [
        (Become(), "sudo: a password is required", "sudo on h1 wants a password"),
        (Become(password=PASSWORD), "sudo: 1 incorrect password attempt", "did not accept the password"),
        (Become(), "bob is not in the sudoers file.", "sudo on h1 does not let this user become root"),
        (
            Become(),
            "Sorry, user bob is not allowed to execute '/bin/sh' as root on h1.",
            "does not let this user become root",
        ),
        (Become(user="x"), "sudo: unknown user: x", "there is no user 'x' on h1"),
        (Become("su", "x"), "su: user x does not exist or the user entry", "there is no user 'x' on h1"),
        (Become("su"), "su: Authentication failure", "su on h1 did not accept the password"),
        (Become("su", "www"), "This account is currently not available.", "su on h1 can't become www"),
        (Become("doas"), "doas: Operation not permitted", "doas on h1 does not let this user become root"),
        (Become("doas"), "doas: Authentication required", "doas on h1 wants a password"),
        (Become("doas"), "env: 'doas': No such file or directory", "there is no doas on h1"),
        (Become(exe="/opt/sudo"), "env: '/opt/sudo': No such file", "there is no sudo on h1"),
        (Become(), "sudo: the sky fell down", "sudo on h1 failed with exit code 1: sudo: the sky fell"),
    ],
)
def test_what_programs_print_becomes_a_sentence(become: Become, said: str, message: str) -> None:
    error = explain("h1", 1, "", said, become=become)
    assert isinstance(error, TaskError)
    assert message in error.message


@pytest.mark.parametrize(
    ("status", "said", "message", "hint"),
    [
        (
            127,
            "sh: 1: exec: python3: not found",
            "there is no usable Python on h1",
            "apt-get install python3",
        ),
        (
            1,
            "ModuleNotFoundError: No module named 'json'",
            "Python on h1 lacks its standard library (only python3-minimal is installed)",
            "apt-get install python3",
        ),
        (1, "    x = f'{y}'\nSyntaxError: invalid syntax", "Python on h1 is too old", "3.6"),
        (-9, "", "the runner on h1 ended by signal 9", "may not have finished"),
        (None, "", "the connection to h1 was lost: cut", "may not have finished"),
    ],
)
def test_a_runner_that_ends_is_explained(status: int | None, said: str, message: str, hint: str) -> None:
    error = explain("h1", status, "cut" if status is None else "", said)
    assert isinstance(error, Unreachable)
    assert message in error.message
    assert hint in f"{error.hint} {error.message}"


async def test_an_account_that_runs_no_commands() -> None:
    def refuse(stage: Stage) -> None:
        stage.receiver.stdout(b"This account is currently not available.\n")
        stage.receiver.ended(1, "")

    stage = Stage(refuse)
    with pytest.raises(Unreachable) as raised:
        await start_runner(stage, "h1")  # type: ignore[arg-type]
    message = (
        "h1 lets us log in, but runs no commands (exit code 1): This account is currently not available."
    )
    assert raised.value.message == message


async def test_a_local_interpreter_that_does_not_exist() -> None:
    with pytest.raises(Unreachable, match="there is no usable Python on localhost") as raised:
        await start_local("/nonexistent/python")
    assert raised.value.kind == "python"


async def test_a_local_session_calls_and_runs_raw() -> None:
    async with Connections() as connections:
        host = connections.session(ConnectionSettings("localhost", "local"))
        assert (await host.call("ping.run", {"data": "pong"}))["ping"] == "pong"
        assert await host.raw("cat; exit 4", stdin=b"x") == (4, "x", "")
        await host.reset()
        assert (await host.call("ping.run", {"data": "again"}))["ping"] == "again"
        assert host.round_trips == 2


async def test_a_raw_command_that_is_cancelled_is_killed() -> None:
    async with Connections() as connections:
        host = connections.session(ConnectionSettings("localhost", "local"))
        started = asyncio.Event()
        task = asyncio.create_task(host.raw("echo $$; sleep 60 & wait", on_line=lambda *_: started.set()))
        await started.wait()
        task.cancel()
        async with asyncio.timeout(1.5):
            with pytest.raises(asyncio.CancelledError):
                await task
