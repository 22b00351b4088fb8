"""Which services an upgrade restarts; `opsflow.target.service_restart` does it on the host."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def _switch(value: Any) -> Any:
    """YAML reads a bare `no` as false, and means never."""
    return {False: "never", True: "needed"}[value] if isinstance(value, bool) else value


RestartPolicy = Annotated[Literal["never", "needed"] | list[str], BeforeValidator(_switch)]


def as_restart(policy: RestartPolicy, exclude: list[str]) -> dict[str, Any] | None:
    """Return what the host is told: the arguments of `service_restart.run`, None for no restarts at all."""
    return None if policy == "never" else {"policy": policy, "deny": exclude}
