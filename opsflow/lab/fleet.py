"""A whole lab: brought up, adopted, looked at, taken down."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import base, network, repo, requirements
from .cgroups import ControlGroup
from .errors import LabError
from .files import USER, UserFiles
from .layer import Layer
from .machine import Machine
from .mirror import machine_mirror
from .model import Host, Plan
from .network import Network
from .process import locked, tail
from .record import Place, Record
from .repo import Repository

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
INOTIFY_INSTANCES = 65536
SERVER = Path(__file__).with_name("server.py")
SERVER_TIMEOUT_S = 10.0
PARALLEL = 8

Report = Callable[[str], None]


def silent(_: str) -> None:
    """Tell nobody."""


class Lab:
    """A fleet of throwaway hosts. Make one with `Lab.up`, or find one with `Lab.load`."""

    def __init__(self, place: Place, record: Record, net: Network) -> None:
        self.name = place.name
        self.directory = place.directory
        self.network = net
        self.repo = Repository(
            place.directory / "repo",
            f"http://{net.gateway}:{repo.PORT}/",
            tuple(sorted({host.codename for host in record.hosts})),
        )
        self._place = place
        self._record = record
        self._files = UserFiles(place.directory)

    @classmethod
    def up(
        cls,
        name: str = "lab",
        hosts: int = 3,
        release: str | Sequence[str] = "bookworm",
        ubuntu: int = 0,
        *,
        mirror: bool = False,
        state_dir: Path | None = None,
        report: Report = silent,
    ) -> Lab:
        """Bring a lab up, or an existing one to the wanted shape: healthy hosts that fit are kept.

        Args:
            name: what the lab is called.
            hosts: how many.
            release: a Debian code name, or several that the hosts get in turn.
            ubuntu: how many of the hosts, the last ones, say that they are Ubuntu 24.04.
            mirror: let apt on the hosts use this machine's Debian mirror too.
            state_dir: where base trees and labs are kept; None for the usual place.
            report: is told what is done, in short sentences.

        Raises:
            LabUnavailable: this machine cannot run a lab.
            LabError: something failed; what was made stays for another `up`, or for `down`.
        """
        requirements.require()
        releases = (release,) if isinstance(release, str) else tuple(release)
        plan = Plan(hosts, releases, ubuntu)
        plan.check()
        place = Place.of(name, state_dir)
        with locked(place.lock):
            old = Record.read(place.directory)
            old.check_mirror(name, mirror)
            bases = {each: str(base.ensure(each, place.state, report)) for each in dict.fromkeys(releases)}
            net = network.claim(place.directory, old.number, place.reserved_numbers())
            wanted = list(plan.hosts(net))
            # The old hosts that do not fit stay in the record until they are gone.
            surplus = [host for host in old.hosts if host not in wanted]
            record = Record(net.number, mirror, [*wanted, *surplus], {**bases, **old.bases})
            record.write(place.directory)
            for host in surplus:
                report(f"removing {host.name}")
                cls(place, record, net)._machine(host).remove()
            record = replace(record, hosts=wanted)
            record.write(place.directory)
            lab = cls(place, record, net)
            lab._bring_up(report)
        return lab

    @classmethod
    def load(cls, name: str = "lab", state_dir: Path | None = None) -> Lab:
        """Return a lab that was brought up before.

        Raises:
            LabError: there is none of this name.
        """
        place = Place.of(name, state_dir)
        record = Record.read(place.directory)
        if record.number is None:
            raise LabError(f"there is no lab '{name}'", hint="bring it up with 'opsflow lab up'")
        return cls(place, record, Network(record.number))

    @property
    def hosts(self) -> list[Host]:
        """The hosts, in the order of their names."""
        return list(self._record.hosts)

    @property
    def inventory(self) -> Path:
        """The YAML inventory: groups `debian` and `ubuntu` in a group `lab`."""
        return self._files.inventory

    @property
    def known_hosts(self) -> Path:
        """The hosts' SSH keys."""
        return self._files.known_hosts

    @property
    def key(self) -> Path:
        """The private key of the user `ops`."""
        return self._files.key

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of its inventory that say how to log in to any of its hosts."""
        return self._files.variables()

    def host(self, name: str) -> Host:
        """Return a host by its name.

        Raises:
            LabError: the lab has none of this name.
        """
        for host in self.hosts:
            if host.name == name:
                return host
        names = ", ".join(host.name for host in self.hosts)
        raise LabError(f"the lab '{self.name}' has no host '{name}'", hint=f"its hosts are {names}")

    def running(self, host: str) -> bool:
        """Tell whether a host is powered on."""
        return self._machine(self.host(host)).running

    def start(self, host: str) -> None:
        """Power a host on and return when its SSH server answers."""
        self._ours(host).start()

    def stop(self, host: str) -> None:
        """Cut a host's power; its disk keeps what it holds."""
        self._ours(host).stop()

    def wait(self, host: str) -> None:
        """Return when a host's SSH server answers."""
        self._machine(self.host(host)).wait()

    def reset(self, host: str) -> None:
        """Give a host a fresh disk and boot it, with the SSH key and address it had (about 2 s)."""
        self._ours(host).reset()

    def ssh_command(self, host: str, command: Sequence[str] = (), user: str = USER) -> list[str]:
        """Return the OpenSSH command line that logs in to a host, or runs a command there."""
        return ["ssh", *self._files.ssh_options(), f"{user}@{self.host(host).address}", *command]

    def ssh(self, host: str, command: str, *, text: str = "") -> subprocess.CompletedProcess[str]:
        """Run a shell command on a host as `ops` and return how it ended; never asks anything.

        Args:
            host: the host's name.
            command: for the login shell.
            text: what the command reads on its standard input.
        """
        line = self.ssh_command(host, [command])
        line[1:1] = ["-o", "BatchMode=yes"]
        return subprocess.run(line, input=text, capture_output=True, text=True, check=False)

    def down(self) -> None:
        """Remove the lab with all that belongs to it."""
        remove(self.name, self._place.state)

    def _bring_up(self, report: Report) -> None:
        INOTIFY.write_text(str(max(INOTIFY_INSTANCES, int(INOTIFY.read_text()))))
        public_key = self._files.make_key()
        report("publishing the demo packages")
        self.repo.create()
        self._serve()
        for host in {layer.directory: host for host in self.hosts if (layer := self._layer(host))}.values():
            self._layer(host).create(self.repo, public_key, ubuntu=host.identity == "ubuntu")
        machines = [self._machine(host) for host in self.hosts]
        report(f"booting {len(machines)} hosts")
        with ThreadPoolExecutor(PARALLEL) as pool:
            list(pool.map(Machine.ensure, machines))
        self._files.write({machine.host: machine.public_key for machine in machines})

    def _serve(self) -> None:
        """Start the web server and return when it listens, unless it runs."""
        group = ControlGroup(f"{self.network.bridge}/server")
        log = self.directory / "server.log"
        if not group.processes():
            mirror = machine_mirror()
            command = [sys.executable, "-I", SERVER, self.repo.directory, self.network.gateway]
            group.spawn([*command, str(repo.PORT), mirror.archive, mirror.security], log)
        deadline = time.monotonic() + SERVER_TIMEOUT_S
        while not _listens(self.network.gateway, repo.PORT):
            if not group.processes() or time.monotonic() > deadline:
                raise LabError(f"the lab's web server does not run: {tail(log.read_text())}")
            time.sleep(0.05)

    def _ours(self, host: str) -> Machine:
        """Return the machine of a host that we may change."""
        requirements.require()
        return self._machine(self.host(host))

    def _machine(self, host: Host) -> Machine:
        return Machine(host, self.directory / "hosts" / host.name, self.network, self._layer(host).lower)

    def _layer(self, host: Host) -> Layer:
        directory = self.directory / "layers" / f"{host.identity}-{host.release}"
        sources = mirror_sources(host.release, self.repo.url) if self._record.mirror else ""
        return Layer(directory, Path(self._record.bases[host.release]), host.codename, sources)


def remove(name: str, state_dir: Path | None = None) -> bool:
    """Remove a lab, also one that was made by half; return whether there was anything of it.

    Raises:
        LabUnavailable: we are not root.
        LabError: something cannot be removed.
    """
    requirements.require()
    place = Place.of(name, state_dir)
    with locked(place.lock):
        net = network.find(place.directory)
        if net is None and not place.directory.exists():
            return False
        # The bridge goes last: as long as it is there, an interrupted removal finds the rest again.
        if net is not None:
            ControlGroup(net.bridge).remove()
            net.remove()
        if place.directory.exists():
            shutil.rmtree(place.directory)
    return True


def mirror_sources(release: str, url: str) -> str:
    """Return sources.list lines for the machine's mirror, by way of the lab's web server.

    The mirror may be a snapshot of the past, which is no reason to refuse it here.
    """
    options = "[check-valid-until=no check-date=no]"
    archive, security = f"{url}mirror/debian", f"{url}mirror/debian-security"
    return (
        f"deb {options} {archive} {release} main\n"
        f"deb {options} {archive} {release}-updates main\n"
        f"deb {options} {security} {release}-security main\n"
    )


def _listens(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False
