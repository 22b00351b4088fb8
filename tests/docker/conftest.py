"""Fixtures: a daemon for all tests of a process, and modules that speak with it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.local import LocalTask, Run, start_local

from .daemon import Daemon, Unavailable, start
from .registry import Registry, serve


@pytest.fixture(scope="session")
def daemon() -> Iterator[Daemon]:
    """A Docker daemon with the image lab/busy:1; the test is skipped where there can be none."""
    with tempfile.TemporaryDirectory(prefix="opsflow-docker-") as directory:  # a socket's path must be short
        try:
            with start(Path(directory)) as running:
                yield running
        except Unavailable as reason:
            pytest.skip(str(reason))


@pytest.fixture
async def run(daemon: Daemon, tmp_path: Path) -> AsyncIterator[Run]:
    """Run a module's both halves here: `await run("docker_volume", name="data")`."""
    channel = await start_local()
    task = LocalTask(channel, tmp_path)
    task.env = {"DOCKER_HOST": daemon.host, "HOME": str(tmp_path)}
    yield Run(task)
    await channel.close()
    daemon.clear()


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry of images, which lets everybody in until it is closed."""
    with serve() as running:
        yield running
