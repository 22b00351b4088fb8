"""What a container sees of the host: mounts, volumes and binds."""

from __future__ import annotations

import os
import re

from opsflow.target.docker_api import as_list, mapping
from opsflow.target.docker_option import dig, plant
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted

_MODES = (
    "rw", "ro", "z", "Z", "consistent", "delegated", "cached", "rprivate", "private", "rshared", "shared",
    "rslave", "slave", "nocopy",
)  # fmt: skip

_PLACES: dict[str, tuple[str, ...]] = {
    "type": ("Type",),
    "source": ("Source",),
    "target": ("Target",),
    "read_only": ("ReadOnly",),
    "consistency": ("Consistency",),
    "propagation": ("BindOptions", "Propagation"),
    "non_recursive": ("BindOptions", "NonRecursive"),
    "create_mountpoint": ("BindOptions", "CreateMountpoint"),
    "read_only_non_recursive": ("BindOptions", "ReadOnlyNonRecursive"),
    "read_only_force_recursive": ("BindOptions", "ReadOnlyForceRecursive"),
    "no_copy": ("VolumeOptions", "NoCopy"),
    "labels": ("VolumeOptions", "Labels"),
    "volume_driver": ("VolumeOptions", "DriverConfig", "Name"),
    "volume_options": ("VolumeOptions", "DriverConfig", "Options"),
    "tmpfs_size": ("TmpfsOptions", "SizeBytes"),
    "tmpfs_mode": ("TmpfsOptions", "Mode"),
    "tmpfs_options": ("TmpfsOptions", "Options"),
}
"""Where each option of a mount is in the API."""
_UNSAID: dict[str, Any] = {"read_only": False, "no_copy": False, "labels": {}, "volume_options": {}}
"""What Docker leaves out where it is nothing."""
SINCE = {
    "non_recursive": (1, 40),
    "create_mountpoint": (1, 42),
    "read_only_non_recursive": (1, 44),
    "read_only_force_recursive": (1, 44),
    "subpath": (1, 45),
    "tmpfs_options": (1, 46),
}


def prepare_mounts(wanted: Wanted, mounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return mounts without what says nothing; refuse what the daemon does not know."""
    made: list[dict[str, Any]] = []
    for mount in mounts:
        for option, version in SINCE.items():
            if option in mount:
                wanted.api.need(version, "mounts.%s" % option)
        if mount["type"] in ("cluster", "image"):
            wanted.api.need(
                (1, 42) if mount["type"] == "cluster" else (1, 47), "mounts.type %s" % mount["type"]
            )
        mount = dict(mount)
        if not (mount.get("volume_driver") and mount.get("volume_options")):
            mount.pop("volume_options", None)
        if mount.get("tmpfs_options"):
            pairs = [next(iter(option.items())) for option in mount["tmpfs_options"]]
            mount["tmpfs_options"] = [[key] if value is None else [key, value] for key, value in pairs]
        made.append(mount)
    return made


def to_api(mount: dict[str, Any]) -> dict[str, Any]:
    """Return a mount as the API has it."""
    made: dict[str, Any] = {}
    for option, value in mount.items():
        if option not in ("no_copy", "labels") or value:
            plant(made, list(_place(option, mount["type"])), value)
    return made


def read_mounts(container: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the mounts of a container with the names that options have."""
    found = container["HostConfig"].get("Mounts")
    return None if found is None else [_from_api(mount) for mount in found]


def _from_api(mount: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for option in [*_PLACES, "subpath"]:
        value = dig(mount, list(_place(option, mount.get("Type", ""))))
        read[option] = value if value is not None else _UNSAID.get(option)
    return read


def _place(option: str, kind: str) -> tuple[str, ...]:
    if option == "subpath":
        return ("ImageOptions" if kind == "image" else "VolumeOptions", "Subpath")
    return _PLACES[option]


def bind(volume: str) -> tuple[str, str, str] | None:
    """Return source, target and mode of a volume; None of one without a name. Raises Fail."""
    parts = volume.split(":")
    if len(parts) == 1 or (len(parts) == 2 and is_mode(parts[1])):
        return None
    if len(parts) == 2:
        return parts[0], parts[1], "rw"
    if len(parts) == 3 and is_mode(parts[2]):
        return parts[0], parts[1], parts[2]
    raise Fail("a volume is written as SOURCE:TARGET:MODE with a mode such as ro or rw,z: '%s'" % volume)


def is_mode(text: str) -> bool:
    return all(part in _MODES for part in text.split(","))


def prepare_volumes(wanted: Wanted, volumes: list[str]) -> list[str]:
    """Return the volumes that have no name."""
    return [volume for volume in volumes if bind(volume) is None]


def prepare_binds(wanted: Wanted, unused: Any) -> list[str]:
    """Return the volumes that have a source, that as a whole path where it is a path."""
    found = (bind(volume) for volume in as_list(wanted.args.get("volumes")))
    return ["%s:%s:%s" % (_whole(source), target, mode) for source, target, mode in filter(None, found)]


def _whole(source: str) -> str:
    return os.path.abspath(os.path.expanduser(source)) if re.match(r"[.~]", source) else source


def expect_volumes(wanted: Wanted, volumes: list[str] | None) -> list[str] | None:
    return sorted(set(volumes or ()) | set(mapping(wanted.of_image("Volumes")))) or None


def expect_binds(wanted: Wanted, binds: list[str] | None) -> list[str]:
    return binds or []
