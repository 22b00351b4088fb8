"""A Docker daemon of one's own: its own socket, data and processes; no firewall rules."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from opsflow.target.unix_http import UnixConnection

BUSYBOX = Path("/bin/busybox")
PROGRAMS = ("sh", "sleep", "true", "false", "cat", "env", "echo", "ls")
IMAGE = "lab/busy:1"
STARTS = 30.0  # seconds that a daemon may take to come up


class Unavailable(Exception):
    """There can be no daemon here: the message says why."""


@dataclass(frozen=True)
class Daemon:
    """A running daemon."""

    directory: Path

    @property
    def host(self) -> str:
        return f"unix://{self.directory}/docker.sock"

    def ask(self, method: str, path: str, body: Any = None, fine: tuple[int, ...] = ()) -> Any:
        """Ask the daemon's API directly, and return what it says; `body` is bytes, or something for JSON.

        Refusals with a status in `fine` are taken for an answer.
        """
        connection = UnixConnection("localhost", timeout=60)
        connection.path = f"{self.directory}/docker.sock"
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection.request(method, path, data, {"Content-Type": "application/json", "Connection": "close"})
        answer = connection.getresponse()
        said = answer.read().decode()
        assert answer.status < 400 or answer.status in fine, said
        return json.loads(said) if said.startswith(("{", "[")) and "\n{" not in said else said

    def image(self, name: str = IMAGE, *changes: str) -> None:
        """Make an image of busybox; `changes` are lines of a Dockerfile."""
        repository, _, tag = name.partition(":")
        query = [("fromSrc", "-"), ("repo", repository), ("tag", tag), *(("changes", one) for one in changes)]
        said = self.ask("POST", f"/images/create?{urlencode(query)}", busybox())
        assert "sha256:" in str(said), said

    def container(self, name: str, *, start: bool = False, network: str = "none", **config: Any) -> str:
        """Make a container of the image, and return its ID."""
        body = {"Image": IMAGE, "HostConfig": {"NetworkMode": network}, **config}
        made = self.ask("POST", f"/containers/create?name={name}", body)["Id"]
        if start:
            self.ask("POST", f"/containers/{name}/start")
        return made

    def clear(self) -> None:
        """Remove all containers, networks and volumes."""
        for one in self.ask("GET", "/containers/json?all=1"):
            self.ask("DELETE", f"/containers/{one['Id']}?force=1&v=1", fine=(404, 409))  # it may go by itself
        for one in self.ask("GET", "/networks"):
            if one["Name"] not in ("none", "host", "bridge"):
                self.ask("DELETE", f"/networks/{one['Id']}")
        for one in self.ask("GET", "/volumes")["Volumes"] or []:
            self.ask("DELETE", f"/volumes/{one['Name']}")


def busybox() -> bytes:
    """Return a root file system: one static program, and the names by which it is called."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.add(BUSYBOX, "bin/busybox")
        for name in PROGRAMS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    return buffer.getvalue()


@contextmanager
def start(directory: Path) -> Iterator[Daemon]:
    """Have a daemon in an empty directory. Raises Unavailable."""
    _possible()
    (directory / "daemon.json").write_text("{}")
    log = directory / "log"
    with log.open("wb") as output:
        child = subprocess.Popen(_command(directory), stdout=output, stderr=output, start_new_session=True)
    try:
        _wait(child, directory / "docker.sock", log)
        daemon = Daemon(directory)
        daemon.image(IMAGE, 'CMD ["sleep", "1000"]', "ENV PATH=/bin")
        yield daemon
    finally:
        _stop(child)


def _possible() -> None:
    lacking = [name for name in ("dockerd", "containerd", "runc") if not shutil.which(name)]
    if lacking:
        raise Unavailable(f"needs {', '.join(lacking)}: install the package docker.io")
    if not BUSYBOX.exists() or b"/ld-linux" in BUSYBOX.read_bytes()[:4096]:  # one that needs libraries
        raise Unavailable("needs /bin/busybox: install the package busybox-static")
    if os.geteuid() != 0:
        raise Unavailable("needs root: it starts a Docker daemon")


def _command(directory: Path) -> list[str]:
    return [
        "dockerd",
        f"--host=unix://{directory}/docker.sock",
        f"--config-file={directory}/daemon.json",
        f"--data-root={directory}/data",
        f"--exec-root={directory}/exec",
        f"--pidfile={directory}/pid",
        "--storage-driver=vfs",
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false",
        "--ip-forward=false",
    ]


def _wait(child: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    until = time.monotonic() + STARTS
    while not socket.exists():
        if child.poll() is not None or time.monotonic() > until:
            raise Unavailable(f"dockerd does not start here: {log.read_text()[-300:]}")
        time.sleep(0.05)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """End the daemon and all that it started."""
    child.terminate()
    try:
        child.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
