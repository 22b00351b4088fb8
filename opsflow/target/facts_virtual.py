"""Facts about virtualization: what this host is a guest of, and what guests it can hold."""

from __future__ import annotations

import os
import re

from opsflow.target.facts import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather

    Found = list[tuple[str, set[str]]]

_DMI = "/sys/devices/virtual/dmi/id/"
# A file of /sys/devices/virtual/dmi/id, a pattern for its whole text, Ansible's name
_FIRMWARE = (
    ("product_name", r"KVM|KVM Server|Bochs|AHV", "kvm"),
    ("sys_vendor", r"oVirt", "oVirt"),
    ("product_name", r"RHEV Hypervisor", "RHEV"),
    ("product_family", r"RHV", "RHEV"),
    ("product_name", r"VMware.*", "VMware"),
    ("product_name", r"OpenStack (Compute|Nova)", "openstack"),
    ("bios_vendor", r"Xen", "xen"),
    ("bios_vendor", r"innotek GmbH", "virtualbox"),
    ("product_name", r"VirtualBox", "virtualbox"),
    ("product_name", r"BHYVE", "bhyve"),
    ("bios_vendor", r"BHYVE", "bhyve"),
    ("sys_vendor", r"Parallels.*", "parallels"),
    ("product_name", r"Parallels.*", "parallels"),
    ("sys_vendor", r"OpenStack Foundation", "openstack"),
    ("sys_vendor", r"QEMU|Amazon EC2|DigitalOcean|Hetzner|Google|Alibaba Cloud|Scaleway|Linode|Vultr", "kvm"),
)


def virtual(gather: Gather) -> dict[str, Any]:
    """Return the kind of guest or host that this is; a guest's kind comes first."""
    guest = _containers() + _machine()
    host = _hosts()
    first = guest or host
    return {
        "virtualization_type": first[0][0] if first else "NA",
        "virtualization_role": "guest" if guest else "host" if host else "NA",
        "virtualization_tech_guest": sorted({name for _, tech in guest for name in tech}),
        "virtualization_tech_host": sorted({name for _, tech in host for name in tech}),
    }


def _containers() -> Found:
    found: Found = []
    for line in read("/proc/1/cgroup").splitlines():
        if re.search(r"/docker(/|-[0-9a-f]+\.scope)", line):
            found.append(("docker", {"docker", "container"}))
        elif re.search(r"/lxc/|/machine\.slice/machine-lxc|/lxc\.payload", line):
            found.append(("lxc", {"lxc", "container"}))
        elif "/system.slice/containerd.service" in line:
            found.append(("containerd", {"containerd", "container"}))
    manager = _environ_of_init()
    if manager:
        found.append((manager if manager in ("lxc", "podman") else "container", {manager, "container"}))
    manager = read("/run/systemd/container")
    if manager:
        found.append((manager, {manager, "container"}))
    if os.path.exists("/.dockerenv") or os.path.exists("/.dockerinit"):
        found.append(("docker", {"docker", "container"}))
    if os.path.exists("/proc/vz") and not os.path.exists("/proc/lve") and not os.path.exists("/proc/bc"):
        found.append(("openvz", {"openvz", "container"}))
    return found


def _environ_of_init() -> str:
    """Return what a container's manager put into the environment of the first process."""
    for item in read("/proc/1/environ").split("\0"):
        if item.startswith("container="):
            return item.partition("=")[2]
    return ""


def _machine() -> Found:
    found: Found = []
    if os.path.exists("/proc/xen") and "control_d" not in read("/proc/xen/capabilities"):
        found.append(("xen", {"xen"}))
    for name, pattern, kind in _FIRMWARE:
        if re.match("(?:%s)$" % pattern, read(_DMI + name)):
            found.append((kind, {kind}))
    if read(_DMI + "sys_vendor") == "Microsoft Corporation" and "Virtual" in read(_DMI + "product_name"):
        found.append(("VirtualPC", {"VirtualPC"}))
    cpuinfo = read("/proc/cpuinfo")
    if re.search(r"^model name.*QEMU Virtual CPU", cpuinfo, re.MULTILINE):
        found.append(("kvm", {"kvm"}))
    if re.search(r"^vendor_id.*User Mode Linux", cpuinfo, re.MULTILINE):
        found.append(("uml", {"uml"}))
    if re.search(r"^vendor_id.*PowerVM Lx86", cpuinfo, re.MULTILINE):
        found.append(("powervm_lx86", {"powervm_lx86"}))
    return found


def _hosts() -> Found:
    found: Found = []
    modules = {line.split(" ", 1)[0] for line in read("/proc/modules").splitlines()}
    if "control_d" in read("/proc/xen/capabilities"):
        found.append(("xen", {"xen"}))
    if os.path.exists("/proc/vz") and os.path.exists("/proc/bc"):
        found.append(("openvz", {"openvz"}))
    if "kvm" in modules or os.path.exists("/dev/kvm"):
        found.append(("kvm", {"kvm"}))
    if "vboxdrv" in modules:
        found.append(("virtualbox", {"virtualbox"}))
    return found
