"""Ports of containers: those that are published on the host, and those that are only told of."""

from __future__ import annotations

import re

from opsflow.target.docker_api import as_list, mapping
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted

_V4 = re.compile(r"\d+\.\d+\.\d+\.\d+$")
_V6 = re.compile(r"\[[0-9a-fA-F:]+(%[^\]/]+)?\]$")
_COLON = re.compile(r":(?![^\[]*\])")  # but those of an address in brackets


def numbers(text: str) -> list[int]:
    """Return the ports of 80 or 80-82. Raises Fail."""
    found = re.match(r"(\d+)(?:-(\d+))?$", text.strip())
    first, last = (int(found.group(1)), int(found.group(2) or found.group(1))) if found else (1, 0)
    if first > last or last > 65535:
        raise Fail("not a port, or a range of ports: '%s'" % text)
    return list(range(first, last + 1))


def bindings(ports: list[str]) -> dict[str, list[tuple[str | None, str]]]:
    """Return the addresses and ports of the host for each port of the container. Raises Fail."""
    made: dict[str, list[tuple[str | None, str]]] = {}
    for port in ports:
        for inside, outside in _pairs(str(port)):
            made.setdefault(inside, []).append(outside)
    return made


def _pairs(port: str) -> list[tuple[str, tuple[str | None, str]]]:
    """Return each port of the container with the place of the host that leads to it."""
    parts = _COLON.split(port)
    if len(parts) > 3:
        raise Fail(
            "a published port has one to three parts with colons between them, and IPv6 addresses in square"
            " brackets: '%s'" % port
        )
    container, _, protocol = parts[-1].partition("/")
    inside = numbers(container)
    address = _address(parts[0]) if len(parts) == 3 else None  # found out later
    host = parts[-2] if len(parts) > 1 else ""
    if not host:
        outside = [""] * len(inside)
    elif len(inside) == 1:
        outside = [host]  # of a range Docker takes a free one
    else:
        outside = [str(number) for number in numbers(host)]
    return [("%d/%s" % (one, protocol or "tcp"), (address, other)) for one, other in zip(inside, outside)]


def _address(text: str) -> str:
    if _V4.match(text):
        return text
    if _V6.match(text):
        return text[1:-1] if "%" not in text else text
    raise Fail("ports are published on IPv4 addresses and on IPv6 addresses in brackets, not on '%s'" % text)


def exposed(ports: list[str]) -> set[str]:
    """Return each port that is told of, with its protocol. Raises Fail."""
    found: set[str] = set()
    for port in ports:
        text, _, protocol = str(port).strip().partition("/")
        found.update("%d/%s" % (number, protocol or "tcp") for number in numbers(text))
    return found


def prepare_published(wanted: Wanted, ports: list[str]) -> dict[str, list[dict[str, str]]]:
    """Return published ports as the API has them."""
    made = bindings(ports)
    places = [place for some in made.values() for place in some]
    default = _default_address(wanted) if any(address is None for address, _ in places) else ""
    return {
        inside: [
            {"HostIp": default if address is None else address, "HostPort": port} for address, port in some
        ]
        for inside, some in made.items()
    }


def _default_address(wanted: Wanted) -> str:
    """Return the address on which ports are published: what is said, what a network says, or all of them."""
    said = wanted.args.get("default_host_ip")
    if said is not None:
        return "[%s]" % said if ":" in said and not said.startswith("[") else said
    for network in as_list(wanted.args.get("networks")):
        found = wanted.api.get("/networks/%s", network["name"])
        bound = mapping(found.get("Options")).get("com.docker.network.bridge.host_binding_ipv4")
        if found.get("Driver") == "bridge" and bound:
            return bound
    return "0.0.0.0"  # noqa: S104


def prepare_exposed(wanted: Wanted, ports: list[str]) -> list[str]:
    """Return the ports that the container shall tell of; published ones are among them."""
    return sorted(exposed(ports) | set(bindings(as_list(wanted.args.get("published_ports")))))


def expect_exposed(wanted: Wanted, ports: list[str] | None) -> list[str]:
    return sorted(set(ports or ()) | _normal(wanted.of_image("ExposedPorts")))


def read_exposed(container: dict[str, Any]) -> list[str]:
    return sorted(_normal(container["Config"].get("ExposedPorts")))


def _normal(ports: Any) -> set[str]:
    """Return ports of the API one by one, each with its protocol."""
    try:
        return exposed(list(mapping(ports)))
    except Fail:  # whatever Docker takes for a port
        return set(mapping(ports))
