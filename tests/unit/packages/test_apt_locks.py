"""Locks are waited for, and their holder is named."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsflow.target import apt_locks
from opsflow.target.request import Fail

from .recorded import FakeRequest

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_a_free_or_absent_lock_has_no_holder(tmp_path: Path) -> None:
    (tmp_path / "free").touch()
    assert apt_locks.find_holder([str(tmp_path / "absent"), str(tmp_path / "free")]) is None


def test_the_holder_is_named(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    path = str(tmp_path / "lock")
    found = apt_locks.find_holder([path])
    assert found is not None
    assert (found.path, found.pid) == (path, holder.pid)
    assert f"pid {holder.pid}" in apt_locks.describe(found)
    assert os.path.basename(sys.executable) in found.command


def test_waiting_counts_down_and_ends_when_the_lock_is_free(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    request: Any = FakeRequest()
    told = request.event

    def release(kind: str, **data: Any) -> None:
        told(kind, **data)
        holder.kill()

    request.event = release
    apt_locks.wait(request, [str(tmp_path / "lock")], time.time() + 30, 30)
    assert f"pid {holder.pid}" in request.events[0]["message"]
    assert request.events[0]["message"].endswith(" s left")


def test_at_the_deadline_the_holder_is_told(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    request: Any = FakeRequest()
    with pytest.raises(Fail, match=r"still runs after 0 seconds: .*holds .*/lock") as caught:
        apt_locks.wait(request, [str(tmp_path / "lock")], time.time(), 0)
    assert caught.value.data["lock"]["pid"] == holder.pid
