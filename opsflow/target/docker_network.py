"""Networks of Docker."""

from __future__ import annotations

import ipaddress
import time

from opsflow.target.docker_api import Docker, as_list, mapping, with_warnings
from opsflow.target.docker_diff import Differences, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from opsflow.target.request import Request

_SINCE = {
    "config_from": (1, 30), "config_only": (1, 30), "scope": (1, 30), "attachable": (1, 26),
    "enable_ipv4": (1, 47),
}  # fmt: skip
_SWITCHES = {
    "config_only": "ConfigOnly", "enable_ipv4": "EnableIPv4", "enable_ipv6": "EnableIPv6",
    "internal": "Internal", "attachable": "Attachable", "ingress": "Ingress",
}  # fmt: skip
"""Options that are on or off, each with its name in Docker."""
_POOL = {
    "subnet": "Subnet", "iprange": "IPRange", "gateway": "Gateway", "aux_addresses": "AuxiliaryAddresses",
}  # fmt: skip


def run(request: Request, docker: Mapping[str, Any], name: str, state: str, **want: Any) -> dict[str, Any]:
    """Have a network with certain containers in it, or have it no more."""
    api = Docker(request, docker)
    for option, version in _SINCE.items():
        if want.get(option) is not None:
            api.need(version, option)
    if want.get("config_only"):
        want["driver"] = "null"
    network = Network(api, name, want)
    return network.present() if state == "present" else network.absent()


class Network:
    """A network: what is wanted of it, and what was done."""

    def __init__(self, api: Docker, name: str, want: dict[str, Any]) -> None:
        self.api = api
        self.name = name
        self.want = want
        self.check = api.request.check
        self.found = _find(api, name)
        self.diff = Differences()
        self.result: dict[str, Any] = {"changed": False, "actions": []}

    def present(self) -> dict[str, Any]:
        wanted: list[str] = self.want["connected"] or self.connected()
        differs = _differences(self.found, self.want) if self.found else Differences()
        self.diff.add("exists", True, self.found is not None)
        if self.found and (self.want["force"] or differs.items):
            self.remove()
        if not self.found:
            self.create()
        for container in wanted:
            self.connect(container)
        if not self.want["appends"]:
            for container in self.connected():
                if container not in wanted:
                    self.disconnect(container)
        self.result["network"] = _find(self.api, self.name)
        return told(self.api, self.result, self.diff, differs, True)

    def absent(self) -> dict[str, Any]:
        self.diff.add("exists", False, self.found is not None)
        if self.found:
            self.remove()
        return told(self.api, self.result, self.diff, Differences(), False)

    def connected(self) -> list[str]:
        """Return the names of the containers in the network as it was found."""
        return [one["Name"] for one in mapping(mapping(self.found).get("Containers")).values()]

    def _do(self, action: str, change: Callable[[], Any]) -> Any:
        self.result["changed"] = True
        self.result["actions"].append(action)
        return None if self.check else change()

    def create(self) -> None:
        action = "Created network %s with driver %s" % (self.name, self.want["driver"])
        body = _body(self.name, self.want)
        answer = self._do(action, lambda: self.api.post("/networks/create", body=body))
        if answer:
            with_warnings(self.result, answer)
            self.found = self.api.get("/networks/%s", answer["Id"])

    def remove(self) -> None:
        for container in self.connected():
            self.disconnect(container)
        self._do("Removed network %s" % self.name, self._delete)
        self.found = None

    def _delete(self) -> None:
        self.api.delete("/networks/%s", self.name)
        if mapping(self.found).get("Scope") != "swarm":
            return
        while _find(self.api, self.name):  # a swarm takes its time
            self.api.request.raise_if_cancelled()
            time.sleep(0.1)

    def connect(self, container: str) -> None:
        if container in self.connected() or not self.api.find("/containers/%s/json", container):
            return
        body = {"Container": container, "EndpointConfig": None}
        self._do(
            "Connected container %s" % container,
            lambda: self.api.post("/networks/%s/connect", self.name, body=body),
        )
        self.diff.add("connected.%s" % container, True, False)

    def disconnect(self, container: str) -> None:
        body = {"Container": container, "Force": True}
        self._do(
            "Disconnected container %s" % container,
            lambda: self.api.post("/networks/%s/disconnect", self.name, body=body),
        )
        self.diff.add("connected.%s" % container, False, True)


def _find(api: Docker, name: str) -> dict[str, Any] | None:
    """Return a network by its name, else by the beginning of its ID."""
    return api.find("/networks/%s", name)


def _body(name: str, want: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"Name": name, "Driver": want["driver"], "Options": want["driver_options"]}
    body["Labels"] = want["labels"]
    for option, known_as in _SWITCHES.items():
        if want.get(option) is not None:
            body[known_as] = want[option]
    if want.get("scope"):
        body["Scope"] = want["scope"]
    if want.get("config_from"):
        body["ConfigFrom"] = {"Network": want["config_from"]}
    pools = [{_POOL[key]: value for key, value in pool.items()} for pool in as_list(want.get("ipam_config"))]
    if pools or want.get("ipam_driver") or want.get("ipam_driver_options"):
        body["IPAM"] = {
            "Driver": want.get("ipam_driver"),
            "Config": pools,
            "Options": want.get("ipam_driver_options"),
        }
    return body


def _differences(found: dict[str, Any], want: dict[str, Any]) -> Differences:
    differs = Differences()
    ipam = mapping(found.get("IPAM"))
    differs.compare(
        "config_from", want.get("config_from"), mapping(found.get("ConfigFrom")).get("Network", "")
    )
    differs.compare("driver", want["driver"], found["Driver"])
    differs.compare_entries("driver_options", want["driver_options"], found.get("Options"))
    differs.compare("ipam_driver", want.get("ipam_driver"), ipam.get("Driver"))
    differs.compare("ipam_driver_options", want.get("ipam_driver_options"), ipam.get("Options") or {})
    _compare_pools(differs, as_list(want.get("ipam_config")), as_list(ipam.get("Config")))
    for option, known_as in _SWITCHES.items():
        differs.compare(option, want.get(option), found.get(known_as, False))
    differs.compare("scope", want.get("scope"), found.get("Scope"))
    differs.compare_entries("labels", want["labels"], found.get("Labels"))
    return differs


def _compare_pools(differs: Differences, wanted: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    """Compare ranges of addresses, whatever their order and spelling."""
    if wanted and not found:
        differs.add("ipam_config", wanted, found)
        return
    known = [{key: pool.get(name) for key, name in _POOL.items()} for pool in found]
    for index, pool in enumerate(wanted):
        matches = [one for one in known if all(_same(value, one[key]) for key, value in pool.items())]
        match = matches[0] if matches else dict.fromkeys(_POOL)
        for key, value in pool.items():
            if not _same(value, match[key]):
                differs.add("ipam_config[%d].%s" % (index, key), value, match[key])


def _same(wanted: Any, found: Any) -> bool:
    return _normal(wanted) == _normal(found)


def _normal(value: Any) -> Any:
    """Return addresses and networks in the one spelling that is usual."""
    if isinstance(value, dict):
        return {key: _normal(one) for key, one in mapping(value).items()}
    try:
        return str(ipaddress.ip_network(value) if "/" in value else ipaddress.ip_address(value))
    except (ValueError, TypeError):
        return value
