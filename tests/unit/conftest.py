"""Fixtures of the unit tests: a module runs through a real runner on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.local import LocalTask, Run, Runners
from tests.support.plays import Player

settings.register_profile("busy", deadline=None)  # other work on the machine is no failure of ours
settings.load_profile("busy")


@pytest.fixture(autouse=True, scope="module")
def _no_host_lock() -> Iterator[None]:
    """Runs on this machine would wait for those of other tests; those on lab hosts that come next shall."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPSFLOW_HOST_LOCK", "off")
        yield


@pytest.fixture(scope="session")
async def runners() -> AsyncIterator[Runners]:
    """Yield this session's runners."""
    runners = Runners()
    yield runners
    await runners.close()


@pytest.fixture
async def run(tmp_path: Path, runners: Runners) -> Run:
    """Run a module's both halves here: `await run("file", path=..., state="touch")`."""
    return Run(LocalTask(await runners.one(), tmp_path))


@pytest.fixture
def play(tmp_path: Path) -> Player:
    """Play a playbook given as text: `await play(text, hosts=("a", "b"))`."""
    return Player(tmp_path)
