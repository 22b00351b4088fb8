"""Throwaway database servers: a process of `nobody` in a directory of its own, reached by a socket there."""

from __future__ import annotations

import atexit
import functools
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_SBIN = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
_QUIET: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@dataclass(frozen=True)
class Server:
    """A server that runs: the directory of its socket (a file for MariaDB), and its port on 127.0.0.1.

    `restart` ends it and begins it anew with the same data; only PostgreSQL's is asked for it.
    """

    socket: str
    port: int
    restart: Callable[[], None] | None = None


def postgresql_programs() -> Path | None:
    """Return the directory of the newest PostgreSQL server that is installed here, None without one."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    return Path(found[-1]).parent if found else None


@contextmanager
def postgresql() -> Generator[Server]:
    """Run a PostgreSQL server: trusting on its socket, asking for passwords (MD5 or SCRAM) on TCP."""
    programs = postgresql_programs()
    if programs is None:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql")
    with _directory() as base:
        _run(base, "cp", "-a", f"{_new_postgresql(programs)}/.", ".")
        data = base / "data"
        port = _free_port()
        options = [f"-p{port}", f"-k{base}"]
        for one in ("listen_addresses=127.0.0.1", "fsync=off", "timezone=UTC", "ssl=on"):
            options += ["-c", one]
        state = data / "postmaster.pid"

        def ready() -> bool:
            return state.exists() and "ready" in state.read_text()

        argv = [str(programs / "postgres"), "-D", str(data), *options]
        with _serving(base, argv, ready, signal.SIGQUIT) as restart:
            yield Server(str(base), port, restart)


@contextmanager
def mariadb() -> Generator[Server]:
    """Run a MariaDB server: root needs no password on its socket, and TLS is there on TCP."""
    if not shutil.which("mariadbd", path=_SBIN):
        pytest.skip("needs a MariaDB server: apt-get install mariadb-server-core mariadb-client")
    with _directory() as base:
        _run(base, "cp", "-a", f"{_new_mariadb()}/.", ".")
        data = base / "data"
        place, port = base / "socket", _free_port()
        options = [
            f"--datadir={data}",
            f"--socket={place}",
            f"--port={port}",
            "--innodb-flush-log-at-trx-commit=0",
        ]
        options += [
            "--bind-address=127.0.0.1",
            f"--ssl-cert={base}/server.crt",
            f"--ssl-key={base}/server.key",
        ]
        options += [
            "--innodb-use-native-aio=0",
            "--innodb-buffer-pool-size=16M",
            "--innodb-log-file-size=8M",
            "--skip-log-bin",
        ]
        with _serving(base, ["mariadbd", "--no-defaults", *options], place.exists) as restart:
            yield Server(str(place), port, restart)


@functools.cache
def _new_postgresql(programs: Path) -> Path:
    """Return the directory of a server that nobody has used: to copy it is quicker than to make it."""
    base = _kept_directory()
    data = base / "data"
    _run(base, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-N", "--auth-local=trust",
         "--auth-host=md5", "--locale=C.UTF-8", "-E", "UTF8")  # fmt: skip
    _certificate(base, data / "server")
    return base


@functools.cache
def _new_mariadb() -> Path:
    """Return the directory of a server that nobody has used."""
    base = _kept_directory()
    how = ["--auth-root-authentication-method=normal", "--skip-test-db", "--innodb-use-native-aio=0"]
    _run(base, "mariadb-install-db", "--no-defaults", f"--datadir={base}/data", *how)
    _certificate(base, base / "server")
    return base


def _kept_directory() -> Path:
    """Make a directory that is removed when we end."""
    directory = _directory()
    atexit.register(directory.__exit__, None, None, None)
    return directory.__enter__()


@contextmanager
def _serving(
    base: Path, argv: list[str], ready: Callable[[], bool], end: signal.Signals = signal.SIGTERM
) -> Generator[Callable[[], None]]:
    """Run a server until the block ends, once it is ready; it does not outlive us. Yield its restart."""

    def begin() -> None:
        child = subprocess.Popen(_as_nobody(argv), cwd=base, **_QUIET)
        running.append(child)
        until = time.monotonic() + 60
        while not ready():
            assert child.poll() is None, f"{argv[0]} ended with {child.returncode}"
            assert time.monotonic() < until, f"{argv[0]} does not answer"
            time.sleep(0.02)

    def restart() -> None:
        running[-1].send_signal(signal.SIGINT)  # PostgreSQL ends all connections first
        running[-1].wait(30)
        begin()

    running: list[subprocess.Popen[bytes]] = []
    try:
        begin()
        yield restart
    finally:
        running[-1].send_signal(end)
        running[-1].wait(30)


def fixture(kind: Callable[[], AbstractContextManager[Server]]) -> Any:
    """Return a fixture `server` for the tests of a file."""

    @pytest.fixture(scope="module")
    def server() -> Generator[Server]:
        with kind() as found:
            yield found

    return server


@contextmanager
def _directory() -> Generator[Path]:
    """Make a directory whose name is short enough for a socket, for a user who is not root."""
    base = Path(tempfile.mkdtemp(prefix="opsflow-"))
    try:
        if os.getuid() == 0:
            shutil.chown(base, "nobody", "nogroup")
            base.chmod(0o755)
        yield base
    finally:
        shutil.rmtree(base)


def _run(base: Path, *argv: str) -> None:
    """Run a program in a directory, as nobody where we are root, and fail with what it says if it does."""
    with tempfile.TemporaryFile() as said:  # no pipe: a server that is started would keep it open
        quiet: Any = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said}
        code = subprocess.run(_as_nobody([*argv]), cwd=base, check=False, **quiet).returncode
        said.seek(0)
        assert code == 0, f"{argv[0]} failed:\n{said.read().decode(errors='replace')[-2000:]}"


def _as_nobody(argv: list[str]) -> list[str]:
    argv[0] = shutil.which(argv[0], path=_SBIN) or argv[0]
    user = ["--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    return ["setpriv", "--pdeathsig=KILL", *user, *argv]


def _certificate(base: Path, place: Path) -> None:
    """Make a key and a certificate for 127.0.0.1 that signs itself: `place` with .key and .crt."""
    words = "req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=db -addext subjectAltName=IP:127.0.0.1"
    _run(base, "openssl", *words.split(), "-keyout", f"{place}.key", "-out", f"{place}.crt")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


SERVERS = {"postgresql": postgresql, "mariadb": mariadb}
