"""The settings of nmcli that are mappings: what a kind of connection has and no other."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from .module import ModuleArgs
from .types import Bool, Int, StrList, Text, arg


class Gsm(ModuleArgs):
    """Mobile broadband."""

    apn: Text | None = None
    """The access point's name."""
    auto_config: Bool | None = arg(None, name="auto-config")
    """Let the network choose the settings."""
    device_id: Text | None = arg(None, name="device-id")
    """The device to use."""
    home_only: Bool | None = arg(None, name="home-only")
    """Do not roam."""
    mtu: Int | None = None
    """The MTU."""
    network_id: Text | None = arg(None, name="network-id")
    """The network to use and no other."""
    number: Text | None = None
    """The number to dial."""
    password: Text | None = arg(None, secret=True)
    """The password."""
    password_flags: Int | None = arg(None, name="password-flags")
    """Who keeps the password: 0 the system, 1 the user, 2 nobody, 4 none is needed."""
    pin: Text | None = arg(None, secret=True)
    """The PIN of the card."""
    pin_flags: Int | None = arg(None, name="pin-flags")
    """Who keeps the PIN."""
    sim_id: Text | None = arg(None, name="sim-id")
    """The card to use."""
    sim_operator_id: Text | None = arg(None, name="sim-operator-id")
    """The operator of the card to use."""
    username: Text | None = None
    """The user's name."""


class Macvlan(ModuleArgs):
    """An interface upon another one."""

    mode: Int
    """1 vepa, 2 bridge, 3 private, 4 passthru, 5 source."""
    parent: Text
    """The interface below, or its connection."""
    promiscuous: Bool | None = None
    """Take all packets."""
    tap: Bool | None = None
    """Make a macvtap."""


class Sriov(ModuleArgs):
    """Virtual functions of a network card."""

    autoprobe_drivers: Int | None = arg(None, name="autoprobe-drivers")
    """Whether drivers take the virtual functions."""
    eswitch_encap_mode: Int | None = arg(None, name="eswitch-encap-mode")
    """Encapsulation of the switch in the card."""
    eswitch_inline_mode: Int | None = arg(None, name="eswitch-inline-mode")
    """Inline mode of that switch."""
    eswitch_mode: Int | None = arg(None, name="eswitch-mode")
    """Mode of that switch."""
    total_vfs: Int | None = arg(None, name="total-vfs")
    """How many virtual functions there are."""
    vfs: Text | None = None
    """Each of them, as nmcli writes it."""


class Vpn(ModuleArgs):
    """A VPN of a plugin."""

    permissions: Text
    """Who may use the connection."""
    service_type: Text = arg(..., name="service-type")
    """The plugin, such as org.freedesktop.NetworkManager.l2tp."""
    gateway: Text
    """The server."""
    user: Text
    """The user's name."""
    password_flags: Int | None = arg(None, name="password-flags")
    """Who keeps the password."""
    ipsec_enabled: Bool | None = arg(None, name="ipsec-enabled")
    """Use IPsec."""
    ipsec_psk: Text | None = arg(None, name="ipsec-psk", secret=True)
    """The shared key of IPsec."""


class Wifi(ModuleArgs):
    """A wireless network."""

    ap_isolation: Int | None = arg(None, name="ap-isolation")
    """Keep clients of an access point apart: -1, 0 or 1."""
    assigned_mac_address: Text | None = arg(None, name="assigned-mac-address")
    """The MAC address: permanent, random, stable or an address."""
    band: Text | None = None
    """a or bg."""
    bssid: Text | None = None
    """The one access point to use."""
    channel: Int | None = None
    """The channel."""
    cloned_mac_address: Text | None = arg(None, name="cloned-mac-address")
    """The MAC address to show."""
    generate_mac_address_mask: Text | None = arg(None, name="generate-mac-address-mask")
    """Which bits of a random MAC address are kept."""
    hidden: Bool | None = None
    """The network does not tell its name."""
    mac_address: Text | None = arg(None, name="mac-address")
    """The card that the connection is for."""
    mac_address_blacklist: StrList | None = arg(None, name="mac-address-blacklist")
    """Cards that it is not for."""
    mac_address_randomization: Int | None = arg(None, name="mac-address-randomization")
    """0 default, 1 never, 2 always."""
    mode: Text | None = None
    """infrastructure, mesh, adhoc or ap."""
    mtu: Int | None = None
    """The MTU."""
    powersave: Int | None = None
    """0 default, 1 as it is, 2 off, 3 on."""
    rate: Int | None = None
    """The speed, in kbit/s."""
    tx_power: Int | None = arg(None, name="tx-power")
    """The power, in dBm."""
    wake_on_wlan: Int | None = arg(None, name="wake-on-wlan")
    """What wakes the host, as a number of flags."""

    @model_validator(mode="before")
    @classmethod
    def _named_elsewhere(cls, given: Any) -> Any:
        if isinstance(given, dict) and "ssid" in given:
            raise ValueError("give the name of the network as ssid, beside wifi")
        return given  # pyright: ignore[reportUnknownVariableType]


class WifiSecurity(ModuleArgs):
    """How a wireless network is protected."""

    auth_alg: Text | None = arg(None, name="auth-alg")
    """open, shared or leap."""
    fils: Int | None = None
    """Fast link setup: 0 default, 1 off, 2 where it can be, 3 on."""
    group: StrList | None = None
    """Ciphers for what goes to all."""
    key_mgmt: Text | None = arg(None, name="key-mgmt")
    """none, ieee8021x, owe, wpa-psk, sae, wpa-eap or wpa-eap-suite-b-192."""
    leap_password: Text | None = arg(None, name="leap-password", secret=True)
    """The password of LEAP."""
    leap_password_flags: StrList | None = arg(None, name="leap-password-flags")
    """Who keeps it."""
    leap_username: Text | None = arg(None, name="leap-username")
    """The user's name of LEAP."""
    pairwise: StrList | None = None
    """Ciphers for what goes to one."""
    pmf: Int | None = None
    """Protection of management frames: 0 default, 1 off, 2 where it can be, 3 on."""
    proto: StrList | None = None
    """wpa, rsn."""
    psk: Text | None = arg(None, secret=True)
    """The shared key."""
    psk_flags: StrList | None = arg(None, name="psk-flags")
    """Who keeps it."""
    wep_key_flags: StrList | None = arg(None, name="wep-key-flags")
    """Who keeps the keys of WEP."""
    wep_key_type: Int | None = arg(None, name="wep-key-type")
    """1 a key, 2 a passphrase."""
    wep_key0: Text | None = arg(None, name="wep-key0", secret=True)
    """The first key of WEP."""
    wep_key1: Text | None = arg(None, name="wep-key1", secret=True)
    """The second key of WEP."""
    wep_key2: Text | None = arg(None, name="wep-key2", secret=True)
    """The third key of WEP."""
    wep_key3: Text | None = arg(None, name="wep-key3", secret=True)
    """The fourth key of WEP."""
    wep_tx_keyidx: Int | None = arg(None, name="wep-tx-keyidx")
    """Which of them is used to send."""
    wps_method: Int | None = arg(None, name="wps-method")
    """How WPS is used, as a number of flags."""


class Wireguard(ModuleArgs):
    """A WireGuard interface."""

    fwmark: Int | None = None
    """The mark of its packets."""
    ip4_auto_default_route: Bool | None = arg(None, name="ip4-auto-default-route")
    """Route IPv4 through it where a peer allows all."""
    ip6_auto_default_route: Bool | None = arg(None, name="ip6-auto-default-route")
    """Route IPv6 through it where a peer allows all."""
    listen_port: Int | None = arg(None, name="listen-port")
    """The UDP port."""
    mtu: Int | None = None
    """The MTU."""
    peer_routes: Bool | None = arg(None, name="peer-routes")
    """Add routes for what peers allow."""
    private_key: Text | None = arg(None, name="private-key", secret=True)
    """The private key."""
    private_key_flags: Int | None = arg(None, name="private-key-flags")
    """Who keeps it."""


class Route(ModuleArgs):
    """A route."""

    ip: Text
    """The network."""
    next_hop: Text | None = None
    """The gateway."""
    metric: Int | None = None
    """Its metric."""
    table: Int | None = None
    """The routing table."""
    cwnd: Int | None = None
    """The congestion window."""
    mtu: Int | None = None
    """The MTU."""
    onlink: Bool | None = None
    """The gateway is reached although no network of the interface has it."""


class Route4(Route):
    """A route of IPv4."""

    tos: Int | None = None
    """The type of service."""
