"""Which services an upgrade restarts; `opsflow.target.service_restart` does it on the host."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator


def _switch(value: Any) -> Any:
    """YAML reads a bare `no` as false, and means never."""
    return {False: "never", True: "needed"}[value] if isinstance(value, bool) else value


RestartPolicy = Annotated[Literal["never", "needed"] | list[str], BeforeValidator(_switch)]
