"""What one more task of each common module costs, on hosts that are as the task wants them.

A playbook with many tasks of one module, less one with a single task, so that starting up and connecting
cancel out. Peers: ansible-core with the same playbook, pyinfra with the operation that does the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsflow.lab import Host, Lab
from opsflow.lab.files import USER

from . import contenders, report
from .contenders import Contender
from .measure import Figures

Interleaved = Callable[[list[Contender]], dict[str, list[Figures]]]

_PATH = "/tmp/opsflow-bench"


@dataclass(frozen=True)
class Case:
    """A task of a module, and the operation of pyinfra that does the same, if there is one."""

    module: str
    arguments: str
    operation: str | None = None


# The commonest modules that do something on a host, by the tasks of public playbooks.
CASES = [
    Case(
        "file",
        f"{{path: {_PATH}, state: directory, mode: '0755'}}",
        f"files.directory(path='{_PATH}', mode='755')",
    ),
    Case("command", "/bin/true", "server.shell(commands=['/bin/true'])"),
    Case(
        "template",
        f"{{src: small.j2, dest: {_PATH}/template, mode: '0644'}}",
        f"files.template(src='small.j2', dest='{_PATH}/template', mode='644')",
    ),
    Case("service", "{name: ssh, state: started}", "systemd.service(service='ssh.service', running=True)"),
    Case(
        "copy",
        f"{{src: small.txt, dest: {_PATH}/copy, mode: '0644'}}",
        f"files.put(src='small.txt', dest='{_PATH}/copy', mode='644')",
    ),
    Case("shell", "echo a | tr a b", "server.shell(commands=['echo a | tr a b'])"),
    Case("stat", "{path: /etc/hosts}"),
    Case("package", "{name: sudo, state: present}", "apt.packages(packages=['sudo'])"),
    Case(
        "lineinfile",
        f"{{path: {_PATH}/copy, line: last, state: present}}",
        f"files.line(path='{_PATH}/copy', line='last')",
    ),
    Case("systemd", "{name: ssh, enabled: true}", "systemd.service(service='ssh.service', enabled=True)"),
    Case("apt", "{name: [sudo, ca-certificates]}", "apt.packages(packages=['sudo', 'ca-certificates'])"),
    Case(
        "user",
        "{name: games, shell: /usr/sbin/nologin}",
        "server.user(user='games', shell='/usr/sbin/nologin')",
    ),
    Case("group", "{name: games}", "server.group(group='games')"),
    Case("blockinfile", f"{{path: {_PATH}/block, block: a, create: true}}"),
    Case(
        "replace",
        f"{{path: {_PATH}/copy, regexp: absent, replace: present}}",
        f"files.replace(path='{_PATH}/copy', text='absent', replace='present')",
    ),
]
_NOISE = 1.0
"""Milliseconds below which a cost is not told from the noise; ratios are to this much at least."""
_COUNTS = {"OpsFlow": 100, "ansible-core": 8, "pyinfra": 12}
"""Tasks in the longer playbook: enough to tell the cost of one from the noise, for each contender."""


def figures(
    lab: Lab, hosts: Sequence[Host], scratch: Path, interleaved: Interleaved, *, peers: bool = True
) -> str:
    """Return a table of what a task of each module costs.

    Args:
        lab: where the hosts are.
        hosts: those of its hosts to use.
        scratch: an empty directory for the playbooks.
        interleaved: runs contenders in turn and returns what each run cost.
        peers: also measure ansible-core and pyinfra, which takes minutes.
    """
    folder = scratch / f"modules-{len(hosts)}"
    folder.mkdir()
    (folder / "small.txt").write_text("first\nlast\n")
    (folder / "small.j2").write_text("{% for n in range(3) %}\nline {{ n }}\n{% endfor %}\n")
    names = [name for name in _COUNTS if peers or name == "OpsFlow"]
    names = [name for name in names if name != "pyinfra" or _pyinfra().exists()]
    bench = _Bench(folder, lab, hosts, interleaved, names)
    lines = [_row("module", *names), "|---" + "|---:" * len(names) + "|"]
    lines += [bench.row(case) for case in CASES]
    return "\n".join(lines)


@dataclass(frozen=True)
class _Bench:
    folder: Path
    lab: Lab
    hosts: Sequence[Host]
    interleaved: Interleaved
    names: list[str]

    def row(self, case: Case) -> str:
        """Return the milliseconds that one more task of a module takes, with the ratios to OpsFlow's."""
        self.interleaved([self.contender("OpsFlow", case, 1)])  # the hosts are as they should be from here on
        names = [name for name in self.names if name != "pyinfra" or case.operation]
        found = self.interleaved(
            [self.contender(name, case, count) for name in names for count in (1, _COUNTS[name])]
        )
        costs = {name: self.cost(found, name) for name in names}
        unit = costs["OpsFlow"]
        return _row(f"`{case.module}`", *(_cell(costs.get(name), unit) for name in self.names))

    def cost(self, found: Mapping[str, Sequence[Figures]], name: str) -> float:
        many, one = (report.medians(found[f"{name}, {count}"]).wall for count in (_COUNTS[name], 1))
        return 1000 * (many - one) / (_COUNTS[name] - 1)

    def contender(self, name: str, case: Case, count: int) -> Contender:
        if name == "pyinfra":
            contender = _with_pyinfra(self.deploy(case, count), self.lab, self.hosts)
        else:
            book = self.folder / f"{case.module}-{count}.yml"
            task = f"    - {case.module}: {case.arguments}\n"
            names = ",".join(host.name for host in self.hosts)
            head = f"- hosts: {names}\n  gather_facts: false\n  become: true\n  tasks:\n"
            book.write_text(head + task * count)
            if name == "OpsFlow":
                contender = contenders.opsflow(book, self.lab.inventory, len(self.hosts))
            else:
                contender = contenders.ansible(book, self.lab.inventory, len(self.hosts), self.folder)
        return Contender(f"{name}, {count}", contender.command, contender.environment)

    def deploy(self, case: Case, count: int) -> Path:
        path = self.folder / f"{case.module}-{count}.py"
        head = "from pyinfra import config\nfrom pyinfra.operations import apt, files, server, systemd\n"
        path.write_text(f"{head}config.SUDO = True\n" + f"{case.operation}\n" * count)
        return path


def _pyinfra() -> Path:
    return Path(sys.executable).with_name("pyinfra")


def _with_pyinfra(deploy: Path, lab: Lab, hosts: Sequence[Host]) -> Contender:
    """pyinfra, with the lab's key and known hosts and everything of a host in one connection."""
    common = {"ssh_user": USER, "ssh_key": str(lab.key), "ssh_known_hosts_file": str(lab.known_hosts)}
    entries = [(host.name, {"ssh_hostname": host.address, **common}) for host in hosts]
    path = deploy.with_name("inventory.py")
    path.write_text(f"hosts = {entries!r}\n")
    command = [str(_pyinfra()), "-y", "--chdir", str(deploy.parent), str(path), str(deploy)]
    return Contender("pyinfra", [*command, "--parallel", str(len(hosts))])


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cost: float | None, unit: float) -> str:
    if cost is None:
        return "-"
    if cost == unit:
        return f"{cost:.1f} ms" if cost >= _NOISE else f"< {_NOISE} ms"
    return f"{cost:.0f} ms ({cost / max(unit, _NOISE):.0f} times)"
