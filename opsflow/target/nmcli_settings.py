"""Options of nmcli as properties of connections, and how values of properties are compared."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Options = dict[str, Any]
    Properties = dict[str, str]

_ALL = {
    "autoconnect": "connection.autoconnect",
    "autoconnect_priority": "connection.autoconnect-priority",
    "autoconnect_retries": "connection.autoconnect-retries",
    "zone": "connection.zone",
}
_IP = {
    "ip4": "ipv4.addresses",
    "dhcp_client_id": "ipv4.dhcp-client-id",
    "dns4": "ipv4.dns",
    "dns4_search": "ipv4.dns-search",
    "dns4_options": "ipv4.dns-options",
    "dns4_ignore_auto": "ipv4.ignore-auto-dns",
    "gw4": "ipv4.gateway",
    "gw4_ignore_auto": "ipv4.ignore-auto-routes",
    "routes4": "ipv4.routes",
    "route_metric4": "ipv4.route-metric",
    "routing_rules4": "ipv4.routing-rules",
    "never_default4": "ipv4.never-default",
    "method4": "ipv4.method",
    "may_fail4": "ipv4.may-fail",
    "ip6": "ipv6.addresses",
    "dns6": "ipv6.dns",
    "dns6_search": "ipv6.dns-search",
    "dns6_options": "ipv6.dns-options",
    "dns6_ignore_auto": "ipv6.ignore-auto-dns",
    "gw6": "ipv6.gateway",
    "gw6_ignore_auto": "ipv6.ignore-auto-routes",
    "routes6": "ipv6.routes",
    "route_metric6": "ipv6.route-metric",
    "routing_rules6": "ipv6.routing-rules",
    "method6": "ipv6.method",
    "ip_privacy6": "ipv6.ip6-privacy",
    "addr_gen_mode6": "ipv6.addr-gen-mode",
}
_MASTER = {"master": "connection.master", "slave_type": "connection.slave-type"}
_BOND = (
    "mode", "miimon", "downdelay", "updelay", "arp_interval", "arp_ip_target", "primary", "xmit_hash_policy",
    "fail_over_mac",
)  # fmt: skip
_TUNNEL = {
    "ip_tunnel_local": "ip-tunnel.local",
    "ip_tunnel_dev": "ip-tunnel.parent",
    "ip_tunnel_remote": "ip-tunnel.remote",
}
_KINDS = {
    "bond": {name: "bond.options." + name for name in _BOND},
    "bridge": {
        "mac": "bridge.mac-address",
        "ageingtime": "bridge.ageing-time",
        "forwarddelay": "bridge.forward-delay",
        "hellotime": "bridge.hello-time",
        "maxage": "bridge.max-age",
        "priority": "bridge.priority",
        "stp": "bridge.stp",
    },
    "bridge-slave": {
        "path_cost": "bridge-port.path-cost",
        "hairpin": "bridge-port.hairpin-mode",
        "slavepriority": "bridge-port.priority",
    },
    "team": {
        "runner": "team.runner",
        "runner_hwaddr_policy": "team.runner-hwaddr-policy",
        "runner_fast_rate": "team.runner-fast-rate",
    },
    "gre": dict(
        _TUNNEL, ip_tunnel_input_key="ip-tunnel.input-key", ip_tunnel_output_key="ip-tunnel.output-key"
    ),
    "ipip": _TUNNEL,
    "sit": _TUNNEL,
    "vlan": {
        "vlanid": "vlan.id",
        "vlandev": "vlan.parent",
        "flags": "vlan.flags",
        "ingress": "vlan.ingress-priority-map",
        "egress": "vlan.egress-priority-map",
    },
    "vxlan": {
        "vxlan_id": "vxlan.id",
        "vxlan_parent": "vxlan.parent",
        "vxlan_local": "vxlan.local",
        "vxlan_remote": "vxlan.remote",
    },
    "wifi": {"ssid": "802-11-wireless.ssid"},
    "infiniband": {
        "transport_mode": "infiniband.transport-mode",
        "infiniband_mac": "infiniband.mac-address",
        "mtu": "infiniband.mtu",
    },
    "vrf": {"table": "vrf.table"},
}
"""The properties of each kind of connection that options stand for."""

_GROUPS = {
    "wifi": {"wifi": "802-11-wireless", "wifi_sec": "802-11-wireless-security"},
    "gsm": {"gsm": "gsm"},
    "macvlan": {"macvlan": "macvlan"},
    "wireguard": {"wireguard": "wireguard"},
    "ethernet": {"sriov": "sriov"},
}
"""Options that are mappings, and the setting whose properties they hold."""

_NO_IP = ("bond-slave", "bridge-slave", "team-slave", "vxlan", "ovs-bridge", "ovs-port")
_WITH_MASTER = (
    "ethernet", "bridge", "bond", "vlan", "team", "wifi", "bond-slave", "bridge-slave", "team-slave",
    "infiniband", "ovs-port", "ovs-interface", "vxlan",
)  # fmt: skip
_WITH_MTU = ("bond", "bond-slave", "dummy", "ethernet", "team-slave", "vlan")
_BARE = ("dummy", "macvlan", "wireguard")  # without addresses they have no IP

TUNNELS = ("gre", "ipip", "sit")
NAMES = {"802-3-ethernet": "ethernet", "802-11-wireless": "wifi"}  # NetworkManager's for kinds of ours
_SECRETS = (
    "leap-password",
    "psk",
    "password",
    "pin",
    "private-key",
    "wep-key0",
    "wep-key1",
    "wep-key2",
    "wep-key3",
)
_PRIVACY = {"disabled": "0", "prefer-public-addr": "1", "prefer-temp-addr": "2", "unknown": "-1"}
_WORDS = {
    "powersave": ("default", "ignore", "disable", "enable"),
    "mac-address-randomization": ("default", "never", "always"),
}
"""What nmcli shows for numbers."""
_ORDERED = ("addresses", "dns", "dns-search")
_LISTS = (
    *_ORDERED, "dns-options", "routes", "routing-rules", "group", "pairwise", "proto", "psk-flags",
    "wep-key-flags", "leap-password-flags", "mac-address-blacklist", "ingress-priority-map",
    "egress-priority-map", "data",
)  # fmt: skip


def properties(kind: str, want: Options) -> Properties:
    """Return what a connection of a kind is to have: NetworkManager's properties with their values."""
    want = dict(want)
    port = kind.endswith("-slave")
    if port:
        want.setdefault("slave_type", kind[: -len("-slave")])
    elif kind == "wifi" and "master" in want:
        want.setdefault("slave_type", "bond")
    if kind == "bond" and want["bond_mode_behavior"] == "reset":
        want.setdefault("mode", "balance-rr")
    names = dict(_ALL)
    alone = "master" not in want or want.get("slave_type") == "vrf"
    if kind == "ovs-interface" or (kind not in _NO_IP and alone):
        names.update(_IP)
        _addresses(kind, want)
    names["mac"] = "802-3-ethernet.cloned-mac-address"
    if kind in _WITH_MTU:
        names["mtu"] = "802-3-ethernet.mtu"
    if kind in _WITH_MASTER:
        names.update(_MASTER)
    names.update(_KINDS.get(kind, {}))
    found = {prop: written(want[option]) for option, prop in names.items() if want.get(option) is not None}
    if kind in TUNNELS:
        found["ip-tunnel.mode"] = kind
    for option, setting in _GROUPS.get(kind, {}).items():
        for name, value in want.get(option, {}).items():
            found["%s.%s" % (setting, name.replace("_", "-"))] = written(value)
    if kind == "vpn" and "vpn" in want:
        found.update(_vpn(want["vpn"]))
    return found


def _addresses(kind: str, want: Options) -> None:
    """Complete what is said about IP: prefixes, routes, methods."""
    for version, bits in (("4", "32"), ("6", "128")):
        addresses: list[str] | None = want.get("ip" + version)
        if addresses is not None:
            want["ip" + version] = [one if "/" in one else one + "/" + bits for one in addresses]
        more: list[Options] | None = want.get("routes%s_extended" % version)
        if more is not None:
            want["routes" + version] = [_route(route) for route in more]
        if addresses:
            want.setdefault("method" + version, "manual")
        elif kind in _BARE:
            want.setdefault("method" + version, "disabled")


def _route(route: Options) -> str:
    words = [str(route[key]) for key in ("ip", "next_hop", "metric") if key in route]
    more = sorted(set(route) - {"ip", "next_hop", "metric"})
    return " ".join(words + ["%s=%s" % (key, str(route[key]).lower()) for key in more])


def _vpn(vpn: Options) -> Properties:
    data = {key.replace("_", "-"): written(value) for key, value in vpn.items()}
    found = {"vpn.service-type": data.pop("service-type"), "connection.permissions": data.pop("permissions")}
    found["vpn.data"] = ", ".join("%s=%s" % item for item in data.items())
    return found


def written(value: Any) -> str:
    """Return a value as nmcli takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def is_secret(prop: str, value: str) -> bool:
    """Tell whether a value must not stand in a command line."""
    return prop.rpartition(".")[2] in _SECRETS or (prop == "vpn.data" and "ipsec-psk" in value)


def canonical(prop: str, text: str) -> Any:
    """Return a value so that those that mean the same are equal."""
    name = prop.rpartition(".")[2]
    if name in _LISTS:
        split = r"[,\s]+" if name.endswith("-map") else r"\s*[,;]\s*"
        parts = [_part(name, part) for part in re.split(split, text.strip()) if part]
        return parts if name in _ORDERED else sorted(parts)
    if name == "ip6-privacy":
        return _PRIVACY.get(text, text)
    if text in _WORDS.get(name, ()):
        return str(_WORDS[name].index(text))
    if name == "permissions":
        return text[len("user:") :] if text.startswith("user:") else text
    if name.endswith("mac-address") or name == "bssid":
        return text.upper()
    if re.match(r"0x[0-9a-fA-F]+$", text):
        return str(int(text, 16))
    return {"": None, "default": "0", "auto": "0" if name == "mtu" else text, "true": "yes"}.get(text, text)


def _part(name: str, text: str) -> str:
    if name == "data":
        return re.sub(r"\s*=\s*", "=", text, count=1)
    words = text.split()
    return " ".join([one for one in words if "=" not in one] + sorted(one for one in words if "=" in one))
