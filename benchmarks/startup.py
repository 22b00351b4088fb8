"""What it costs to read and check a big project before the first host is touched."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from . import report
from .contenders import Contender
from .measure import Figures
from .project import Project, write

Interleaved = Callable[[list[Contender]], dict[str, list[Figures]]]


def figures(scratch: Path, interleaved: Interleaved) -> str:
    """Return tables of listing the tasks of a big playbook and the hosts of a big inventory.

    Args:
        scratch: an empty directory for the project.
        interleaved: runs contenders in turn and returns what each run cost.
    """
    project = write(scratch / "project")
    tasks = f"{project.tasks:,} tasks in {project.roles} roles"
    sections = [
        f"### Starting: {tasks} and {project.hosts:,} hosts, `--list-tasks`",
        report.table(interleaved(_tasks(project, scratch)), "OpsFlow"),
        f"### An inventory of {project.hosts:,} hosts, `inventory list` beside `ansible-inventory --list`",
        report.table(interleaved(_hosts(project, scratch)), "OpsFlow"),
    ]
    return "\n\n".join(sections)


def _tasks(project: Project, scratch: Path) -> list[Contender]:
    arguments = [str(project.playbook), "-i", str(project.inventory), "--list-tasks"]
    return [_opsflow("play", *arguments), _ansible(scratch, "ansible-playbook", *arguments)]


def _hosts(project: Project, scratch: Path) -> list[Contender]:
    source = ["-i", str(project.inventory)]
    return [_opsflow("inventory", "list", *source), _ansible(scratch, "ansible-inventory", "--list", *source)]


def _opsflow(*arguments: str) -> Contender:
    return Contender("OpsFlow", [sys.executable, "-m", "opsflow", *arguments])


def _ansible(scratch: Path, program: str, *arguments: str) -> Contender:
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    return Contender("ansible-core", command, {"ANSIBLE_HOME": str(scratch / "ansible")})
