"""Docker's config.json: who we are to registries, and the programs that keep such secrets."""

from __future__ import annotations

import base64
import binascii
import json
import os

from opsflow.target import files
from opsflow.target.docker_api import mapping
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

    Login = tuple[str, str]  # name and secret; with the name <token> that is an identity token


INDEX = "https://index.docker.io/v1/"
_INDEX_NAMES = ("docker.io", "index.docker.io")
_TOKEN = "<token>"  # noqa: S105


class Config:
    """A config.json, as it was when it was read."""

    def __init__(self, request: Request, path: str | None = None) -> None:
        """Read it: that of `path`, else the user's own. Raises Fail where it is no JSON."""
        self.request = request
        folder = request.environ().get("DOCKER_CONFIG") or "~/.docker"
        self.path = os.path.realpath(expand(request, path or os.path.join(folder, "config.json")))
        self.content: dict[str, Any] = {}
        try:
            with open(self.path, encoding="utf-8") as file:
                self.content = mapping(json.load(file))
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise Fail("cannot read Docker's configuration %s: %s" % (self.path, error)) from error

    def helper(self, registry: str) -> str | None:
        """Return the program that keeps the secrets of a registry, None where the file does."""
        helpers = mapping(self.content.get("credHelpers"))
        return helpers.get(registry) or helpers.get(_host(registry)) or self.content.get("credsStore")

    def login(self, registry: str) -> Login | None:
        """Return who we are to a registry, None where we are nobody."""
        helper = self.helper(registry)
        if helper:
            return self._kept(helper, registry)
        entries = mapping(self.content.get("auths"))
        for name in sorted(entries, key=lambda name: name != registry):
            if _host(name) == _host(registry):
                return _decoded(entries[name])
        return None

    def header(self, registry: str) -> dict[str, Any] | None:
        """Return what a registry is told of us, as the daemon wants it."""
        login = self.login(registry)
        if login is None:
            return None
        if login[0] == _TOKEN:
            return {"identitytoken": login[1], "serveraddress": registry}
        return {"username": login[0], "password": login[1], "serveraddress": registry}

    def all_headers(self) -> dict[str, Any]:
        """Return what each registry that we know is told of us."""
        registries = list(mapping(self.content.get("auths"))) + list(mapping(self.content.get("credHelpers")))
        told = {registry: self.header(registry) for registry in registries}
        return {registry: header for registry, header in told.items() if header}

    def proxies(self, host: str) -> dict[str, str]:
        """Return the variables for proxies that builds shall have."""
        known = mapping(self.content.get("proxies"))
        chosen = mapping(known.get(host) or known.get("default"))
        found: dict[str, str] = {}
        for name in ("http", "https", "ftp", "no"):
            value = chosen.get(name + "Proxy")
            if value:
                found[name + "_proxy"] = found[name.upper() + "_PROXY"] = value
        return found

    def store(self, registry: str, name: str, secret: str) -> None:
        """Keep who we are to a registry."""
        helper = self.helper(registry)
        if helper:
            said = {"ServerURL": registry, "Username": name, "Secret": secret}
            self._ask(helper, "store", json.dumps(said)).check("docker-credential-%s store" % helper)
            return
        packed = base64.b64encode(("%s:%s" % (name, secret)).encode("utf-8")).decode("ascii")
        self.content.setdefault("auths", {})[registry] = {"auth": packed}
        self._write()

    def erase(self, registry: str) -> None:
        """Forget who we are to a registry."""
        helper = self.helper(registry)
        if helper:
            self._ask(helper, "erase", registry).check("docker-credential-%s erase" % helper)
            return
        entries = mapping(self.content.get("auths"))
        for name in [name for name in entries if _host(name) == _host(registry)]:
            del entries[name]
        self._write()

    def _write(self) -> None:
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o700)
        text = json.dumps(self.content, indent=4, sort_keys=True) + "\n"
        files.replace(self.request, self.path, [text.encode("utf-8")], {"mode": "0600"})

    def _kept(self, helper: str, registry: str) -> Login | None:
        done = self._ask(helper, "get", INDEX if _host(registry) == "docker.io" else registry)
        if done.rc != 0:
            if "not found" in done.stdout:
                return None
            raise Fail("docker-credential-%s failed: %s" % (helper, (done.stdout or done.stderr).strip()))
        said = json.loads(done.stdout)
        return said["Username"], said["Secret"]

    def _ask(self, helper: str, word: str, stdin: str) -> Any:
        program = need(self.request, "docker-credential-" + helper, "that has it")
        return self.request.command([program, word], stdin=stdin.encode("utf-8"))


def _host(registry: str) -> str:
    """Return a registry's name out of its URL; all names of Docker's own are one."""
    name = registry.split("://", 1)[-1].split("/", 1)[0]
    return "docker.io" if name in _INDEX_NAMES else name


def _decoded(entry: dict[str, Any]) -> Login | None:
    if entry.get("identitytoken"):
        return _TOKEN, entry["identitytoken"]
    try:
        name, _, secret = base64.b64decode(entry.get("auth", "")).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if name else None


def header_value(told: dict[str, Any] | None) -> str:
    """Return what a registry is told of us as the value of a header."""
    return base64.urlsafe_b64encode(json.dumps(told or {}).encode("ascii")).decode("ascii")
