"""What a lab is made of, as its record on disk holds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Literal

from .errors import LabError
from .network import MAX_HOSTS, Network
from .repo import UBUNTU_CODENAME

Identity = Literal["debian", "ubuntu"]


@dataclass(frozen=True, slots=True)
class Host:
    """One host of a lab. `identity` is what it says it is: Ubuntu hosts are Debian inside."""

    name: str
    address: str
    release: str
    identity: Identity

    @property
    def codename(self) -> str:
        """The code name that the host's package sources use."""
        return UBUNTU_CODENAME if self.identity == "ubuntu" else self.release


@dataclass(frozen=True, slots=True)
class Plan:
    """What a lab is asked to be: `count` hosts, the last `ubuntu` of them with Ubuntu's identity."""

    count: int
    releases: tuple[str, ...]
    ubuntu: int

    def check(self) -> None:
        """Return when the plan can be carried out.

        Raises:
            LabError: it asks for too many hosts or too few.
        """
        if not 1 <= self.count <= MAX_HOSTS:
            raise LabError(f"a lab has 1 to {MAX_HOSTS} hosts, not {self.count}")
        if not 0 <= self.ubuntu <= self.count:
            raise LabError(f"{self.ubuntu} of {self.count} hosts cannot be Ubuntu")

    def hosts(self, network: Network) -> Iterator[Host]:
        """Yield the hosts h1, h2, … with the releases in turn."""
        releases = islice(cycle(self.releases), self.count)
        for index, release in enumerate(releases):
            identity: Identity = "ubuntu" if index >= self.count - self.ubuntu else "debian"
            yield Host(f"h{index + 1}", network.address(index), release, identity)
