"""A lab for each worker of xdist, so that none waits for another.

    lab         the lab: h1, h2, h3 are Debian, h4 says that it is Ubuntu
    host        a Debian host
    ubuntu_host the Ubuntu host
    fleet       all hosts at once
    repo        the lab's package repository, put back to version 1.0 afterwards

A test that leaves traces on its hosts says so with `@pytest.mark.dirties`: they are reset after it, while the
next tests go on with the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab, lab_names, remove, unavailable
from opsflow.lab.base import ensure
from opsflow.lab.record import state_directory
from opsflow.lab.repo import Repository

RELEASE = "bookworm"
HERE = Path(__file__).parent
PREFIX = "test-"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this directory, and skip it where there can be no lab."""
    reason = unavailable()
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build the base tree before the first test: that minute must not count as a test's time."""
    wanted = any(item.get_closest_marker("lab") for item in session.items)
    if wanted and not session.config.option.collectonly and not unavailable():
        ensure(RELEASE, state_directory(), lambda _: None)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """Yield this worker's lab."""
    _remove_leftovers()
    made = Lab.up(f"{PREFIX}{os.getpid()}", 4, RELEASE, ubuntu=1)
    yield made
    made.down()


class Hosts:
    """The hosts of a lab, each of which is clean and running when it is taken."""

    def __init__(self, lab: Lab, pool: ThreadPoolExecutor) -> None:
        self._lab = lab
        self._pool = pool
        self._left = [host.name for host in lab.hosts]  # in the order in which they were left
        self._cleaned: dict[str, Future[None]] = {}

    def next(self, identity: str) -> str:
        """Return the host of a system that was left before all others."""
        return next(name for name in self._left if self._lab.host(name).identity == identity)

    @contextmanager
    def taken(self, names: Sequence[str], *, dirty: bool) -> Generator[None]:
        """Wait until hosts are clean; reset those afterwards that a test dirties."""
        for name in names:
            if cleaned := self._cleaned.pop(name, None):
                cleaned.result()
        yield
        clean = self._lab.reset if dirty else self._lab.start
        for name in names:
            self._cleaned[name] = self._pool.submit(clean, name)
        self._left = [name for name in self._left if name not in names] + list(names)


@pytest.fixture(scope="session")
def hosts(lab: Lab) -> Iterator[Hosts]:
    """Yield the lab's hosts, of which one is made ready at a time."""
    with ThreadPoolExecutor(1) as pool:
        yield Hosts(lab, pool)


@pytest.fixture
def host(lab: Lab, hosts: Hosts, dirty: bool) -> Iterator[Host]:
    """Yield a Debian host."""
    name = hosts.next("debian")
    with hosts.taken([name], dirty=dirty):
        yield lab.host(name)


@pytest.fixture
def ubuntu_host(lab: Lab, hosts: Hosts, dirty: bool) -> Iterator[Host]:
    """Yield the host with Ubuntu's identity."""
    name = hosts.next("ubuntu")
    with hosts.taken([name], dirty=dirty):
        yield lab.host(name)


@pytest.fixture
def fleet(lab: Lab, hosts: Hosts, dirty: bool) -> Iterator[list[Host]]:
    """Yield all hosts."""
    with hosts.taken([host.name for host in lab.hosts], dirty=dirty):
        yield lab.hosts


@pytest.fixture
def dirty(request: pytest.FixtureRequest) -> bool:
    """Tell whether the test leaves traces on its hosts."""
    return request.node.get_closest_marker("dirties") is not None


@pytest.fixture
def repo(lab: Lab) -> Iterator[Repository]:
    """Yield the repository, and put it back to the first versions afterwards."""
    yield lab.repo
    lab.repo.reset()


def _remove_leftovers() -> None:
    """Remove the labs of test sessions that were killed."""
    for name in lab_names():
        match = re.fullmatch(PREFIX + r"(\d+)(-\w+)?", name)
        if match and not _is_python(int(match[1])):
            remove(name)


def _is_python(pid: int) -> bool:
    try:
        return b"py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
