"""Facts about block devices and mounted file systems."""

from __future__ import annotations

import os
import re
import threading
import time

from opsflow.target.facts import names, read
from opsflow.target.mounts import decoded, sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather

    Facts = dict[str, Any]

_BLOCK = "/sys/block"
_LINKS = {"ids": "by-id", "uuids": "by-uuid", "labels": "by-label"}
_UNITS = "YZEPTGMK"


def devices(gather: Gather) -> Facts:
    """Return the block devices with their partitions, and the links that name them."""
    links = {kind: _links(folder) for kind, folder in _LINKS.items()}
    links["masters"] = _masters()
    found = {name: _device(name, links) for name in names(_BLOCK)}
    return {"devices": found, "device_links": links}


def _links(folder: str) -> dict[str, list[str]]:
    """Return the names in /dev/disk/FOLDER by the device that they lead to."""
    found: dict[str, list[str]] = {}
    top = os.path.join("/dev/disk", folder)
    for name in names(top):
        device = os.path.basename(os.path.realpath(os.path.join(top, name)))
        found.setdefault(device, []).append(_unescaped(name))
    return found


def _unescaped(name: str) -> str:
    return re.sub(r"\\x([0-9a-f]{2})", lambda match: chr(int(match.group(1), 16)), name)


def _masters() -> dict[str, list[str]]:
    """Return the devices that are built on each device."""
    found: dict[str, list[str]] = {}
    for master in names(_BLOCK):
        for device in names(os.path.join(_BLOCK, master, "slaves")):
            found.setdefault(device, []).append(master)
    return found


def _device(name: str, links: dict[str, dict[str, list[str]]]) -> Facts:
    top = os.path.join(_BLOCK, name)
    sectors = int(read(os.path.join(top, "size"), "0"))
    scheduler = re.search(r"\[(.*)\]", read(os.path.join(top, "queue", "scheduler")))
    facts: Facts = {
        key: read(os.path.join(top, "device", key)) or None
        for key in ("vendor", "model", "sas_address", "sas_device_handle")
    }
    facts.update(
        virtual=1,
        links=_links_of(name, links),
        removable=read(os.path.join(top, "removable")),
        rotational=read(os.path.join(top, "queue", "rotational")),
        scheduler_mode=scheduler.group(1) if scheduler else "",
        sectors=sectors,
        sectorsize=_sector_size(top),
        size=_human(sectors * 512),
        support_discard=read(os.path.join(top, "queue", "discard_granularity")),
        host="",
        holders=_holders(top),
        partitions={
            part: _partition(name, part, links)
            for part in names(top)
            if re.match(re.escape(name) + r"p?\d+$", part)
        },
    )
    serial = read(os.path.join(top, "device", "serial"))
    if serial:
        facts["serial"] = serial
    wwn = [link[4:] for link in facts["links"]["ids"] if link.startswith("wwn-")]
    if wwn:
        facts["wwn"] = wwn[0]
    return facts


def _partition(disk: str, name: str, links: dict[str, dict[str, list[str]]]) -> Facts:
    top = os.path.join(_BLOCK, disk, name)
    sectors = int(read(os.path.join(top, "size"), "0"))
    return {
        "links": _links_of(name, links),
        "start": read(os.path.join(top, "start"), "0"),
        "sectors": sectors,
        "sectorsize": _sector_size(os.path.join(_BLOCK, disk)),
        "size": _human(sectors * 512),
        "uuid": next(iter(links["uuids"].get(name, [])), None),
        "holders": _holders(top),
    }


def _links_of(name: str, links: dict[str, dict[str, list[str]]]) -> dict[str, list[str]]:
    return {kind: found.get(name, []) for kind, found in links.items()}


def _sector_size(top: str) -> str:
    sizes = [read(os.path.join(top, "queue", name)) for name in ("logical_block_size", "hw_sector_size")]
    return sizes[0] or sizes[1] or "512"


def _holders(top: str) -> list[str]:
    """Return the devices that hold this one open, device-mapper ones by their given name."""
    holders = names(os.path.join(top, "holders"))
    return [read(os.path.join(top, "holders", name, "dm", "name"), name) for name in holders]


def _human(size: int) -> str:
    for power, unit in enumerate(_UNITS):
        limit = 1024 ** (len(_UNITS) - power)
        if size >= limit:
            return "%.2f %sB" % (size / limit, unit)
    return "%.2f Bytes" % size


def mounts(gather: Gather) -> Facts:
    """Return the mounted file systems that are on a device or a server, with their sizes.

    Each is asked in a thread of its own: one whose server is gone answers never.
    """
    binds = _bind_mounts()
    uuids = _links("by-uuid")
    found: dict[str, Facts] = {}
    for line in read("/proc/self/mounts").splitlines():
        device, point, fstype, options, dump, passno = [decoded(field) for field in line.split(" ")[:6]]
        if fstype == "none" or not (device.startswith("/") or ":/" in device):
            continue
        found[point] = {  # of several at one point the last is on top
            "mount": point,
            "device": device,
            "fstype": fstype,
            "options": options + ",bind" if point in binds else options,
            "dump": int(dump),
            "passno": int(passno),
            "uuid": next(iter(uuids.get(os.path.basename(os.path.realpath(device)), [])), "N/A"),
        }
    entries = list(found.values())
    for entry, thread in zip(entries, _measured(entries, gather.timeout)):
        if thread.is_alive():
            entry["note"] = "no answer within %g seconds" % gather.timeout
            gather.warnings.append("the file system at %s does not answer" % entry["mount"])
    return {"mounts": [dict(entry) for entry in entries]}


def _measured(entries: list[Facts], timeout: float) -> list[threading.Thread]:
    """Add its size to each entry; return the threads, of which those that got no answer still live."""
    deadline = time.time() + timeout
    threads = [threading.Thread(target=_measure, args=(entry,), daemon=True) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(deadline - time.time(), 0))
    return threads


def _measure(entry: Facts) -> None:
    try:
        entry.update(sizes(entry["mount"]))
    except OSError as error:
        entry["note"] = str(error.strerror)


def _bind_mounts() -> set[str]:
    """Return the mount points that show a directory within a file system, not its root."""
    rows = [line.split(" ") for line in read("/proc/self/mountinfo").splitlines()]
    return {decoded(row[4]) for row in rows if len(row) > 4 and row[3] != "/"}
