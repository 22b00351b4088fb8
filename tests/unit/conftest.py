"""Fixtures of the unit tests: a module runs through a real runner on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.local import LocalTask, Run, start_local
from tests.support.plays import Player

settings.register_profile("busy", deadline=None)  # other work on the machine is no failure of ours
settings.load_profile("busy")


@pytest.fixture(autouse=True, scope="session")
def _no_host_lock() -> None:
    """Runs on this machine would wait for those of other tests."""
    pytest.MonkeyPatch().setenv("OPSFLOW_HOST_LOCK", "off")


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    """Run a module's both halves here: `await run("file", path=..., state="touch")`."""
    channel = await start_local()
    yield Run(LocalTask(channel, tmp_path))
    await channel.close()


@pytest.fixture
def play(tmp_path: Path) -> Player:
    """Play a playbook given as text: `await play(text, hosts=("a", "b"))`."""
    return Player(tmp_path)
