"""What is written down of a lab, and where."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import LabError
from .model import Host

DEFAULT_STATE = "/var/lib/opsflow/lab"


@dataclass(slots=True)
class Record:
    """A lab's network number, its hosts, and the base tree of each release.

    The trees are kept by path: a newer OpsFlow may build others, under which old hosts would break.
    """

    number: int | None = None
    mirror: bool = False
    hosts: list[Host] = field(default_factory=list[Host])
    bases: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def read(cls, directory: Path) -> Record:
        """Return the record in a lab's directory, or an empty one."""
        path = directory / "lab.json"
        if not path.exists():
            return cls()
        data = json.loads(path.read_text())
        return cls(data["number"], data["mirror"], [Host(**host) for host in data["hosts"]], data["bases"])

    def check_mirror(self, name: str, wanted: bool) -> None:
        """Return when the lab is new, or was made with the mirror as it is wanted now.

        Raises:
            LabError: it was made otherwise.
        """
        if self.number is not None and self.mirror != wanted:
            was = "with" if self.mirror else "without"
            hint = f"remove it first with 'opsflow lab down --name {name}'"
            raise LabError(f"the lab '{name}' was made {was} the mirror", hint=hint)

    def write(self, directory: Path) -> None:
        """Replace the record in one step."""
        directory.mkdir(parents=True, exist_ok=True)
        new = directory / "lab.json.new"
        new.write_text(json.dumps(asdict(self), indent=2))
        new.rename(directory / "lab.json")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lab's files are: `state` holds the base trees and all labs."""

    state: Path
    name: str

    @classmethod
    def of(cls, name: str, state: Path | None) -> Place:
        """Return the place of a lab; without a state directory in OPSFLOW_LAB_DIR or the usual one.

        Raises:
            LabError: the name is no plain word.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
            raise LabError(f"'{name}' cannot name a lab", hint="use lower-case letters, digits and '-'")
        return cls((state or state_directory()).resolve(), name)

    @property
    def directory(self) -> Path:
        """The lab's own directory, removed with it."""
        return self.state / "labs" / self.name

    @property
    def lock(self) -> Path:
        """The file that whoever makes or removes the lab holds locked."""
        return self.state / "locks" / self.name

    def reserved_numbers(self) -> set[int]:
        """Return the network numbers of the other labs, which may be powered off."""
        others = (path for path in self.directory.parent.glob("*") if path != self.directory)
        return {number for path in others if (number := Record.read(path).number) is not None}


def state_directory() -> Path:
    """Return the directory that holds base trees and labs."""
    return Path(os.environ.get("OPSFLOW_LAB_DIR", DEFAULT_STATE))


def lab_names() -> list[str]:
    """Return the names of all labs."""
    return sorted(path.parent.name for path in state_directory().glob("labs/*/lab.json"))
