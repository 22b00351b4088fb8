"""Cases that are played on a lab host: what modules return there, beside what ansible-core told of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.conformance.case import Case

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class HostCase(Case):
    """A playbook for `all` that is played on one host of a lab. `# packages: NAME…` are installed before."""

    hosts: Path = Path()
    host: str = ""

    @property
    def inventory(self) -> Path:
        return self.hosts

    @property
    def options(self) -> list[str]:
        return ["--limit", self.host, *super().options]

    @property
    def packages(self) -> list[str]:
        """The packages of Debian that it needs."""
        return self._header("packages").split()


def find(hosts: Path, host: str) -> list[HostCase]:
    """Return all cases, for a host of an inventory."""
    return [HostCase(path.stem, path, hosts, host) for path in sorted(CASES.glob("*.yml"))]
