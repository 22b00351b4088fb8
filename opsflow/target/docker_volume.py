"""Volumes of Docker."""

from __future__ import annotations

from opsflow.target.docker_api import Docker, mapping
from opsflow.target.docker_diff import Differences, told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request, docker: Mapping[str, Any], volume_name: str, state: str, **want: Any
) -> dict[str, Any]:
    """Have a volume, or have it no more."""
    api = Docker(request, docker)
    found: dict[str, Any] | None = api.find("/volumes/%s", volume_name)
    diff, differs = Differences(), Differences()
    actions: list[str] = []
    present = state == "present"
    diff.add("exists", present, found is not None)
    if found and present:
        differs = _differences(found, want)
    stale = want["recreate"] == "always" or (differs.items and want["recreate"] == "options-changed")
    if found and (stale or not present):
        if not request.check:
            api.delete("/volumes/%s", volume_name)
        actions.append("Removed volume %s" % volume_name)
        found = None
    if present and not found:
        if not request.check:
            _create(api, volume_name, want)
        actions.append("Created volume %s with driver %s" % (volume_name, want["driver"]))
    result: dict[str, Any] = {"changed": bool(actions), "actions": actions}
    if present:
        result["volume"] = api.find("/volumes/%s", volume_name)
    return told(api, result, diff, differs, present)


def _differences(found: dict[str, Any], want: dict[str, Any]) -> Differences:
    differs = Differences()
    differs.compare("driver", want["driver"], found["Driver"])
    differs.compare_entries("driver_options", want["driver_options"], found.get("Options"))
    for name, value in mapping(want.get("labels")).items():
        differs.compare("labels.%s" % name, value, mapping(found.get("Labels")).get(name))
    return differs


def _create(api: Docker, name: str, want: dict[str, Any]) -> None:
    body = {"Name": name, "Driver": want["driver"], "DriverOpts": want["driver_options"]}
    if want.get("labels") is not None:
        body["Labels"] = want["labels"]
    api.post("/volumes/create", body=body)
