"""Facts: chooses the collectors that are asked for, and gives their facts Ansible's names."""

from __future__ import annotations

import fnmatch

from opsflow.target.facts import Gather
from opsflow.target.facts_disks import devices, mounts
from opsflow.target.facts_distribution import distribution, lsb, pkg_mgr
from opsflow.target.facts_hardware import dmi, lvm, memory, processors, uptime
from opsflow.target.facts_local import local
from opsflow.target.facts_network import network
from opsflow.target.facts_security import apparmor, fips, selinux, ssh_pub_keys
from opsflow.target.facts_system import (
    caps,
    chroot,
    cmdline,
    date_time,
    dns,
    env,
    loadavg,
    platform,
    python,
    service_mgr,
    storage_names,
    systemd,
    user,
)
from opsflow.target.facts_virtual import virtual
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request

    Collector = Callable[[Gather], dict[str, Any]]

_MINIMUM = {
    "apparmor": [apparmor],
    "caps": [caps],
    "cmdline": [cmdline],
    "date_time": [date_time],
    "distribution": [distribution],
    "dns": [dns],
    "env": [env],
    "fips": [fips],
    "local": [local],
    "lsb": [lsb],
    "pkg_mgr": [distribution, pkg_mgr],
    "platform": [platform],
    "python": [python],
    "selinux": [selinux],
    "service_mgr": [platform, distribution, service_mgr],
    "ssh_pub_keys": [ssh_pub_keys],
    "user": [user],
}
_MORE = {
    "chroot": [chroot],
    "fibre_channel_wwn": [storage_names],
    "hardware": [platform, processors, memory, dmi, devices, mounts, uptime, lvm],
    "iscsi": [storage_names],
    "loadavg": [loadavg],
    "network": [platform, distribution, network],
    "nvme": [storage_names],
    "systemd": [systemd],
    "virtual": [virtual],
    "facter": [],  # of tools that Ansible asks where they are installed, and we do not
    "ohai": [],
}
_SUBSETS: dict[str, list[Collector]] = dict(_MINIMUM, **_MORE)
# Facts that may be named in place of the subset that they belong to
_FACTS_OF = {
    "caps": "system_capabilities system_capabilities_enforced",
    "chroot": "is_chroot",
    "distribution": "distribution_major_version distribution_release distribution_version os_family",
    "hardware": "devices mounts processor processor_cores processor_count",
    "network": "all_ipv4_addresses all_ipv6_addresses default_ipv4 default_ipv6 interfaces",
    "platform": "architecture kernel kernel_version machine machine_id python_version system",
    "ssh_pub_keys": "ssh_host_key_dsa_public ssh_host_key_ecdsa_public ssh_host_key_ed25519_public "
    "ssh_host_key_rsa_public ssh_host_pub_keys",
    "user": "effective_group_ids effective_user_id real_user_id user_dir user_gecos user_gid user_id "
    "user_shell user_uid",
    "virtual": "virtualization_role virtualization_tech_guest virtualization_tech_host virtualization_type",
}
_SUBSET_OF = {fact: subset for subset, facts in _FACTS_OF.items() for fact in facts.split()}


def run(
    request: Request,
    gather_subset: list[str],
    filter: list[str],
    gather_timeout: float = 10,
    fact_path: str = "/etc/ansible/facts.d",
) -> dict[str, Any]:
    """Collect the facts of the subsets; a collector that fails costs its own facts and a warning."""
    gather = Gather(request, gather_timeout, fact_path)
    collectors: list[Collector] = []
    for subset in _chosen(gather_subset):
        collectors += [collector for collector in _SUBSETS[subset] if collector not in collectors]
    facts: dict[str, Any] = {}
    for collector in collectors:
        request.raise_if_cancelled()
        try:
            found = collector(gather)
        except (Fail, OSError, ValueError, LookupError) as error:
            gather.warnings.append("could not collect %s: %s" % (collector.__name__, error))
            continue
        facts.update(("ansible_" + name, value) for name, value in found.items())
    facts.update(gather_subset=gather_subset, module_setup=True)
    if filter:
        facts = {name: value for name, value in facts.items() if _matches(name, filter)}
    result: dict[str, Any] = {"changed": False, "ansible_facts": facts}
    if gather.warnings:
        result["warnings"] = gather.warnings
    return result


def _chosen(wanted: list[str]) -> list[str]:
    """Return the subsets to collect: the minimum goes along with each choice unless it is refused.

    As with Ansible a choice that only refuses others, such as `!hardware`, is one of the minimum.
    """
    added: set[str] = set()
    removed: set[str] = set()
    for word in wanted:
        name = word.lstrip("!")
        subsets = _resolve(name)
        if word.startswith("!"):
            removed |= set(_MORE) if name == "all" else subsets
        else:
            added |= subsets
    explicit = {_SUBSET_OF.get(word, word) for word in wanted}
    base = set(_SUBSETS) if "all" in wanted else added | set(_MINIMUM)
    return [name for name in _SUBSETS if name in base and (name not in removed or name in explicit)]


def _resolve(name: str) -> set[str]:
    if name == "all":
        return set(_SUBSETS)
    if name == "min":
        return set(_MINIMUM)
    subset = _SUBSET_OF.get(name, name)
    if subset not in _SUBSETS:
        known = sorted(["all", "min", *list(_SUBSETS), *list(_SUBSET_OF)])
        raise Fail("there is no subset '%s' of facts; there are: %s" % (name, ", ".join(known)))
    return {subset}


def _matches(name: str, patterns: list[str]) -> bool:
    return any(
        fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, "ansible_" + pattern) for pattern in patterns
    )
