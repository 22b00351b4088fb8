"""One lab for all tests of a session, shared by all xdist workers.

    lab         the lab: h1, h2, h3 are Debian, h4 says that it is Ubuntu
    host        a Debian host that no other test uses meanwhile
    ubuntu_host the Ubuntu host, likewise
    fleet       all hosts at once, likewise
    repo        the lab's package repository, for one test at a time; put back to version 1.0 afterwards

A test that leaves traces on its hosts says so with `@pytest.mark.dirties`: they are reset after it.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab, lab_names, remove, unavailable
from opsflow.lab.base import ensure
from opsflow.lab.process import locked
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
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory that all workers of this session see."""
    base = tmp_path_factory.getbasetemp()
    directory = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-lab"
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def lab(shared: Path) -> Iterator[Lab]:
    """Yield the session's lab: the first worker that asks makes it, the last one that ends removes it."""
    under_xdist = "PYTEST_XDIST_WORKER" in os.environ
    name = f"{PREFIX}{os.getppid() if under_xdist else os.getpid()}"
    with locked(shared / "lab.lock"):
        # Only the first brings it up: that would start hosts which other workers' tests have stopped.
        if _count(shared, 0) == 0:
            _remove_leftovers()
            Lab.up(name, 4, RELEASE, ubuntu=1)
        _count(shared, +1)
        made = Lab.load(name)
    yield made
    with locked(shared / "lab.lock"):
        if _count(shared, -1) == 0:
            made.down()


@pytest.fixture
def host(lab: Lab, shared: Path, request: pytest.FixtureRequest) -> Iterator[Host]:
    """Yield a Debian host for this test alone."""
    names = [host.name for host in lab.hosts if host.identity == "debian"]
    with _one_of(shared, names) as name, _cleaned(lab, [name], request):
        yield lab.host(name)


@pytest.fixture
def ubuntu_host(lab: Lab, shared: Path, request: pytest.FixtureRequest) -> Iterator[Host]:
    """Yield the host with Ubuntu's identity for this test alone."""
    names = [host.name for host in lab.hosts if host.identity == "ubuntu"]
    with _one_of(shared, names) as name, _cleaned(lab, [name], request):
        yield lab.host(name)


@pytest.fixture
def fleet(lab: Lab, shared: Path, request: pytest.FixtureRequest) -> Iterator[list[Host]]:
    """Yield all hosts, for this test alone."""
    names = [host.name for host in lab.hosts]
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(locked(shared / name))
        stack.enter_context(_cleaned(lab, names, request))
        yield lab.hosts


@pytest.fixture
def repo(lab: Lab, shared: Path) -> Iterator[Repository]:
    """Yield the repository for this test alone, and put it back to the first versions afterwards."""
    with locked(shared / "repo.lock"):
        yield lab.repo
        lab.repo.reset()


@contextmanager
def _cleaned(lab: Lab, names: Sequence[str], request: pytest.FixtureRequest) -> Generator[None]:
    """Leave hosts reset after a test that dirties them, and running after any."""
    yield
    dirty = request.node.get_closest_marker("dirties") is not None
    for name in names:
        if dirty:
            lab.reset(name)
        else:
            lab.start(name)


@contextmanager
def _one_of(shared: Path, names: Sequence[str]) -> Generator[str]:
    """Hold the lock of the first host that is free; there is one, unless workers outnumber hosts."""
    while True:
        for name in names:
            with (shared / name).open("w") as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield name
                return
        time.sleep(0.1)


def _count(shared: Path, change: int) -> int:
    """Count the workers that use the lab; call it with the lock held."""
    path = shared / "users"
    users = (int(path.read_text()) if path.exists() else 0) + change
    path.write_text(str(users))
    return users


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
