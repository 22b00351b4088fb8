"""What manages the services."""

from __future__ import annotations

from opsflow.target.compat.service import is_systemd_managed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ServiceMgrFactCollector:
    """Knows whether systemd does."""

    @staticmethod
    def is_systemd_managed(module: Any) -> bool:
        """Tell whether systemd has started this host."""
        return is_systemd_managed(module)
