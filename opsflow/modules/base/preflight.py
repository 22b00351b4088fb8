"""Which checks a host must pass before it is changed; `opsflow.target.preflight` makes them there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator

from opsflow.target import windows

from .health import Seconds
from .module import ModuleArgs
from .types import Int, StrList, Text, arg


def _switch(value: Any) -> Any:
    """YAML reads a bare `off` as false."""
    return "off" if value is False else value


def _windows(values: list[str]) -> list[str]:
    for value in values:
        windows.parse(value)
    return values


def _one(value: Any) -> Any:
    """A window may be given as text, whose commas are its own."""
    return [value] if isinstance(value, str) else value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"there is no time zone '{name}'") from None
    return name


Level = Annotated[Literal["off", "warn", "stop"], BeforeValidator(_switch)]


class PreflightArgs(ModuleArgs):
    """What is looked at before a host is changed: each is `off`, only a warning, or a reason to `stop`."""

    disk: Level = "stop"
    """Free space and inodes for what would be downloaded and installed; file systems that are read-only."""
    dpkg: Level = "warn"
    """Packages that are half done: an upgrade repairs them first."""
    locks: Level = "warn"
    """Another package manager at work: an upgrade waits for it."""
    clock: Level = "warn"
    """The host's time against the control node's, and against the dates of its package lists."""
    sources: Level = "stop"
    """All package sources can be fetched, and their signatures are good and not expired."""
    window: Level = "stop"
    """The time is within `maintenance_window`, where there is one."""
    load: Level = "off"
    """The load of the last minute."""
    units: Level = "warn"
    """Failed systemd units."""
    health: Level = "stop"
    """The `health` checks of an upgrade are good already before it, each at its first try."""
    memory: Level = "warn"
    """Memory and swap that are left."""
    power: Level = "warn"
    """A host that runs on its battery."""
    disk_margin: Int = 200
    """MiB that must be left on each file system, at most a tenth of it."""
    clock_limit: Seconds = 60.0
    """How far the clocks may be apart, in seconds."""
    max_load: Seconds = 4.0
    """The most load for each processor."""
    maintenance_window: Annotated[StrList, AfterValidator(_windows), BeforeValidator(_one)] = arg([])
    """When the host may be changed: `Mon-Fri 22:00-04:00`, `Sat,Sun`, `02:00-05:00`, or a list of such."""
    timezone: Annotated[Text, AfterValidator(_zone)] | None = None
    """The time zone of the window, such as `Europe/Berlin`; the host's own by default."""

    def sent(self) -> dict[str, Any]:
        """Return the policy, with the time zone's offset (seconds): a host may not know time zones."""
        sent = super().sent()
        if self.timezone:
            offset = datetime.now(ZoneInfo(self.timezone)).utcoffset()
            sent["utc_offset"] = offset.total_seconds() if offset else 0.0
        return sent
