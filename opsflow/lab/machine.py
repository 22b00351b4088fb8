"""The life of one host: prepared, started, killed, reset, removed."""

from __future__ import annotations

import shutil
import socket
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from .cgroups import ControlGroup
from .errors import LabError
from .layer import write_root_file
from .model import Host
from .network import Network
from .process import run, tail

BOOT = Path(__file__).with_name("host.sh")
BOOT_TIMEOUT_S = 90.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Machine:
    """A host with the means to run it: its directory, its network and the tree below it."""

    host: Host
    directory: Path
    network: Network
    lower: str

    @property
    def running(self) -> bool:
        """Whether the host has processes."""
        return bool(self._group.processes())

    @property
    def public_key(self) -> str:
        """The host's SSH key, as a known_hosts file has it behind the names."""
        return " ".join((self.directory / "host_key.pub").read_text().split()[:2])

    def ensure(self) -> None:
        """Leave the host running and answering: adopt it when it is well, else start it."""
        if self.running and self._answers():
            return
        self.stop()
        self.prepare()
        self.start()

    def prepare(self) -> None:
        """Make what lasts as long as the host: its SSH key, machine id and empty overlay."""
        self.directory.mkdir(parents=True, exist_ok=True)
        key = self.directory / "host_key"
        if not key.with_suffix(".pub").exists():
            key.unlink(missing_ok=True)
            comment = f"root@{self.host.name}"
            run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", key])
        machine_id = self.directory / "machine-id"
        if not machine_id.exists():
            machine_id.write_text(f"{uuid.uuid4().hex}\n")
        for name in ("upper", "work", "root"):
            (self.directory / name).mkdir(exist_ok=True)
        (self.directory / "upper").chmod(0o755)
        self._write_own_files(self.directory / "upper")

    def start(self) -> None:
        """Power the host on and return when its SSH server answers; does nothing when it runs.

        Raises:
            LabError: it did not come up.
        """
        if not self.running:
            self.network.attach(self.host.name, self.host.address)
            self._boot()
        self.wait()

    def wait(self) -> None:
        """Return when the host's SSH server answers.

        Raises:
            LabError: the host died, or did not answer in time.
        """
        deadline = time.monotonic() + BOOT_TIMEOUT_S
        while not self._answers():
            if not self.running:
                raise LabError(f"{self.host.name} died: {tail(self._console.read_text(errors='replace'))}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.host.name} does not answer after {BOOT_TIMEOUT_S:.0f} s")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Cut the power: kill all its processes. Its disk keeps what it holds."""
        self._group.remove()

    def reset(self) -> None:
        """Throw its disk away and start it afresh, with the same SSH key and address."""
        self.stop()
        for name in ("upper", "work"):
            shutil.rmtree(self.directory / name, ignore_errors=True)
        self.prepare()
        self.start()

    def remove(self) -> None:
        """Leave nothing of the host."""
        self.stop()
        self.network.detach(self.host.name)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _group(self) -> ControlGroup:
        return ControlGroup(f"{self.network.bridge}/{self.host.name}")

    @property
    def _console(self) -> Path:
        return self.directory / "console.log"

    def _write_own_files(self, upper: Path) -> None:
        name = self.host.name
        own = f"127.0.0.1 localhost\n{self.host.address} {name}\n::1 localhost ip6-localhost\n"
        # Without its own name in there each sudo would wait for DNS.
        write_root_file(upper, "etc/hosts", own)
        write_root_file(upper, "etc/hostname", f"{name}\n")
        write_root_file(upper, "etc/machine-id", (self.directory / "machine-id").read_text(), mode=0o444)
        key = self.directory / "host_key"
        write_root_file(upper, "etc/ssh/ssh_host_ed25519_key", key.read_text(), mode=0o600)
        write_root_file(upper, "etc/ssh/ssh_host_ed25519_key.pub", key.with_suffix(".pub").read_text())

    def _boot(self) -> None:
        machine = f"{self.network.bridge}-{self.host.name}"
        command: list[str | Path] = ["unshare", "--mount", "--propagation", "slave", "sh", BOOT]
        command += [self.directory, self.lower, machine, self.host.name]
        command += [self.network.namespace(self.host.name), *self._group.paths]
        ControlGroup(f"{self._group.name}/boot0").spawn(command, self._console)

    def _answers(self) -> bool:
        """Tell whether an SSH server greets at the host's address."""
        try:
            with socket.create_connection((self.host.address, 22), timeout=1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False
