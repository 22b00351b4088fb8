"""command, shell, raw and script: what runs, what is skipped, what comes back."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError, Unreachable
from tests.support.local import Run


def command_line(pid: str) -> bytes:
    """Return a process's command line; it is empty when the process is dead, buried or not."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return b""


async def test_the_free_form_is_split_into_words_without_a_shell(run: Run) -> None:
    result = await run("command", _raw_params="echo 'a  b' | cat")
    assert result["stdout"] == "a  b | cat"
    assert result["cmd"] == ["echo", "a  b", "|", "cat"]
    assert (result["rc"], result["changed"], result["msg"]) == (0, True, "")
    assert result["start"] < result["end"]
    assert result["delta"].startswith("0:00:")


async def test_variables_and_home_are_expanded_in_arguments_only_when_wanted(run: Run) -> None:
    run.task.env = {"WHAT": "a value"}
    assert (await run("command", argv=["echo", "$WHAT", "${WHAT}", "~"]))["stdout"] == (
        f"a value a value {os.path.expanduser('~')}"
    )
    assert (await run("command", argv=["echo", "$WHAT"], expand_argument_vars=False))["stdout"] == "$WHAT"


async def test_unbalanced_quotes_are_a_sentence(run: Run) -> None:
    with pytest.raises(TaskError, match="cannot split the command into words: No closing quotation"):
        await run("command", cmd="echo 'a")


async def test_shell_runs_a_command_line_and_its_failure_is_a_result(run: Run) -> None:
    result = await run("shell", _raw_params="echo out; echo err >&2; exit 3")
    assert (result["stdout"], result["stderr"], result["rc"]) == ("out", "err", 3)
    assert result["failed"]
    assert result["msg"] == "non-zero return code"
    assert result["cmd"] == "echo out; echo err >&2; exit 3"


async def test_shell_uses_the_shell_that_is_asked_for(run: Run) -> None:
    assert (await run("shell", cmd="echo $BASH_VERSION", executable="/bin/bash"))["stdout"]
    assert (await run("shell", cmd="echo $BASH_VERSION"))["stdout"] == ""


async def test_input_gets_a_newline_and_output_loses_its_last_ones_unless_told(run: Run) -> None:
    assert (await run("command", cmd="cat", stdin="abc", strip_empty_ends=False))["stdout"] == "abc\n"
    bare = await run("command", cmd="cat", stdin="abc", stdin_add_newline=False, strip_empty_ends=False)
    assert bare["stdout"] == "abc"


async def test_creates_and_removes_are_looked_up_in_the_directory_of_work(run: Run, tmp_path: Path) -> None:
    (tmp_path / "there.txt").touch()
    skipped = await run("command", cmd="touch new", chdir=str(tmp_path), creates="*.txt")
    assert skipped["msg"] == "Did not run command since '*.txt' exists"
    assert skipped["stdout"] == "skipped, since *.txt exists"
    assert (skipped["changed"], skipped["rc"]) == (False, 0)
    absent = await run("command", cmd="touch new", chdir=str(tmp_path), removes="nope")
    assert absent["msg"] == "Did not run command since 'nope' does not exist"
    assert not (tmp_path / "new").exists()
    assert (await run("command", cmd="touch new", chdir=str(tmp_path), removes="there.txt"))["changed"]
    assert (tmp_path / "new").exists()


async def test_check_mode_runs_nothing_and_tells_what_it_can(run: Run, tmp_path: Path) -> None:
    target = tmp_path / "made"
    unknown = await run("command", check=True, cmd=f"touch {target}")
    assert unknown["skipped"]
    assert not unknown["changed"]
    known = await run("command", check=True, cmd=f"touch {target}", creates=str(target))
    assert known["changed"]
    assert "skipped" not in known
    assert not target.exists()


async def test_no_such_program_or_directory_is_a_sentence(run: Run) -> None:
    with pytest.raises(TaskError, match="cannot run nosuchprogram: No such file") as caught:
        await run("command", cmd="nosuchprogram")
    assert caught.value.data["rc"] == 2
    with pytest.raises(TaskError, match="cannot change to the directory '/nonex'"):
        await run("command", cmd="ls", chdir="/nonex")


@pytest.mark.parametrize(
    "args",
    [{}, {"cmd": ""}, {"cmd": "a", "_raw_params": "b"}, {"cmd": "a", "argv": ["b"]}, {"argv": []}],
)
async def test_exactly_one_command_is_wanted(run: Run, args: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="command"):
        await run("command", **args)


async def test_output_lines_are_told_while_it_runs(run: Run) -> None:
    await run("shell", cmd="echo one; echo two >&2")
    lines = {(event["stream"], event["line"]) for event in run.task.events}
    assert lines == {("stdout", "one"), ("stderr", "two")}


async def test_a_script_runs_with_arguments_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "s.sh").write_text(
        '#!/bin/sh\necho "$0|$1|$2"; stat -c %a "$(dirname "$0")"; pwd\n'
    )
    result = await run("script", _raw_params='s.sh a "b c"', chdir=str(tmp_path))
    command, mode, cwd = result["stdout"].splitlines()
    path, *words = command.split("|")
    assert words == ["a", "b c"]
    assert (mode, cwd) == ("700", str(tmp_path))
    assert Path(path).name == "s.sh"
    assert not Path(path).parent.exists()


async def test_a_script_that_fails_leaves_nothing_and_is_a_failed_result(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my script").write_text("echo $0; exit 4")
    result = await run("script", cmd="'my script' x", executable="/bin/bash -e")
    assert (result["rc"], result["failed"]) == (4, True)
    assert not Path(result["stdout"].strip()).parent.exists()


async def test_a_script_needs_no_python_on_the_host(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my s").write_text('#!/bin/sh\necho "$0|$1|$2"; pwd; exit 3\n')

    async def call(*_: object, **__: object) -> dict[str, object]:
        raise Unreachable("no python3", kind="python")

    async def raw(command: str, *, stdin: bytes = b"", executable: str | None = None) -> tuple[int, str, str]:
        done = subprocess.run(  # noqa: ASYNC221
            ["sh", "-c", command], input=stdin, capture_output=True, check=False
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    monkeypatch.setattr(run.task, "call", call)
    monkeypatch.setattr(run.task, "raw", raw, raising=False)
    result = await run("script", _raw_params='"my s" a "b c"', chdir=str(tmp_path))
    assert (result["rc"], result["failed"]) == (3, True)
    command, cwd = result["stdout"].splitlines()
    assert command.split("|")[1:] == ["a", "b c"]
    assert cwd == str(tmp_path)
    assert not Path(command.split("|")[0]).parent.exists()
    with pytest.raises(TaskError, match="neither check mode nor creates"):
        await run("script", cmd="'my s'", creates="/x")


async def test_a_script_name_must_be_whole(run: Run) -> None:
    with pytest.raises(TaskError, match="no closing quotation mark"):
        await run("script", cmd="'my s")


async def test_a_script_heeds_creates_and_check_mode(run: Run, tmp_path: Path) -> None:
    made = tmp_path / "made"
    (tmp_path / "s").write_text(f"touch {made}")
    assert (await run("script", check=True, cmd="s"))["skipped"]
    assert (await run("script", check=True, cmd="s", creates=str(made)))["changed"]
    assert not made.exists()
    assert (await run("script", cmd="s", creates=str(made)))["changed"]
    assert (await run("script", cmd="s", creates=str(made)))["skipped"]


async def test_a_cancelled_script_dies_and_leaves_nothing(run: Run, tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "s").write_text(f'echo "$0 $$" > {told}.new; mv {told}.new {told}; exec sleep 60')
    task = asyncio.create_task(run("script", cmd="s"))
    while not told.exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    script, pid = told.read_text().split()
    assert not Path(script).parent.exists()
    assert not command_line(pid)


async def test_raw_returns_what_the_bare_connection_gives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    async def raw(command: str, *, stdin: bytes = b"", executable: str | None = None) -> tuple[int, str, str]:
        seen.append((command, executable))
        return 2, "out\n", "err\n"

    monkeypatch.setattr(run.task, "raw", raw, raising=False)
    result = await run("raw", _raw_params="echo hi", executable="/bin/bash")
    assert seen == [("echo hi", "/bin/bash")]
    assert result == {
        "changed": True,
        "rc": 2,
        "stdout": "out\n",
        "stderr": "err\n",
        "failed": True,
        "msg": "non-zero return code",
    }
