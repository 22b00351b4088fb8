"""Removing what nobody uses in Docker."""

from __future__ import annotations

from opsflow.target.docker_api import Docker, filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

_DELETED = {
    "containers": "ContainersDeleted",
    "images": "ImagesDeleted",
    "networks": "NetworksDeleted",
    "volumes": "VolumesDeleted",
}


def run(request: Request, docker: Mapping[str, Any], **want: Any) -> dict[str, Any]:
    """Remove what nobody uses of the kinds that were asked for."""
    api = Docker(request, docker)
    result: dict[str, Any] = {}
    for kind, deleted in _DELETED.items():
        if want[kind]:
            answer = api.post("/%s/prune" % kind, filters=filters(want.get(kind + "_filters")), wait=3600)
            result[kind] = answer.get(deleted) or []
            if kind != "networks":
                result[kind + "_space_reclaimed"] = answer["SpaceReclaimed"]
    if want["builder_cache"]:
        result.update(_builder_cache(api, want))
    return dict(result, changed=any(result.values()))


def _builder_cache(api: Docker, want: dict[str, Any]) -> dict[str, Any]:
    api.need((1, 31), "builder_cache")
    answer = api.post(
        "/build/prune",
        filters=filters(want.get("builder_cache_filters")),
        all=want["builder_cache_all"] or None,
        wait=3600,
        **{"keep-storage": want.get("builder_cache_keep_storage")},
    )
    result = {"builder_cache_space_reclaimed": answer["SpaceReclaimed"]}
    if "CachesDeleted" in answer:
        result["builder_cache_caches_deleted"] = answer["CachesDeleted"]
    return result
