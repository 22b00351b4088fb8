"""Options of options of `docker_container`, and what can be known of their values before a host is asked."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from opsflow.target import docker_mounts, docker_ports
from opsflow.target.docker_options import OPTIONS
from opsflow.target.request import Fail

from .docker import Size, Texts
from .module import ModuleArgs
from .types import Bool, Dict, Int, List, StrList, Text, to_dict, to_items

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?$")
_NANOSECONDS = (3600 * 10**9, 60 * 10**9, 10**9, 10**6, 10**3)


def _duration(value: Any) -> int:
    """Return a duration such as 1m30s in nanoseconds. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value  # has been read before
    found = _DURATION.match(value) if isinstance(value, str) and value else None
    if found is None:
        raise ValueError("must be a duration such as 1m30s")
    return sum(int(part or 0) * unit for part, unit in zip(found.groups(), _NANOSECONDS, strict=True))


Duration = Annotated[int, BeforeValidator(_duration)]


class Health(ModuleArgs):
    """How Docker finds out whether a container is healthy."""

    test: Any = None
    """The command that tells whether it is healthy; `NONE` for none."""
    test_cli_compatible: Bool = False
    """Leave the image's command where there is none, as docker itself does."""
    interval: Duration | None = None
    """The time between looks, such as `30s`."""
    timeout: Duration | None = None
    """The time for one look."""
    start_period: Duration | None = None
    """The time to start in, in which failures do not count."""
    start_interval: Duration | None = None
    """The time between looks meanwhile."""
    retries: Int | None = None
    """Failures until it counts as unhealthy."""


class Network(ModuleArgs):
    """A network, and what the container is in it."""

    name: Text
    """The network."""
    ipv4_address: Text | None = None
    """The container's IPv4 address."""
    ipv6_address: Text | None = None
    """The container's IPv6 address."""
    aliases: StrList | None = None
    """More names of the container there."""
    links: StrList | None = None
    """Containers that it knows by other names."""
    mac_address: Text | None = None
    """The container's MAC address."""
    driver_opts: Texts | None = None
    """Options of the network's driver."""
    gw_priority: Int | None = None
    """Which network has the default route: the highest."""


class Rate(ModuleArgs):
    """How many bytes a second."""

    path: Text
    """The device."""
    rate: Size
    """Bytes a second, also with a unit."""


class Operations(ModuleArgs):
    """How many operations a second."""

    path: Text
    """The device."""
    rate: Int
    """Operations a second."""


class Request(ModuleArgs):
    """Devices such as graphics cards."""

    capabilities: List | None = None
    """What they must be able to do: lists of words."""
    count: Int | None = None
    """How many; -1 means all."""
    device_ids: StrList | None = None
    """Which ones."""
    driver: Text | None = None
    """The driver that has them."""
    options: Dict | None = None
    """Options of that driver."""


def _octal(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-7]+", value):
        raise ValueError("must be an octal number in quotes, such as '1777'")
    return int(value, 8)


_KINDS = {
    "create_mountpoint": ("bind",), "labels": ("volume",), "no_copy": ("volume",), "non_recursive": ("bind",),
    "propagation": ("bind",), "read_only_force_recursive": ("bind",), "read_only_non_recursive": ("bind",),
    "subpath": ("volume", "image"), "tmpfs_size": ("tmpfs",), "tmpfs_mode": ("tmpfs",),
    "tmpfs_options": ("tmpfs",), "volume_driver": ("volume",), "volume_options": ("volume",),
}  # fmt: skip
"""Options of mounts, and the types for which they are."""


class Mount(ModuleArgs):
    """Something that is mounted in the container."""

    target: Text
    """Where it is in the container."""
    source: Text | None = None
    """What is mounted: a path, a volume."""
    type: Literal["bind", "npipe", "tmpfs", "volume", "cluster", "image"] = "volume"
    """What kind of thing that is."""
    read_only: Bool | None = None
    """It cannot be written."""
    consistency: Literal["cached", "consistent", "default", "delegated"] | None = None
    """Has a meaning on macOS only."""
    propagation: Literal["private", "rprivate", "shared", "rshared", "slave", "rslave"] | None = None
    """How mounts below reach the other side."""
    no_copy: Bool | None = None
    """Do not fill a new volume from the image."""
    labels: Texts | None = None
    """Labels of a new volume."""
    volume_driver: Text | None = None
    """The driver of a new volume."""
    volume_options: Texts | None = None
    """Options of that driver."""
    tmpfs_size: Size | None = None
    """The size of a tmpfs."""
    tmpfs_mode: Annotated[int, BeforeValidator(_octal)] | None = None
    """The permissions of a tmpfs."""
    tmpfs_options: Annotated[list[Dict], BeforeValidator(to_items)] | None = None
    """More options of a tmpfs."""
    non_recursive: Bool | None = None
    """Leave out what is mounted below."""
    create_mountpoint: Bool | None = None
    """Make the directory on the host."""
    read_only_non_recursive: Bool | None = None
    """What is mounted below can be written."""
    read_only_force_recursive: Bool | None = None
    """Fail where that cannot be made read-only too."""
    subpath: Text | None = None
    """The directory of the volume that is mounted."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.source is None and self.type in ("bind", "npipe"):
            raise ValueError(f"the mount {self.target} of type {self.type} needs source")
        for option, kinds in _KINDS.items():
            if getattr(self, option) is not None and self.type not in kinds:
                where = f"the mount {self.target} of type {self.type}"
                raise ValueError(f"{where} cannot have {option}, which is for {' and '.join(kinds)}")
        if any(len(option) != 1 for option in self.tmpfs_options or []):
            raise ValueError(f"tmpfs_options of the mount {self.target} are mappings with one entry each")
        return self


def _checked(look: Callable[[list[str]], object]) -> Callable[[list[str]], list[str]]:
    """Return a validator that has the host's half look at a list."""

    def check(value: list[str]) -> list[str]:
        try:
            look(value)
        except Fail as error:
            raise ValueError(error.msg) from None
        return value

    return check


Published = Annotated[StrList, AfterValidator(_checked(docker_ports.bindings))]
Exposed = Annotated[StrList, AfterValidator(_checked(docker_ports.exposed))]
Volumes = Annotated[
    StrList, AfterValidator(_checked(lambda value: [docker_mounts.bind(one) for one in value]))
]


def _limits(value: list[str]) -> list[str]:
    """Refuse ulimits that are not NAME:SOFT or NAME:SOFT:HARD."""
    for one in value:
        if not re.fullmatch(r"\w+:-?\d+(:-?\d+)?", one):
            raise ValueError(f"a limit is written as nofile:1024 or nofile:1024:2048, not {one}")
    return value


Limits = Annotated[StrList, AfterValidator(_limits)]


def _address(value: str) -> str:
    """Refuse what is neither an address nor nothing."""
    try:
        if value:
            ipaddress.ip_address(value.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise ValueError(f"must be empty or an IP address, not {value}") from None
    return value


Address = Annotated[Text, AfterValidator(_address)]


def one_target_each(mounts: list[Mount], some_volumes: list[str]) -> None:
    """Refuse two things in one place of a container."""
    targets = [mount.target for mount in mounts]
    for volume in some_volumes:
        found = docker_mounts.bind(volume)
        targets.append(found[1] if found else volume.split(":")[0])
    double = next((target for target in targets if targets.count(target) > 1), None)
    if double:
        raise ValueError(f"two mounts or volumes are to be at {double}")


def _environment(value: Any) -> dict[str, str]:
    for name, one in to_dict(value).items():
        if not isinstance(one, str):
            hint = "put it in quotes, or write `| string` in its template"
            raise ValueError(f"has a value for {name} that is no text: {hint}")
    return {str(name): str.__str__(one) for name, one in to_dict(value).items()}


Environment = Annotated[dict[str, str], BeforeValidator(_environment)]

_ALIASES = {"exposed": "exposed_ports", "expose": "exposed_ports", "ports": "published_ports"}
_ALIASES["log_opt"] = "log_options"
_KNOWN = {option.name: option.kind for option in OPTIONS if option.name != "volume_binds"}


def _comparisons(value: dict[str, Any]) -> dict[str, str]:
    """Return how options are compared, by their proper names. Raises ValueError."""
    made: dict[str, str] = {}
    for name, mode in value.items():
        proper = _ALIASES.get(name, name)
        if proper in made:
            raise ValueError(f"{name} and another name of {proper} are both there")
        if proper != "*" and proper not in _KNOWN:
            raise ValueError(f"{name} is not an option that a container can be compared by")
        if mode not in ("strict", "ignore", "allow_more_present"):
            raise ValueError(f"{name} is compared strict, ignore or allow_more_present, not {mode}")
        if mode == "allow_more_present" and _KNOWN.get(proper, "value") == "value":
            raise ValueError(
                f"{name} cannot be compared by allow_more_present: it is not a list or a mapping"
            )
        made[proper] = mode
    return made


Comparisons = Annotated[dict[str, Any], BeforeValidator(to_dict), AfterValidator(_comparisons)]
