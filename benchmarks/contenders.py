"""The commands that are compared."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
SITE = HERE / "site.yml"
TASKS = 20


@dataclass(frozen=True)
class Contender:
    """A way to run the tasks. `{stamp}` in the command makes each run unlike the one before."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict[str, str])

    def line(self, stamp: str) -> list[str]:
        """Return the command line of one run."""
        settings = [f"{name}={value}" for name, value in self.environment.items()]
        # Installed programs have their bytecode beside them.
        return [
            "env",
            "-u",
            "PYTHONDONTWRITEBYTECODE",
            *settings,
            *(word.format(stamp=stamp) for word in self.command),
        ]


def opsflow(playbook: Path, inventory: Path, hosts: int) -> Contender:
    """OpsFlow, as a person runs it."""
    command = [sys.executable, "-m", "opsflow", "play", str(playbook), "-i", str(inventory)]
    return Contender("OpsFlow", [*command, "-f", str(hosts), "-e", "stamp={stamp}"])


def ansible(playbook: Path, inventory: Path, hosts: int, scratch: Path) -> Contender:
    """ansible-core with a fork for each host, as `ansible.cfg` beside this file tunes it."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook), "-i", str(inventory)]
    environment = {
        "ANSIBLE_CONFIG": str(HERE / "ansible.cfg"),
        "ANSIBLE_HOME": str(scratch / "ansible"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(scratch / "cp"),
    }
    return Contender("ansible-core", [*command, "-f", str(hosts), "-e", "stamp={stamp}"], environment)


def floor(way: str, inventory: Path, tasks: int, *hosts: str) -> Contender:
    """Bare asyncssh: see `floor`."""
    names = {"channels": "asyncssh, a channel per task", "channel": "asyncssh, one channel per host"}
    command = [sys.executable, "-m", "benchmarks.floor", way, str(inventory), str(tasks), *hosts]
    return Contender(names[way], command)
