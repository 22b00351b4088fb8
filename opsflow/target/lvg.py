"""Volume groups of LVM."""

from __future__ import annotations

import os
import shlex

from opsflow.target.lvm import change, rows
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.lvm import Row
    from opsflow.target.request import Request

_AUTO = "--setautoactivation"


def run(request: Request, vg: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a volume group to a state and to its devices."""
    found = [row for row in rows(request, "vgs", "vg_name,lv_count") or [] if row["vg_name"] == vg]
    if state == "absent":
        return {"changed": _removed(request, vg, found, want["force"])}
    devices = [os.path.realpath(device) for device in want.get("pvs", [])]
    if not found and not devices:
        raise Fail("No physical volumes given.")
    current = _current(request, vg, devices)
    if not found:
        _create(request, vg, state, devices, want)
        return {"changed": True}
    changed = state != "present" and _activated(request, vg, state == "active")
    if want["reset_vg_uuid"]:
        change(request, "vgchange", "-u", vg)
        changed = True
    if devices:
        changed = _each_device(request, current, want) or changed
        changed = _with_devices(request, vg, current, devices, want) or changed
    return {"changed": changed}


def _removed(request: Request, vg: str, found: list[Row], force: bool) -> bool:
    if found and int(found[0]["lv_count"]) and not force:
        raise Fail("Refuse to remove non-empty volume group %s without force=true" % vg)
    if found:
        change(request, "vgremove", "--force", vg)
    return bool(found)


def _current(request: Request, vg: str, devices: list[str]) -> list[str]:
    """Return the devices of the group. Raises Fail when wanted ones are missing or another group's."""
    for device in devices:
        if not os.path.exists(device):
            raise Fail("Device %s not found." % device)
    known = rows(request, "pvs", "pv_name,vg_name")
    if known is None:
        raise Fail("pvs could not list the physical volumes")
    owners = {os.path.realpath(row["pv_name"]): row.get("vg_name", "") for row in known}
    for device in devices:
        if owners.get(device, "") not in ("", vg):
            raise Fail("Device %s is already in %s volume group." % (device, owners[device]))
    return [device for device, owner in owners.items() if owner == vg]


def _create(request: Request, vg: str, state: str, devices: list[str], want: dict[str, Any]) -> None:
    options = shlex.split(want["vg_options"])
    if state != "present" and _AUTO not in options and _knows_auto(request, "vgcreate"):
        options += [_AUTO, "y" if state == "active" else "n"]
    _prepare(request, devices, want)
    change(request, "vgcreate", *options, "-s", want["pesize"], vg, *devices)


def _prepare(request: Request, devices: list[str], want: dict[str, Any]) -> None:
    for device in devices:
        change(request, "pvcreate", *shlex.split(want["pv_options"]), "-f", device)


def _knows_auto(request: Request, program: str) -> bool:
    return _AUTO in request.command([need(request, program, "lvm2"), "--help"]).stdout


def _activated(request: Request, vg: str, active: bool) -> bool:
    """Activate or deactivate the volumes of a group, now and at boot; return whether that changed any."""
    auto = _knows_auto(request, "vgchange")
    flag = "y" if active else "n"
    fields = "lv_attr,autoactivation" if auto else "lv_attr"
    found = rows(request, "vgs", fields, vg) or []
    changed = False
    if auto and any(row["autoactivation"] == "enabled" for row in found) != active:
        change(request, "vgchange", _AUTO, flag, vg)
        changed = True
    if any((row["lv_attr"][4:5] == "a") != active for row in found if row["lv_attr"]):
        change(request, "vgchange", "--activate", flag, vg)
        changed = True
    return changed


def _each_device(request: Request, current: list[str], want: dict[str, Any]) -> bool:
    """Resize devices that have grown and give them other UUIDs, where that is wanted."""
    changed = False
    for device in current:
        if want["pvresize"] and _has_grown(request, device):
            change(request, "pvresize", device)
            changed = True
        if want["reset_pv_uuid"]:
            change(request, "pvchange", "-u", device)
            changed = True
    return changed


def _has_grown(request: Request, device: str) -> bool:
    (found,) = rows(request, "pvs", "dev_size,pv_size,pe_start,vg_extent_size", device) or [{}]
    numbers = {name: int(value) for name, value in found.items()}
    if not numbers:
        raise Fail("pvs could not tell the size of %s" % device)
    left = numbers["dev_size"] - numbers["pe_start"] - numbers["pv_size"]
    return left > numbers["vg_extent_size"]


def _with_devices(
    request: Request, vg: str, current: list[str], devices: list[str], want: dict[str, Any]
) -> bool:
    """Give a group devices that it lacks, and take away those that are too many."""
    missing = [device for device in devices if device not in current]
    extra = [device for device in current if device not in devices] if want["remove_extra_pvs"] else []
    if missing:
        _prepare(request, missing, want)
        change(request, "vgextend", vg, *missing)
    if extra:
        change(request, "vgreduce", "--force", vg, *extra)
    return bool(missing or extra)
