"""The networks that a container is in, and as what."""

from __future__ import annotations

import ipaddress

from opsflow.target.docker_api import as_list, mapping
from opsflow.target.docker_option import same
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted

_NAMES = {
    "ipv4_address": "IPAMConfig.IPv4Address",
    "ipv6_address": "IPAMConfig.IPv6Address",
    "aliases": "Aliases",
    "links": "Links",
    "mac_address": "MacAddress",
    "driver_opts": "DriverOpts",
    "gw_priority": "GwPriority",
}
"""What a container is in a network: its options, and where the API has them."""
_SINCE = {"mac_address": (1, 44), "driver_opts": (1, 32), "gw_priority": (1, 48)}


def prepare(wanted: Wanted) -> list[dict[str, Any]]:
    """Return the networks that the task names, each with its ID. Raises Fail where one is not there."""
    made: list[dict[str, Any]] = []
    for network in as_list(wanted.args.get("networks")):
        network = dict(network)
        for option, version in _SINCE.items():
            if network.get(option) is not None:
                wanted.api.need(version, "networks.%s" % option)
        if network.get("links"):
            network["links"] = [_link(link) for link in network["links"]]
        if network.get("mac_address"):
            network["mac_address"] = network["mac_address"].replace("-", ":")
        found = wanted.api.find("/networks/%s", network["name"])
        if found is None:
            raise Fail(
                "Parameter error: network named %s could not be found. Does it exist?" % network["name"]
            )
        made.append(dict(network, id=found["Id"]))
    return made


def _link(link: str) -> str:
    name, _, alias = link.partition(":")
    return "%s:%s" % (name, alias or name)


def settings(network: dict[str, Any]) -> dict[str, Any]:
    """Return what Docker is told of a container's place in a network."""
    made: dict[str, Any] = {}
    for option, name in _NAMES.items():
        if network.get(option):
            group, _, key = name.rpartition(".")
            (made.setdefault(group, {}) if group else made)[key] = network[option]
    return made


def differing(networks: list[dict[str, Any]], container: dict[str, Any]) -> list[tuple[dict[str, Any], Any]]:
    """Return the networks in which a container is not as wanted, and what it is there: None if nothing."""
    joined = mapping(mapping(container.get("NetworkSettings")).get("Networks"))
    found: list[tuple[dict[str, Any], Any]] = []
    for network in networks:
        own = joined.get(network["name"])
        if own is None:
            found.append((network, None))
        elif not all(_as_wanted(option, network[option], own) for option in _NAMES if network.get(option)):
            now = {option: _read(option, own) for option in _NAMES}
            found.append((network, dict(now, name=network["name"])))
    return found


def needless(networks: list[dict[str, Any]], container: dict[str, Any]) -> list[dict[str, str]]:
    """Return the networks that a container is in and should not be."""
    joined = mapping(mapping(container.get("NetworkSettings")).get("Networks"))
    named = [network["name"] for network in networks]
    return [{"name": name, "id": own["NetworkID"]} for name, own in joined.items() if name not in named]


def _read(option: str, own: dict[str, Any]) -> Any:
    group, _, key = _NAMES[option].rpartition(".")
    return mapping(own.get(group) if group else own).get(key)


def _as_wanted(option: str, value: Any, own: dict[str, Any]) -> bool:
    found = _read(option, own)
    if option in ("ipv4_address", "ipv6_address"):
        return _address(value) == _address(found)
    kind = {"aliases": "set", "links": "set", "driver_opts": "dict"}.get(option, "value")
    return same(kind, "allow_more_present", value, found)


def _address(text: str | None) -> str | None:
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return text
