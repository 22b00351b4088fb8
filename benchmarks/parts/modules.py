"""What one more task of each common module costs, on hosts that are as the task wants them.

A playbook with many tasks of one module, less one with a single task, so that starting up and connecting
cancel out. Peers: ansible-core with the same playbook, pyinfra with the operation that does the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import report
from benchmarks.bench import Bench, Section
from benchmarks.contenders import ANSIBLE, OPSFLOW, PYINFRA, Contender
from benchmarks.fleet import Fleet
from benchmarks.measure import Figures
from benchmarks.work import Task, Work, write

_PATH = "/tmp/opsflow-bench"


@dataclass(frozen=True, slots=True)
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
_COUNTS = {OPSFLOW: 100, ANSIBLE: 8, PYINFRA: 12}
"""Tasks in the longer playbook: enough to tell the cost of one from the noise, for each contender."""


def one_host(bench: Bench) -> Section:
    """Return what a task of each module costs on one host."""
    folder = bench.folder("modules")
    return Section("One more task on one host", _table(bench, folder, bench.one_host(folder), bench.runs))


def all_hosts(bench: Bench) -> Section:
    """Return the same on all hosts, of one run: it takes long."""
    folder = bench.folder("modules-fleet")
    title = f"One more task on {len(bench.lab.hosts)} hosts, one run"
    return Section(title, _table(bench, folder, bench.all_hosts(folder), 1))


def _table(bench: Bench, folder: Path, hosts: Fleet, runs: int) -> str:
    (folder / "small.txt").write_text("first\nlast\n")
    (folder / "small.j2").write_text("{% for n in range(3) %}\nline {{ n }}\n{% endfor %}\n")
    rows = _Rows(folder, bench, hosts, runs)
    names = list(_COUNTS) if bench.field.peers else [OPSFLOW]
    lines = [_row("module", *names), "|---" + "|---:" * len(names) + "|"]
    return "\n".join([*lines, *(rows.row(case, names) for case in CASES)])


@dataclass(frozen=True, slots=True)
class _Rows:
    folder: Path
    bench: Bench
    hosts: Fleet
    runs: int

    def row(self, case: Case, names: Sequence[str]) -> str:
        """Return the milliseconds that one more task of a module takes, with the ratios to OpsFlow's."""
        one = self.work(case, 1)
        # The hosts are as they should be from here on.
        self.bench.interleaved([self.bench.field.opsflow(one, self.hosts)], runs=1)
        found = self.bench.interleaved(
            [
                each
                for name in names
                for count in (1, _COUNTS[name])
                for each in self.contenders(name, case, count)
            ],
            runs=self.runs,
        )
        costs = {name: self.cost(found, name) for name in names if f"{name}, 1" in found}
        return _row(f"`{case.module}`", *(_cell(costs.get(name), costs[OPSFLOW]) for name in names))

    def contenders(self, name: str, case: Case, count: int) -> list[Contender]:
        """Return the contender of this name with a name that tells the count, or none."""
        able = self.bench.field.contenders(self.work(case, count), self.hosts)
        return [replace(one, name=f"{name}, {count}") for one in able if one.name == name]

    def work(self, case: Case, count: int) -> Work:
        task = Task(f"{case.module}: {case.arguments}", case.operation)
        return write(self.folder, f"{case.module}-{count}", [task] * count, sudo=True)

    @staticmethod
    def cost(found: Mapping[str, Sequence[Figures]], name: str) -> float:
        many, one = (report.medians(found[f"{name}, {count}"]).wall for count in (_COUNTS[name], 1))
        return 1000 * (many - one) / (_COUNTS[name] - 1)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cost: float | None, unit: float) -> str:
    if cost is None:
        return "-"
    if cost == unit:
        return f"{cost:.1f} ms" if cost >= _NOISE else f"< {_NOISE} ms"
    return f"{cost:.0f} ms ({cost / max(unit, _NOISE):.0f} times)"
