"""Facts about processors, memory, the board and the time since boot."""

from __future__ import annotations

import os

from opsflow.target.facts import read, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather

    Facts = dict[str, Any]

_DMI = "/sys/devices/virtual/dmi/id"
_DMI_FACTS = {
    "bios_date": "bios_date",
    "bios_vendor": "bios_vendor",
    "bios_version": "bios_version",
    "board_asset_tag": "board_asset_tag",
    "board_name": "board_name",
    "board_serial": "board_serial",
    "board_vendor": "board_vendor",
    "board_version": "board_version",
    "chassis_asset_tag": "chassis_asset_tag",
    "chassis_serial": "chassis_serial",
    "chassis_vendor": "chassis_vendor",
    "chassis_version": "chassis_version",
    "form_factor": "chassis_type",
    "product_name": "product_name",
    "product_serial": "product_serial",
    "product_uuid": "product_uuid",
    "product_version": "product_version",
    "system_vendor": "sys_vendor",
}
# SMBIOS specification, table 17: system enclosure or chassis types
_CHASSIS = """Unknown|Other|Unknown|Desktop|Low Profile Desktop|Pizza Box|Mini Tower|Tower|Portable|Laptop
|Notebook|Hand Held|Docking Station|All In One|Sub Notebook|Space-saving|Lunch Box|Main Server Chassis
|Expansion Chassis|Sub Chassis|Bus Expansion Chassis|Peripheral Chassis|RAID Chassis|Rack Mount Chassis
|Sealed-case PC|Multi-system|CompactPCI|AdvancedTCA|Blade|Blade Enclosure|Tablet|Convertible|Detachable
|IoT Gateway|Embedded PC|Mini PC|Stick PC"""


def processors(gather: Gather) -> Facts:
    """Return what /proc/cpuinfo lists, and how many sockets, cores and threads that makes."""
    described: list[str] = []
    sockets: dict[str, int] = {}
    siblings: dict[str, int] = {}
    facts: Facts = {}
    count = physical = 0
    for line in read("/proc/cpuinfo").splitlines():
        key, _, value = (part.strip() for part in line.partition(":"))
        if key in ("processor", "vendor_id", "model name", "Processor", "cpu", "Vendor"):
            described.append(value)
            count += key == "processor"
        elif key == "physical id":
            physical = value
            sockets.setdefault(value, 1)
        elif key == "cpu cores":
            sockets[str(physical)] = int(value)
        elif key == "siblings":
            siblings[str(physical)] = int(value)
        elif key == "flags":
            facts["flags"] = value.split()
    cores = next(iter(sockets.values()), 1) or 1
    threads = max(next(iter(siblings.values()), cores) // cores, 1)
    number = len(sockets) or count
    facts.update(
        processor=described,
        processor_count=number,
        processor_cores=cores,
        processor_threads_per_core=threads,
        processor_vcpus=number * cores * threads,
        processor_nproc=len(os.sched_getaffinity(0)),
    )
    return facts


def memory(gather: Gather) -> Facts:
    """Return the memory in MiB."""
    sizes: dict[str, int] = {}
    for line in read("/proc/meminfo").splitlines():
        key, _, value = line.partition(":")
        sizes[key] = int(value.split()[0]) // 1024
    total, free = sizes.get("MemTotal", 0), sizes.get("MemFree", 0)
    without_cache = free + sizes.get("Cached", 0) + sizes.get("Buffers", 0)
    swap, swap_free = sizes.get("SwapTotal", 0), sizes.get("SwapFree", 0)
    return {
        "memtotal_mb": total,
        "memfree_mb": free,
        "swaptotal_mb": swap,
        "swapfree_mb": swap_free,
        "memory_mb": {
            "real": {"total": total, "used": total - free, "free": free},
            "nocache": {"free": without_cache, "used": total - without_cache},
            "swap": {
                "total": swap,
                "free": swap_free,
                "used": swap - swap_free,
                "cached": sizes.get("SwapCached", 0),
            },
        },
    }


def dmi(gather: Gather) -> Facts:
    """Return what the firmware says of the machine; what only root may read is NA to others."""
    facts = {fact: read(os.path.join(_DMI, name), "NA") for fact, name in _DMI_FACTS.items()}
    kind = facts["form_factor"]
    if kind.isdigit():
        facts["form_factor"] = _chassis(int(kind))
    return facts


def _chassis(number: int) -> str:
    kinds = [kind.strip() for kind in _CHASSIS.split("|")]
    return kinds[number] if number < len(kinds) else "unknown (%d)" % number


def uptime(gather: Gather) -> Facts:
    """Return the whole seconds since boot."""
    return {"uptime_seconds": int(float(read("/proc/uptime", "0").split()[0]))}


def lvm(gather: Gather) -> Facts:
    """Return volume groups, logical and physical volumes: for root, where LVM is installed."""
    if os.geteuid() != 0 or not which("vgs"):
        return {"lvm": "N/A"}
    groups = {
        name: {"num_lvs": lvs, "num_pvs": pvs, "size_g": size, "free_g": free}
        for name, pvs, lvs, size, free in _report(gather, "vgs", "vg_name,pv_count,lv_count,vg_size,vg_free")
    }
    logical = {
        name: {"size_g": size, "vg": group}
        for name, group, size in _report(gather, "lvs", "lv_name,vg_name,lv_size")
    }
    physical = {
        name: {"size_g": size, "free_g": free, "vg": group}
        for name, group, size, free in _report(gather, "pvs", "pv_name,vg_name,pv_size,pv_free")
    }
    return {"lvm": {"vgs": groups, "lvs": logical, "pvs": physical}}


def _report(gather: Gather, tool: str, columns: str) -> list[list[str]]:
    argv = [tool, "--noheadings", "--nosuffix", "--units", "g", "--separator", ",", "-o", columns]
    done = gather.request.command(argv, timeout=gather.timeout)
    width = len(columns.split(","))
    rows = [[part.strip() for part in line.split(",")] for line in done.stdout.splitlines()]
    return [row for row in rows if len(row) == width]
