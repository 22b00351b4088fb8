"""Building an image."""

from __future__ import annotations

import json

from opsflow.target.docker_api import Docker, mapping
from opsflow.target.docker_config import Config, header_value
from opsflow.target.docker_context import Context
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LIMITS = ("memory", "memswap", "cpushares", "cpusetcpus")


def build(api: Docker, name: str, path: str, options: dict[str, Any]) -> list[str]:
    """Build an image out of a directory and return the lines that Docker wrote. Raises Fail."""
    config = Config(api.request)
    context = Context(path, options.get("dockerfile"))
    said: list[str] = []
    stream = api.stream(
        "/build",
        body=context.chunks(),
        headers={"X-Registry-Config": header_value(config.all_headers())},
        timeout=options.get("http_timeout"),
        dockerfile=context.dockerfile,
        t=name,
        **_query(api, config, options),
    )
    for line in stream:
        for text in (line.get("stream") or line.get("status") or "").splitlines():
            said.append(text)
            api.request.event("output", stream="stdout", line=text)
        if line.get("error"):
            detail = mapping(line.get("errorDetail"))
            raise Fail(
                "cannot build %s: %s" % (name, line["error"]), stdout="\n".join(said), rc=detail.get("code")
            )
    return said


def _query(api: Docker, config: Config, options: dict[str, Any]) -> dict[str, Any]:
    args = dict(config.proxies(api.place.host) if options.get("use_config_proxy") else {})
    args.update(mapping(options.get("args")))
    query: dict[str, Any] = {
        "nocache": options["nocache"],
        "pull": options["pull"] or None,
        "rm": options["rm"],
        "forcerm": options["rm"],
        "buildargs": args or None,
        "labels": mapping(options.get("labels")) or None,
        "target": options.get("target"),
        "networkmode": options.get("network"),
        "platform": options.get("platform"),
        "shmsize": options.get("shm_size"),
    }
    if options.get("cache_from"):
        query["cachefrom"] = json.dumps(options["cache_from"])
    if options.get("etc_hosts"):
        query["extrahosts"] = ["%s:%s" % one for one in sorted(options["etc_hosts"].items())]
    limits = mapping(options.get("container_limits"))
    query.update({name: limits.get(name) for name in _LIMITS})
    return query
