"""What a host is made of, and how a run changed that."""

from __future__ import annotations

from pathlib import Path

from opsflow.lab import Host, Lab

State = dict[str, str]
"""What each thing is, by its section and name: `file /etc/motd` → `f 644 root:root`."""

PROGRAM = Path(__file__).with_name("state.sh")


def look(lab: Lab, host: Host) -> State:
    """Return what a host is made of: files, packages, users, groups, units, kernel settings."""
    done = lab.ssh(host.name, "sudo sh -s", text=PROGRAM.read_text())
    assert done.returncode == 0, done.stderr
    found = (line.split("|", 2) for line in done.stdout.splitlines())
    return {f"{section} {name}": what.strip() for section, name, what in found}


def change(before: State, after: State) -> dict[str, str | None]:
    """Return what became different; None stands for what is gone."""
    names = sorted({*before, *after})
    return {name: after.get(name) for name in names if before.get(name) != after.get(name)}
