"""Logging into registries: the daemon tries it, config.json or a program of the user's remembers it."""

from __future__ import annotations

from opsflow.target.docker_api import ApiError, Docker
from opsflow.target.docker_config import Config
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request,
    docker: Mapping[str, Any],
    registry_url: str,
    state: str,
    config_path: str,
    **want: Any,
) -> dict[str, Any]:
    """Be known to a registry, or be known no more."""
    config = Config(request, config_path)
    known = config.login(registry_url)
    if state == "absent":
        if known and not request.check:
            config.erase(registry_url)
        return {"changed": known is not None, "login_result": {}}
    name, secret = want["username"], want["password"]
    same = known == (name, secret)
    if same and not want["reauthorize"]:
        told: dict[str, Any] = {"username": name, "email": None, "serveraddress": registry_url}
        return {"changed": False, "login_result": told}
    told = _log_in(Docker(request, docker), registry_url, name, secret)
    if not request.check:
        config.store(registry_url, name, secret)
    return {"changed": True, "login_result": told}


def _log_in(api: Docker, registry: str, name: str, secret: str) -> dict[str, Any]:
    body = {"username": name, "password": secret, "serveraddress": registry}
    try:
        told = api.post("/auth", body=body)
    except ApiError as error:
        raise Fail("Logging into %s for user %s failed - %s" % (registry, name, error.said)) from error
    if told.get("IdentityToken"):
        told["IdentityToken"] = ""  # a secret has no place in a result
    return told
