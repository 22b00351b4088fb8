"""What a Docker daemon is, and what it has."""

from __future__ import annotations

from opsflow.target.docker_api import Docker, filters
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

_BRIEF = {
    "volumes": ("Driver", "Name"),
    "networks": ("Id", "Driver", "Name", "Scope"),
    "containers": ("Id", "Image", "Command", "Created", "Status", "Ports", "Names"),
    "images": ("Id", "RepoTags", "Created", "Size"),
}


def run(request: Request, docker: Mapping[str, Any], **want: Any) -> dict[str, Any]:
    """Return what `docker info` tells, and lists of what was asked for."""
    reached = False
    try:
        api = Docker(request, docker)
        reached = True
        result: dict[str, Any] = {"changed": False, "host_info": api.get("/info"), "can_talk_to_docker": True}
        if want["disk_usage"]:
            usage = api.get("/system/df")
            result["disk_usage"] = usage if want["verbose_output"] else {"LayersSize": usage["LayersSize"]}
        for kind in _BRIEF:
            if want[kind]:
                found = _listed(api, kind, want)
                result[kind] = found if want["verbose_output"] else _brief(kind, found)
    except Fail as error:
        error.data["can_talk_to_docker"] = reached
        raise
    return result


def _listed(api: Docker, kind: str, want: dict[str, Any]) -> list[dict[str, Any]]:
    chosen: Any = filters(want.get(kind + "_filters"))
    if kind == "containers":
        return api.get("/containers/json", all=want["containers_all"], filters=chosen)
    if kind == "volumes":
        return api.get("/volumes", filters=chosen)["Volumes"] or []
    return api.get("/images/json" if kind == "images" else "/networks", filters=chosen)


def _brief(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: one.get(key) for key in _BRIEF[kind]} for one in found]
