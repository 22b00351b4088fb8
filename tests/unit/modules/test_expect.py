"""expect: questions are answered on a real terminal."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

ASK = r"""
import getpass, os, sys
name = input("Your name: ")
again = input("Your name once more: ")
secret = getpass.getpass("Password: ")
print("hello", name, again, len(secret), os.isatty(0), os.getcwd())
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
"""


@pytest.fixture
def ask(tmp_path: Path) -> str:
    (tmp_path / "ask.py").write_text(ASK)
    return f"python3 {tmp_path}/ask.py"


async def test_questions_are_answered_in_turn(run: Run, ask: str, tmp_path: Path) -> None:
    responses: dict[str, Any] = {"(?i)NAME": ["Anna", "Bob\n"], "^.*Password: ": "secret"}
    told = await run("expect", command=ask, responses=responses, chdir=str(tmp_path))
    assert (told["changed"], told["rc"], told["cmd"]) == (True, 0, ask)
    assert told["stdout"].endswith(f"hello Anna Bob 6 True {tmp_path}")
    assert "secret" not in told["stdout"]
    assert {"start", "end", "delta"} <= set(told)
    shown = await run("expect", command=ask, responses=responses, echo=True)
    assert "Your name: Anna" in shown["stdout"]
    assert {"type": "output", "stream": "stdout", "line": "Your name: Anna"} in run.task.events


async def test_failures_have_the_output(run: Run, ask: str) -> None:
    with pytest.raises(TaskError, match="non-zero return code") as failed:
        await run("expect", command=f"{ask} 3", responses={"name": "x", "Pass": "y"})
    assert failed.value.data["rc"] == 3
    assert "hello x x 1" in str(failed.value.data["stdout"])
    with pytest.raises(TaskError, match="No remaining responses for 'name', output was 'Your name: "):
        await run("expect", command=ask, responses={"name": ["x"]})
    with pytest.raises(TaskError, match="cannot run nonesuch"):
        await run("expect", command="nonesuch", responses={})


async def test_a_question_that_nobody_answers_ends_the_command(run: Run, ask: str, tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(TaskError, match="command exceeded timeout") as failed:
        await run("expect", command=ask, responses={"nothing": "x"}, timeout=1)
    assert time.monotonic() - begin < 10
    assert failed.value.data["rc"] is None
    assert failed.value.data["stdout"] == "Your name: "
    quick = await run("expect", command=f"touch {tmp_path}/made", responses={}, timeout=None)
    assert (quick["stdout"], (tmp_path / "made").exists()) == ("", True)


async def test_creates_and_removes(run: Run, tmp_path: Path) -> None:
    told = await run("expect", command="false", responses={}, creates=str(tmp_path))
    assert told == {"cmd": "false", "stdout": f"skipped, since {tmp_path} exists", "changed": False, "rc": 0}
    told = await run("expect", command="false", responses={}, removes="nonesuch", chdir=str(tmp_path))
    assert told["stdout"] == "skipped, since nonesuch does not exist"
    with pytest.raises(ValidationError, match="not a regular expression"):
        await run("expect", command="true", responses={"(": "x"})
    with pytest.raises(ValidationError, match="no command given"):
        await run("expect", command=" ", responses={})
