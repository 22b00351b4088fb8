"""What it costs to read and check a big project before the first host is touched, and to get to the first."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from benchmarks import report
from benchmarks.bench import Bench, Section, interleaved
from benchmarks.contenders import ANSIBLE, OPSFLOW, Contender
from benchmarks.goals import Goal
from benchmarks.work import Task, write

from .project import Project
from .project import write as write_project

CONNECT_CPU_MS = 300.0
_LIMIT_S = 60.0


def figures(bench: Bench) -> Section:
    """Return what the tasks of a big playbook and the hosts of a big inventory cost, and small beginnings."""
    folder = bench.folder("startup")
    project = write_project(folder / "project")
    connected = median(cpu_to_connection(bench, folder) for _ in range(bench.runs))
    parts = [
        f"{project.tasks:,} tasks in {project.roles} roles and {project.hosts:,} hosts, `--list-tasks`:",
        _compare(bench, _tasks(bench, project)),
        f"An inventory of {project.hosts:,} hosts, `inventory list` beside `ansible-inventory --list`:",
        _compare(bench, _hosts(bench, project)),
        "OpsFlow alone; `lint` reads the project above, `ping` is a play of one task on one host, until its "
        "connection is opened:",
        _alone(bench, project, connected),
    ]
    goals = [Goal("CPU from start to first connection", CONNECT_CPU_MS, connected, "ms")]
    return Section("Starting", "\n\n".join(parts), goals)


def _compare(bench: Bench, contenders: list[Contender]) -> str:
    wanted = [one for one in contenders if bench.field.peers or one.name == OPSFLOW]
    return report.table(interleaved(wanted, bench.scratch, bench.runs), OPSFLOW)


def _tasks(bench: Bench, project: Project) -> list[Contender]:
    arguments = [str(project.playbook), "-i", str(project.inventory), "--list-tasks"]
    return [_opsflow("play", *arguments), _ansible(bench, "ansible-playbook", *arguments)]


def _hosts(bench: Bench, project: Project) -> list[Contender]:
    source = ["-i", str(project.inventory)]
    return [_opsflow("inventory", "list", *source), _ansible(bench, "ansible-inventory", "--list", *source)]


def _alone(bench: Bench, project: Project, connected: float) -> str:
    lines = ["| | wall clock | CPU |", "|---|---:|---:|"]
    for words in (["--help"], ["lint", str(project.playbook), "-i", str(project.inventory)]):
        contender = _opsflow(*words)
        one = report.medians(interleaved([contender], bench.scratch, bench.runs)[OPSFLOW])
        lines.append(f"| `{words[0]}` | {1000 * one.wall:.0f} ms | {1000 * one.cpu:.0f} ms |")
    lines.append(f"| `ping`, until the connection is opened | | {connected:.0f} ms |")
    return "\n".join(lines)


def cpu_to_connection(bench: Bench, folder: Path) -> float:
    """Return the milliseconds of CPU that a play takes until it opens its first connection."""
    ping = write(folder, "ping", [Task("ping:")])
    with _listening() as (listener, port):
        inventory = folder / "one.yml"
        inventory.write_text(f"all: {{hosts: {{one: {{ansible_host: 127.0.0.1, ansible_port: {port}}}}}}}\n")
        command = [sys.executable, "-m", "opsflow", "play", str(ping.playbook), "-i", str(inventory)]
        line = Contender(OPSFLOW, command, {"OPSFLOW_STATE": f"sqlite://{bench.scratch}/runs.db"}).line("")
        process = subprocess.Popen(
            line, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        try:
            connection, _ = listener.accept()
            spent = _cpu_ms(process.pid)
            connection.close()
        finally:
            process.kill()
            process.wait()
    return spent


@contextmanager
def _listening() -> Generator[tuple[socket.socket, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_LIMIT_S)
        yield listener, listener.getsockname()[1]


def _cpu_ms(pid: int) -> float:
    """Return what the threads of a process have run so far, as its scheduler counts in nanoseconds."""
    threads = Path("/proc", str(pid), "task").glob("*/schedstat")
    return sum(int(one.read_text().split()[0]) for one in threads) / 1e6


def _opsflow(*arguments: str) -> Contender:
    return Contender(OPSFLOW, [sys.executable, "-m", "opsflow", *arguments])


def _ansible(bench: Bench, program: str, *arguments: str) -> Contender:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return Contender(ANSIBLE, command, bench.field.ansible_environment())
