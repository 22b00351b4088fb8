"""The distribution, as facts tell of it."""

from __future__ import annotations

from opsflow.target import facts_distribution
from opsflow.target.compat._host import HostRequest
from opsflow.target.facts import Gather

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Distribution:
    """Name, version, release and family of the distribution."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def get_distribution_facts(self) -> dict[str, Any]:
        """Return them."""
        return facts_distribution.distribution(Gather(HostRequest(), 10, ""))  # type: ignore[arg-type]
