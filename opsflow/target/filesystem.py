"""Ansible's `filesystem`: file systems on devices and in files."""

from __future__ import annotations

import os
import shlex
import stat

from opsflow.target import filesystem_kinds
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.filesystem_kinds import Kind
    from opsflow.target.request import Request


def run(request: Request, dev: str, state: str, fstype: str = "", **want: Any) -> dict[str, Any]:
    """Bring a device to a file system, or to none."""
    device = Device(request, expand(request, dev))
    if not os.path.exists(device.path):
        if state == "absent":
            return {"changed": False, "msg": "Device %s not found." % device.path}
        raise Fail("Device %s not found." % device.path)
    found = device.tag("TYPE")
    if state == "absent":
        if found and not request.check:
            device.call("wipefs", "util-linux", "--all")
        return {"changed": bool(found)}
    kind = filesystem_kinds.KINDS["ext4" if fstype == "ext4dev" else fstype]
    if found != kind.type:
        if found and not want["force"]:
            raise Fail("'%s' is already used as %s, use force=true to overwrite" % (device.path, found))
    elif want["resizefs"]:
        return _grow(device, kind)
    elif want.get("uuid"):
        return _with_uuid(device, kind, want["uuid"])
    elif not want["force"]:
        return _with_label(device, kind, want.get("label"))
    if not request.check:
        _make(device, kind, want)
    return {"changed": True}


class Device:
    """A block device, or a file that stands for one."""

    def __init__(self, request: Request, path: str) -> None:
        self.request = request
        self.path = path

    def call(self, program: str, package: str, *options: str, place: str | None = None) -> str:
        """Run a program on it, or with `place` on where it is mounted; return what that prints."""
        argv = [need(self.request, program, package), *options, place or self.path]
        return self.request.command(argv).check(program).stdout

    def tag(self, name: str) -> str:
        """Return what blkid knows of it, such as its TYPE; nothing where there is nothing."""
        argv = [
            need(self.request, "blkid", "util-linux"),
            "-c",
            os.devnull,
            "-o",
            "value",
            "-s",
            name,
            self.path,
        ]
        return self.request.command(argv).stdout.strip()

    @property
    def size(self) -> int:
        """Its bytes."""
        mode = os.stat(self.path).st_mode
        if stat.S_ISREG(mode):
            return os.path.getsize(self.path)
        if not stat.S_ISBLK(mode):
            raise Fail("'%s' is neither a block device nor a file" % self.path)
        return int(self.call("blockdev", "util-linux", "--getsize64"))

    @property
    def mountpoint(self) -> str | None:
        argv = [need(self.request, "findmnt", "util-linux"), "--noheadings", "--output", "TARGET", "--source"]
        done = self.request.command([*argv, self.path])
        return done.stdout.splitlines()[0].strip() if done.rc == 0 else None


def _make(device: Device, kind: Kind, want: dict[str, Any]) -> None:
    options = shlex.split(want.get("opts", ""))
    flags = list(kind.force)
    if want.get("uuid") and kind.uuid and not set(kind.uuid) & set(options):
        flags += [kind.uuid[0], want["uuid"], *kind.uuid_more]
    if want.get("label"):
        flags += [kind.label, want["label"]]
    device.call(kind.make, kind.package, *flags, *options)
    if want.get("uuid") and kind.set_uuid and not kind.uuid:
        _set_uuid(device, kind, want["uuid"])


def _grow(device: Device, kind: Kind) -> dict[str, Any]:
    if kind.size is None:
        raise Fail("a file system of type %s can't be resized" % kind.type)
    if kind.size(device) + kind.slack >= device.size:
        return {
            "changed": False,
            "msg": "%s filesystem is using the whole device %s" % (kind.title, device.path),
        }
    if device.request.check:
        return {"changed": True, "msg": "resizing filesystem %s on device %s" % (kind.title, device.path)}
    place = None
    if kind.mounted:
        place = device.mountpoint
        if place is None:
            raise Fail("%s needs to be mounted for %s operations" % (device.path, kind.title))
    return {"changed": True, "msg": device.call(kind.grow[0], kind.package, *kind.grow[1:], place=place)}


def _with_uuid(device: Device, kind: Kind, uuid: str) -> dict[str, Any]:
    """Give it another UUID, each time: what is asked may be `random`."""
    if device.request.check:
        msg = "Changing %s filesystem UUID on device %s" % (kind.title, device.path)
        return {"changed": True, "msg": msg}
    if not kind.set_uuid:
        raise Fail("the UUID of a file system of type %s can't be changed" % kind.type)
    return {"changed": True, "msg": _set_uuid(device, kind, uuid)}


def _set_uuid(device: Device, kind: Kind, uuid: str) -> str:
    value = [] if kind.type == "LVM2_member" else [uuid]  # which makes up one of its own
    return device.call(kind.set_uuid[0], kind.package, *kind.set_uuid[1:], *value)


def _with_label(device: Device, kind: Kind, label: str | None) -> dict[str, Any]:
    if label is None or label == device.tag("LABEL"):
        return {"changed": False}
    if not kind.set_label:
        raise Fail("the label of a file system of type %s can't be changed" % kind.type)
    if not device.request.check:
        argv = [need(device.request, kind.set_label[0], kind.package), *kind.set_label[1:]]
        words = {"DEV": device.path, "LABEL": label}
        device.request.command([words.get(word, word) for word in argv]).check(kind.set_label[0])
    return {"changed": True}
