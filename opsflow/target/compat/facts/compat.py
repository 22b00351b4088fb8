"""The facts of the host, as `setup` collects them."""

from __future__ import annotations

from opsflow.target import setup
from opsflow.target.compat._host import HostRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def ansible_facts(module: Any, gather_subset: Any = None) -> dict[str, Any]:
    """Return facts by their names without `ansible_`."""
    subset = gather_subset or module.params.get("gather_subset") or ["all"]
    timeout = module.params.get("gather_timeout") or 10
    found = setup.run(HostRequest(), subset, [], timeout)["ansible_facts"]  # type: ignore[arg-type]
    return {_short(name): value for name, value in found.items()}


def get_all_facts(module: Any) -> dict[str, Any]:
    """Return all facts that the module's `gather_subset` asks for."""
    return ansible_facts(module, module.params["gather_subset"])


def _short(name: str) -> str:
    return name[len("ansible_") :] if name.startswith("ansible_") else name
