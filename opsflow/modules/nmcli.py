"""nmcli: connections of NetworkManager."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.module import Module, ModuleArgs, modules
from .base.nmcli_settings import Gsm, Macvlan, Route, Route4, Sriov, Vpn, Wifi, WifiSecurity, Wireguard
from .base.types import Bool, Int, StrList, Text, to_items

Type = Literal[
    "bond", "bond-slave", "bridge", "bridge-slave", "dummy", "ethernet", "generic", "gre", "infiniband",
    "ipip", "macvlan", "sit", "team", "team-slave", "vlan", "vxlan", "wifi", "gsm", "wireguard", "ovs-bridge",
    "ovs-port", "ovs-interface", "vpn", "vrf", "loopback",
]  # fmt: skip


@modules.register("nmcli")
class Nmcli(Module):
    """Make, change, remove, start and stop connections of NetworkManager. Passwords stand in no command line.

    Returns:
        conn_name, state: as asked for.
        Exists, Connection: whether it was there, in words.
        msg: what was done, for the states up and down.
        stdout, stderr: what nmcli said.

    Examples:
        - name: A fixed address
          nmcli:
            conn_name: lan
            ifname: eth1
            type: ethernet
            ip4: [192.0.2.10/24]
            gw4: 192.0.2.1
            dns4: [192.0.2.2, 192.0.2.3]
            state: present
    """

    class Args(ModuleArgs):
        conn_name: Text
        """The connection's name."""
        state: Literal["absent", "present", "up", "down"]
        """Whether it is there, or is used."""
        type: Type | None = None
        """Its kind; needed for a new one."""
        ifname: Text | None = None
        """The interface; for a new connection its name, if not given."""
        autoconnect: Bool = True
        """Whether it is used by itself."""
        autoconnect_priority: Int | None = None
        """Which of several is used first: the highest."""
        autoconnect_retries: Int | None = None
        """How often it is tried; 0 means forever."""
        conn_reload: Bool = False
        """Have NetworkManager read its files again."""
        zone: Text | None = None
        """The firewall's zone."""
        master: Text | None = None
        """The interface or connection that this one is part of."""
        slave_type: Literal["bond", "bridge", "team", "ovs-port", "vrf"] | None = None
        """The kind of that."""
        mac: Text | None = None
        """The MAC address to show."""
        mtu: Int | None = None
        """The MTU."""
        ip4: StrList | None = None
        """Addresses with their prefix; 32 is assumed."""
        gw4: Text | None = None
        """The gateway."""
        gw4_ignore_auto: Bool = False
        """Do not take routes by DHCP."""
        routes4: StrList | None = None
        """Routes: `192.0.2.0/24 10.0.0.1 100`."""
        routes4_extended: Annotated[list[Route4], BeforeValidator(to_items)] | None = None
        """Routes, each a mapping."""
        route_metric4: Int | None = None
        """The metric of routes."""
        routing_rules4: StrList | None = None
        """Rules for routing: `priority 5 from 192.0.2.0/24 table 100`."""
        never_default4: Bool = False
        """Never use it as the default route."""
        dns4: StrList | None = None
        """Name servers."""
        dns4_search: StrList | None = None
        """Domains to look names up in."""
        dns4_options: StrList | None = None
        """Options of the resolver."""
        dns4_ignore_auto: Bool = False
        """Do not take name servers by DHCP."""
        method4: Literal["auto", "link-local", "manual", "shared", "disabled"] | None = None
        """How addresses are got."""
        may_fail4: Bool = True
        """It is up with IPv6 alone as well."""
        dhcp_client_id: Text | None = None
        """What the host calls itself for DHCP."""
        ip6: StrList | None = None
        """Addresses with their prefix; 128 is assumed."""
        gw6: Text | None = None
        """The gateway."""
        gw6_ignore_auto: Bool = False
        """Do not take routes that routers announce."""
        routes6: StrList | None = None
        """Routes."""
        routes6_extended: Annotated[list[Route], BeforeValidator(to_items)] | None = None
        """Routes, each a mapping."""
        route_metric6: Int | None = None
        """The metric of routes."""
        routing_rules6: StrList | None = None
        """Rules for routing."""
        dns6: StrList | None = None
        """Name servers."""
        dns6_search: StrList | None = None
        """Domains to look names up in."""
        dns6_options: StrList | None = None
        """Options of the resolver."""
        dns6_ignore_auto: Bool = False
        """Do not take name servers that are announced."""
        method6: Literal["ignore", "auto", "dhcp", "link-local", "manual", "shared", "disabled"] | None = None
        """How addresses are got."""
        ip_privacy6: Literal["disabled", "prefer-public-addr", "prefer-temp-addr", "unknown"] | None = None
        """Whether temporary addresses are used."""
        addr_gen_mode6: Literal["default", "default-or-eui64", "eui64", "stable-privacy"] | None = None
        """How addresses are made up."""
        mode: (
            Literal[
                "802.3ad",
                "active-backup",
                "balance-alb",
                "balance-rr",
                "balance-tlb",
                "balance-xor",
                "broadcast",
            ]
            | None
        ) = None
        """A bond's mode."""
        bond_mode_behavior: Literal["preserve", "reset"] = "reset"
        """Whether a bond without `mode` becomes balance-rr, or stays as it is."""
        miimon: Int | None = None
        """Milliseconds between looks at the links of a bond."""
        downdelay: Int | None = None
        """Milliseconds until a link of a bond counts as down."""
        updelay: Int | None = None
        """Milliseconds until it counts as up."""
        arp_interval: Int | None = None
        """Milliseconds between questions by ARP of a bond."""
        arp_ip_target: Text | None = None
        """Whom it asks: addresses."""
        primary: Text | None = None
        """A bond's first interface."""
        xmit_hash_policy: Text | None = None
        """How a bond chooses the interface to send by."""
        fail_over_mac: Literal["none", "active", "follow"] | None = None
        """Which MAC addresses the interfaces of a bond have."""
        stp: Bool = True
        """Whether a bridge speaks the spanning tree protocol."""
        priority: Int = 128
        """A bridge's priority in it."""
        forwarddelay: Int = 15
        """Its delay before it forwards, in seconds."""
        hellotime: Int = 2
        """Seconds between its messages."""
        maxage: Int = 20
        """Seconds that messages count."""
        ageingtime: Int = 300
        """Seconds that it remembers MAC addresses."""
        slavepriority: Int = 32
        """The priority of a bridge's port."""
        path_cost: Int = 100
        """The cost of a bridge's port."""
        hairpin: Bool = False
        """Whether a bridge's port sends packets back where they came from."""
        runner: Literal["broadcast", "roundrobin", "activebackup", "loadbalance", "lacp"] = "roundrobin"
        """How a team works."""
        runner_hwaddr_policy: Literal["same_all", "by_active", "only_active"] | None = None
        """Which MAC addresses the ports of a team have, with the runner activebackup."""
        runner_fast_rate: Bool | None = None
        """Have packets sent each second, with the runner lacp."""
        vlanid: Int | None = None
        """The VLAN's number."""
        vlandev: Text | None = None
        """The interface below."""
        flags: Text | None = None
        """Flags of the VLAN, as a number."""
        ingress: Text | None = None
        """Priorities of what comes in: `1:2,3:4`."""
        egress: Text | None = None
        """Priorities of what goes out."""
        vxlan_id: Int | None = None
        """The VXLAN's number."""
        vxlan_parent: Text | None = None
        """The interface below."""
        vxlan_local: Text | None = None
        """The own address of the tunnel."""
        vxlan_remote: Text | None = None
        """The other address, or a group."""
        ip_tunnel_dev: Text | None = None
        """The interface below a tunnel."""
        ip_tunnel_local: Text | None = None
        """The tunnel's own address."""
        ip_tunnel_remote: Text | None = None
        """The tunnel's other address."""
        ip_tunnel_input_key: Text | None = None
        """The key of packets that come in, for gre."""
        ip_tunnel_output_key: Text | None = None
        """The key of packets that go out, for gre."""
        table: Int | None = None
        """The routing table of a VRF."""
        transport_mode: Literal["datagram", "connected"] | None = None
        """How InfiniBand sends IP."""
        infiniband_mac: Text | None = None
        """The MAC address of the InfiniBand card."""
        ssid: Text | None = None
        """The name of the wireless network."""
        wifi: Wifi | None = None
        """More about that network."""
        wifi_sec: WifiSecurity | None = None
        """How it is protected."""
        ignore_unsupported_suboptions: Bool = False
        """Leave out what this NetworkManager does not know of the two."""
        gsm: Gsm | None = None
        """Mobile broadband."""
        macvlan: Macvlan | None = None
        """An interface upon another one."""
        wireguard: Wireguard | None = None
        """A WireGuard interface."""
        vpn: Vpn | None = None
        """A VPN."""
        sriov: Sriov | None = None
        """Virtual functions of a network card."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            for one, other in (("routes4", "routes4_extended"), ("routes6", "routes6_extended")):
                if getattr(self, one) is not None and getattr(self, other) is not None:
                    raise ValueError(f"give {one} or {other}, not both")
            if self.never_default4 and self.gw4 is not None:
                raise ValueError("never_default4 and gw4 do not go together")
            if self.type == "wifi" and self.ssid is None:
                raise ValueError("type wifi needs ssid")
            if self.type == "macvlan" and self.macvlan is None and self.state == "present":
                raise ValueError("type macvlan needs macvlan")
            self._check_team()
            self._check_master()
            return self

        def _check_team(self) -> None:
            if self.type != "team":
                return
            if self.runner_hwaddr_policy and self.runner != "activebackup":
                raise ValueError("runner_hwaddr_policy is for the runner activebackup")
            if self.runner_fast_rate is not None and self.runner != "lacp":
                raise ValueError("runner_fast_rate is for the runner lacp")

        def _check_master(self) -> None:
            kind, port, _ = (self.type or "").partition("-slave")
            if port and self.slave_type not in (None, kind):
                raise ValueError(f"type {self.type} and slave_type {self.slave_type} do not go together")
            if not port and self.slave_type is not None and self.master is None:
                raise ValueError("slave_type needs master")

    target = "nmcli.run"
