"""What is done with containers, step by step, and told as actions."""

from __future__ import annotations

import time

from opsflow.target import docker_endpoints as endpoints
from opsflow.target import docker_options as options
from opsflow.target.docker_api import ApiError, mapping, with_warnings
from opsflow.target.docker_logs import output
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.docker_option import Wanted

    Container = dict[str, Any]

_PAUSED = "Unpause the container before stopping or killing"


class Life:
    """Does to a container what is needed; in check mode it only tells."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.api = wanted.api
        self.args = wanted.args
        self.check = wanted.api.request.check
        self.result: dict[str, Any] = {"changed": False, "actions": []}

    def inspect(self, name: str) -> Container | None:
        """Return a container by its name or ID, None where there is none."""
        return self.api.find("/containers/%s/json", name.lstrip("/"))

    def there(self, name: str) -> Container:
        """Return a container that must be there."""
        found = self.inspect(name)
        if found is None:
            raise Fail("the container %s is gone: somebody else removed it" % name)
        return found

    def do(self, change: Callable[[], Any], **action: Any) -> Any:
        """Tell of a change, and make it."""
        self.result["changed"] = True
        self.result["actions"].append(action)
        return None if self.check else change()

    def create(self, image: str, networks: list[dict[str, Any]]) -> Container | None:
        """Make the container; None in check mode."""
        body = options.creation(self.wanted, image)
        joined = networks if self.args["networks_cli_compatible"] else []
        if self.api.version < (1, 44):
            joined = joined[:1]
        ends = {network["name"]: endpoints.settings(network) for network in joined}
        action = {"created": "Created container", "create_parameters": body, "networks": ends}
        sent = dict(body, NetworkingConfig={"EndpointsConfig": ends})
        name, platform = self.wanted.name, self.args.get("platform")
        made = self.do(
            lambda: self.api.post("/containers/create", body=sent, name=name, platform=platform), **action
        )
        if made is None:
            return None
        with_warnings(self.result, made)
        return self.there(made["Id"])

    def update(self, container: Container) -> Container:
        body = options.update(self.wanted)
        name: str = container["Id"]
        made = self.do(
            lambda: self.api.post("/containers/%s/update", name, body=body),
            updated=name,
            update_parameters=body,
        )
        with_warnings(self.result, made)
        return self.there(name)

    def start(self, container: Container) -> Container:
        """Start the container; one that is not detached is waited for."""
        name: str = container["Id"]
        self.do(lambda: self.api.post("/containers/%s/start", name), started=name)
        if not self.check and self.args.get("detach") is False:
            return self._finished(name)
        return self.inspect(name) or container  # one with auto_remove may be gone

    def _finished(self, name: str) -> Container:
        """Wait for the end of a container, and return it with what it wrote."""
        self.result["status"] = self._exit_code(name)
        if self.args.get("auto_remove"):
            said = "Cannot retrieve result as auto_remove is enabled"
        else:
            said = output(self.api, name, bool(self.args["output_logs"]))
        if self.args["cleanup"]:
            self.remove(name, force=True)
        found = dict(mapping(self.inspect(name)), Output=said)
        if self.result["status"] != 0:
            raise Fail(said, container=found, changed=True, status=self.result["status"])
        return found

    def _exit_code(self, name: str) -> int:
        try:
            return self.api.post("/containers/%s/wait", name, wait=None)["StatusCode"]
        except ApiError as error:
            if error.status == 404 and self.args.get("auto_remove"):
                raise Fail(
                    "the container was removed before its exit code was read: use `cleanup` instead"
                    " of `auto_remove` to run something once"
                ) from error
            raise

    def restart(self, container: Container) -> Container:
        name: str = container["Id"]
        seconds = self.args.get("stop_timeout")
        wait = seconds or 10
        self.do(
            lambda: self.api.post("/containers/%s/restart", name, t=wait, wait=wait),
            restarted=name,
            timeout=seconds,
        )
        return self.there(name)

    def stop(self, container: Container) -> None:
        name: str = container["Id"]
        if self.args["force_kill"]:
            signal = self.args.get("kill_signal")
            self.do(
                lambda: self.api.post("/containers/%s/kill", name, signal=signal), killed=name, signal=signal
            )
            return
        seconds = self.args.get("stop_timeout")
        wait = seconds or 10
        ask = lambda: self.api.post("/containers/%s/stop", name, t=seconds or None, wait=wait)  # noqa: E731
        self.do(lambda: self._unpausing(name, ask), stopped=name, timeout=seconds)

    def remove(self, name: str, force: bool = False) -> None:
        volumes = not self.args["keep_volumes"]
        ask = lambda: self.api.delete("/containers/%s", name, v=volumes, link=False, force=force)  # noqa: E731
        self.do(
            lambda: self._unpausing(name, ask), removed=name, volume_state=volumes, link=False, force=force
        )

    def _unpausing(self, name: str, change: Callable[[], Any]) -> None:
        """Stop or remove a container: some daemons want it unpaused before; that it is gone is fine."""
        try:
            change()
        except ApiError as error:
            if _PAUSED in error.said:
                self.api.post("/containers/%s/unpause", name)
                change()
            elif error.status != 404 and "is already in progress" not in error.said:
                raise

    def pause(self, container: Container, paused: bool) -> Container:
        name: str = container["Id"]
        word = "/containers/%s/pause" if paused else "/containers/%s/unpause"
        self.do(lambda: self.api.post(word, name), set_paused=paused)
        return self.there(name)

    def join(self, container: Container, network: dict[str, Any], now: Any) -> None:
        """Put the container into a network; where it is there as something else, take it out before."""
        name: str = container["Id"]
        if now is not None:
            self.leave(container, network)
        end = {"Container": name, "EndpointConfig": endpoints.settings(network)}
        self.do(
            lambda: self.api.post("/networks/%s/connect", network["id"], body=end),
            added_to_network=network["name"],
            network_parameters=network,
        )

    def leave(self, container: Container, network: dict[str, Any]) -> None:
        body = {"Container": container["Id"]}
        self.do(
            lambda: self.api.post("/networks/%s/disconnect", network["id"], body=body),
            removed_from_network=network["name"],
        )

    def gone(self, name: str) -> None:
        """Wait until a container that is being removed is no more."""
        limit = self.args.get("removal_wait_timeout")
        self._until(name, limit, lambda found: found is None or _status(found) != "removing")

    def healthy(self, name: str) -> Container:
        """Wait until the container is healthy, or has no check for that, and return it."""
        limit: float = self.args["healthy_wait_timeout"]
        self._until(name, limit if limit > 0 else None, lambda found: _health(found) in ("healthy", None))
        return self.there(name)

    def _until(self, name: str, limit: float | None, reached: Callable[[Container | None], bool]) -> None:
        start, pause = time.time(), 0.05
        while True:
            found = self.inspect(name)
            if reached(found):
                return
            if limit is not None and time.time() - start > limit:
                raise Fail(
                    'Timeout of %g seconds exceeded while waiting for container "%s"' % (limit, name),
                    container=found,
                )
            self.api.request.raise_if_cancelled()
            time.sleep(pause)
            pause = min(pause * 1.3, 2.0)


def _status(container: Container) -> str | None:
    return mapping(container.get("State")).get("Status")


def _health(container: Container | None) -> str | None:
    return mapping(mapping(mapping(container).get("State")).get("Health")).get("Status")
