"""The programs that are compared: each as a command line that does some work on a fleet."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from .fleet import Fleet
from .work import HERE, Work

OPSFLOW, FREE = "OpsFlow", "OpsFlow, `strategy: free`"
ANSIBLE, MITOGEN = "ansible-core", "ansible-core with mitogen"
PYINFRA, OPENSSH, FLOOR = "pyinfra", "OpenSSH in a loop", "floor"
PEERS = (ANSIBLE, MITOGEN, PYINFRA, OPENSSH)


@dataclass(frozen=True, slots=True)
class Contender:
    """A way to do some work. `{stamp}` in the command makes each run unlike the one before."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def line(self, stamp: str) -> list[str]:
        """Return the command line of one run."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        words = (word.replace("{stamp}", stamp) for word in self.command)
        # Installed programs have their bytecode beside them.
        return ["env", "-u", "PYTHONDONTWRITEBYTECODE", *settings, *words]


@dataclass(frozen=True, slots=True)
class Field:
    """Who takes part, and where they keep what they write.

    Attributes:
        scratch: a directory of this run of the benchmarks.
        peers: whether ansible-core, mitogen, pyinfra and OpenSSH take part, which takes long.
    """

    scratch: Path
    peers: bool = True

    def contenders(self, work: Work, fleet: Fleet, *, free: bool = False) -> list[Contender]:
        """Return all that can do this work, OpsFlow first and the floor last; `free`: in both its ways."""
        found = [
            self.opsflow(work, fleet),
            self.free(work, fleet) if free else None,
            self.ansible(work, fleet),
            self.mitogen(work, fleet),
            self.pyinfra(work, fleet),
            self.openssh(work, fleet),
            self.floor(work, fleet),
        ]
        return [one for one in found if one is not None and (self.peers or one.name not in PEERS)]

    def opsflow(self, work: Work, fleet: Fleet, *arguments: str) -> Contender:
        """OpsFlow as a person runs it, with a ledger of its own."""
        command = [sys.executable, "-m", "opsflow", "play", str(work.playbook), *_playbook_options(fleet)]
        return Contender(
            OPSFLOW, [*command, *arguments], {"OPSFLOW_STATE": f"sqlite://{self.scratch}/runs.db"}
        )

    def free(self, work: Work, fleet: Fleet, *arguments: str) -> Contender:
        """OpsFlow where no host waits for another one."""
        config = self.scratch / "free.yml"
        config.write_text("strategy: free\n")
        return replace(self.opsflow(work, fleet, "--config", str(config), *arguments), name=FREE)

    def ansible(self, work: Work, fleet: Fleet) -> Contender:
        """ansible-core with a fork for each host, as `ansible.cfg` beside this file tunes it."""
        command = [_beside("ansible-playbook"), str(work.playbook), *_playbook_options(fleet)]
        return Contender(ANSIBLE, command, self.ansible_environment())

    def ansible_environment(self) -> dict[str, str]:
        """Return what makes ansible-core write nothing outside the scratch directory."""
        return {
            "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.scratch / "ansible"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.scratch / "cp"),
        }

    def mitogen(self, work: Work, fleet: Fleet) -> Contender | None:
        """The same with mitogen's strategy; None where mitogen is not installed."""
        spec = find_spec("ansible_mitogen")
        if spec is None or not spec.submodule_search_locations:
            return None
        plugins = Path(spec.submodule_search_locations[0], "plugins", "strategy")
        plain = self.ansible(work, fleet)
        more = {"ANSIBLE_STRATEGY_PLUGINS": str(plugins), "ANSIBLE_STRATEGY": "mitogen_linear"}
        return Contender(MITOGEN, plain.command, {**plain.environment, **more})

    def pyinfra(self, work: Work, fleet: Fleet) -> Contender | None:
        """pyinfra with all hosts at once; None where it is not installed or the work is not said for it."""
        if work.deploy is None or not Path(_beside("pyinfra")).exists():
            return None
        command = [_beside("pyinfra"), "-y", "--chdir", str(work.deploy.parent), "--data", "stamp={stamp}"]
        command += ["--parallel", str(len(fleet.targets)), str(fleet.pyinfra_inventory), str(work.deploy)]
        return Contender(PYINFRA, command)

    def openssh(self, work: Work, fleet: Fleet) -> Contender | None:
        """A shell's loop over one shared connection a host."""
        if work.lines is None:
            return None
        files = [str(one) for one in (fleet.key, fleet.known_hosts, fleet.lines, work.lines)]
        return Contender(OPENSSH, ["sh", str(HERE / "each.sh"), *files, "{stamp}"])

    def floor(self, work: Work, fleet: Fleet) -> Contender | None:
        """asyncssh with a minimal runner."""
        if work.frames is None:
            return None
        command = [sys.executable, "-m", "benchmarks.floor.client", *(["--sudo"] if work.sudo else [])]
        return Contender(FLOOR, [*command, str(fleet.listed), str(work.frames), "{stamp}"])


def openssh_options(fleet: Fleet) -> list[str]:
    """Return options of ssh and scp for the fleet's key and known hosts, without questions."""
    settings = (f"UserKnownHostsFile={fleet.known_hosts}", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes")
    return ["-F", "none", "-i", str(fleet.key), *(word for one in settings for word in ("-o", one))]


def _playbook_options(fleet: Fleet) -> list[str]:
    return ["-i", str(fleet.inventory), "-f", str(len(fleet.targets)), "-e", "stamp={stamp}"]


def _beside(program: str) -> str:
    return str(Path(sys.executable).with_name(program))
