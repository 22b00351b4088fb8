"""Images by their names: finding them in a daemon, and getting them from a registry."""

from __future__ import annotations

import re

from opsflow.target.docker_api import Docker, mapping
from opsflow.target.docker_config import INDEX, Config, header_value
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def is_id(name: str) -> bool:
    """Tell whether a name is that of an image itself, its digest."""
    return re.match(r"sha256:[0-9a-fA-F]{64}$", name) is not None


def split(name: str) -> tuple[str, str]:
    """Return a name without its tag or digest, and that, or nothing."""
    if "@" in name:
        repository, _, digest = name.rpartition("@")
        return repository, digest
    repository, _, tag = name.rpartition(":")
    return (repository, tag) if repository and "/" not in tag else (name, "")


def joined(repository: str, tag: str) -> str:
    """Return a repository with its tag or digest as one name."""
    if not tag:
        return repository
    return repository + ("@" if tag.startswith("sha256:") else ":") + tag


def registry_of(repository: str) -> str:
    """Return the registry in which a repository is, by the name under which config.json has it."""
    first, slash, _ = repository.partition("/")
    if slash and (re.search(r"[.:]", first) or first == "localhost"):
        return INDEX if first in ("docker.io", "index.docker.io") else first
    return INDEX


def find(api: Docker, name: str) -> dict[str, Any] | None:
    """Return an image, None where there is none."""
    return api.find("/images/%s/json", name)


def pull(api: Docker, repository: str, tag: str, platform: str | None = None) -> dict[str, Any]:
    """Get an image from its registry and return it. Raises Fail."""
    name = joined(repository, tag or "latest")
    stream = api.stream(
        "/images/create",
        headers=_known(api, repository),
        timeout=None,
        fromImage=repository,
        tag=tag or "latest",
        platform=platform,
    )
    for line in progress(api, "pulling %s" % name, stream):
        if line.get("error"):
            raise Fail("cannot pull %s: %s" % (name, line["error"]))
    found = find(api, name)
    if found is None:
        raise Fail("the image %s is not there after it was pulled" % name)
    return found


def push(api: Docker, repository: str, tag: str) -> tuple[bool, str | None]:
    """Put an image into its registry; return whether that had it not, and the last that was told."""
    changed, status = False, None
    told = header_value(Config(api.request).header(registry_of(repository)))
    stream = api.stream(
        "/images/%s/push", repository, headers={"X-Registry-Auth": told}, timeout=None, tag=tag
    )
    for line in progress(api, "pushing %s" % joined(repository, tag), stream):
        if line.get("error"):
            unknown = "authentication required" in line["error"] or "no basic auth" in line["error"]
            hint = ". Log in there first: docker_login" if unknown else ""
            raise Fail("cannot push %s: %s%s" % (joined(repository, tag), line["error"], hint))
        status = line.get("status")
        changed = changed or status in ("Pushing", "Pushed")
    return changed, status


def _known(api: Docker, repository: str) -> dict[str, str]:
    told = Config(api.request).header(registry_of(repository))
    return {"X-Registry-Auth": header_value(told)} if told else {}


def progress(api: Docker, what: str, lines: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield the lines that tell how far something is, and show that in percent of all its layers."""
    layers: dict[str, tuple[int, int]] = {}
    shown = -1
    for line in lines:
        detail = mapping(line.get("progressDetail"))
        if detail.get("total") and line.get("id"):
            layers[line["id"]] = detail.get("current", 0), detail["total"]
            percent = (
                100 * sum(done for done, _ in layers.values()) // sum(size for _, size in layers.values())
            )
            if percent != shown:
                shown = percent
                api.request.event("progress", message=what, percent=min(percent, 100))
        yield line
