"""What is to be done on the hosts, said once in the language of each contender."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Work:
    """The files that say the same: who has none cannot take part.

    `playbook` is for OpsFlow and ansible-core, `deploy` for pyinfra, `lines` for a shell over OpenSSH and
    `frames` for the floor, whose runner is root if `sudo`.
    """

    playbook: Path
    deploy: Path | None = None
    lines: Path | None = None
    frames: Path | None = None
    sudo: bool = False


MIXED = Work(
    *(HERE / "mixed" / name for name in ("site.yml", "deploy.py", "lines.sh", "frames.json")), sudo=True
)
MIXED_TASKS = 20


@dataclass(frozen=True, slots=True)
class Task:
    """One task in the language of each contender: YAML, an operation, a line of shell, a frame."""

    yaml: str
    operation: str | None = None
    line: str | None = None
    frame: dict[str, Any] | None = None


def write(
    folder: Path, name: str, tasks: list[Task], *, hosts: str = "all", sudo: bool = False, keywords: str = ""
) -> Work:
    """Write work of the given tasks, for those contenders in whose language each of them is said.

    Args:
        folder: where the files go, which then have this name.
        hosts: the pattern of the play.
        sudo: act as root.
        keywords: more lines of the play, such as its strategy.
    """
    playbook = folder / f"{name}.yml"
    become = "  become: true\n" if sudo else ""
    head = f"- hosts: {hosts}\n  gather_facts: false\n{become}{keywords}  tasks:\n"
    playbook.write_text(head + "".join(f"    - {task.yaml}\n" for task in tasks))
    return Work(
        playbook,
        _deploy(folder / f"{name}.py", [task.operation for task in tasks], sudo=sudo),
        _lines(folder / f"{name}.sh", [task.line for task in tasks]),
        _frames(folder / f"{name}.json", [task.frame for task in tasks]),
        sudo,
    )


def _deploy(path: Path, operations: list[str | None], *, sudo: bool) -> Path | None:
    said = [one for one in operations if one is not None]
    if len(said) < len(operations):
        return None
    head = "from io import StringIO\nfrom pyinfra import config, host\n"
    head += "from pyinfra.operations import apt, files, server, systemd\n"
    head += f"config.SUDO = {sudo}\n"
    path.write_text(head + "".join(f"{one}\n" for one in said))
    return path


def _lines(path: Path, lines: list[str | None]) -> Path | None:
    said = [one for one in lines if one is not None]
    if len(said) < len(lines):
        return None
    path.write_text("".join(f"{one}\n" for one in said))
    return path


def _frames(path: Path, frames: list[dict[str, Any] | None]) -> Path | None:
    if None in frames:
        return None
    path.write_text(json.dumps(frames))
    return path
