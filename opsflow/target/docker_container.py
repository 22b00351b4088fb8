"""Containers of Docker: made, changed, made anew, started, stopped and removed, as far as that is needed."""

from __future__ import annotations

from opsflow.target import docker_endpoints as endpoints
from opsflow.target import docker_images as images
from opsflow.target import docker_options as options
from opsflow.target.docker_api import Docker, as_list, mapping
from opsflow.target.docker_diff import Differences
from opsflow.target.docker_life import Life
from opsflow.target.docker_option import Wanted
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

    Container = dict[str, Any]


def run(request: Request, docker: Mapping[str, Any], name: str, state: str, **args: Any) -> dict[str, Any]:
    """Bring a container to a state, with certain options."""
    wanted = Wanted(Docker(request, docker), name, args)
    task = Task(wanted, state)
    if state == "absent":
        task.absent()
    else:
        task.present()
    return task.told()


class Task:
    """What one task does with one container."""

    def __init__(self, wanted: Wanted, state: str) -> None:
        self.wanted = wanted
        self.args = wanted.args
        self.api = wanted.api
        self.state = state
        self.life = Life(wanted)
        self.check = self.life.check
        self.diff = Differences()
        self.details: list[dict[str, Any]] | None = None  # what differed, in the form of old versions
        self.facts: Container | None = None
        self.networks: list[dict[str, Any]] = []

    def told(self) -> dict[str, Any]:
        """Return the result."""
        result = self.life.result
        if not (self.check or self.api.debug):
            del result["actions"]
        if self.api.request.diff or self.api.debug:
            result["diff"] = self.diff.sides()
            if self.details is not None:
                result["diff"]["differences"] = self.details
        if self.facts:
            result["container"] = self.facts
        if self.wanted.warnings:
            result.setdefault("warnings", []).extend(self.wanted.warnings)
        return result

    def absent(self) -> None:
        container = self.life.inspect(self.wanted.name)
        if container is None:
            return
        if _running(container):
            self.diff.add("running", False, True)
            self.life.stop(container)
        self.diff.add("exists", False, True)
        self.life.remove(container["Id"])

    def present(self) -> None:
        options.collect(self.wanted)
        self.networks = endpoints.prepare(self.wanted)
        container = self.life.inspect(self.wanted.name)
        before = mapping(container)
        image = self._image(container)
        created = False
        if container is None or _removing(container):
            container, created = self._first(container), True
        else:
            renewed = self._renewed(container, image)
            if renewed is not None:
                container, created = renewed, True
        if container is not None and not (created and self.check):
            container = self._limits(container)
            container = self._networks(container, created)
            container = self._moved(container, before)
        self.facts = container
        if self.state == "healthy" and container is not None and not self.check:
            self.facts = self.life.healthy(container["Id"])

    def _first(self, container: Container | None) -> Container | None:
        """Make a container where there is none, or none any more."""
        if not self.args.get("image"):
            raise Fail("Cannot create container when image is not specified!")
        self.diff.add("exists", True, False)
        if container and not self.check:
            self.life.gone(container["Id"])
        return self.life.create(self.args["image"], self.networks)

    def _renewed(self, container: Container, image: dict[str, Any] | None) -> Container | None:
        """Make a container anew where it differs in what cannot be changed; None where it does not."""
        differs = options.differences(self.wanted, container, updates=False)
        needed = bool(differs.items or self.args["recreate"])
        if self.wanted.modes["image"] == "strict" and self._other_image(container, image):
            needed = True
        if not needed:
            return None
        if differs.items:
            differs.items += options.differences(self.wanted, container, updates=True).items
        self.diff.items += differs.items
        self.details = [{name: {"parameter": want, "container": has}} for name, want, has in differs.items]
        name = self.args.get("image") or container["Image"]
        if _running(container):
            self.life.stop(container)
        self.life.remove(container["Id"])
        if not self.check:
            self.life.gone(container["Id"])
        self.wanted.image = image if self.args.get("image") else self.wanted.image
        return self.life.create(name, self.networks) or container

    def _other_image(self, container: Container, image: dict[str, Any] | None) -> bool:
        """Tell whether a container is of another image, or of the same by another name."""
        other = bool(image) and mapping(image)["Id"] != container["Image"]
        if other:
            self.diff.add("image", mapping(image)["Id"], container["Image"])
        name, has = self.args.get("image"), container["Config"].get("Image")
        if name and name != has and self.args["image_name_mismatch"] == "recreate":
            self.diff.add("image_name", name, has)
            other = True
        return other

    def _limits(self, container: Container) -> Container:
        """Change what can be changed in a container that stays."""
        differs = options.differences(self.wanted, container, updates=True)
        if not differs.items:
            return container
        self.diff.items += differs.items
        return self.life.update(container)

    def _networks(self, container: Container, created: bool) -> Container:
        """Put the container into the networks that it should be in, and, if told, out of all others."""
        mode = self.wanted.modes["networks"]
        changed = False
        if self.networks and (mode != "ignore" or created):
            differing = endpoints.differing(self.networks, container)
            for network, now in differing:
                self.diff.add("network.%s" % network["name"], network, now)
                self.life.join(container, network, now)
            if differing:
                changed = True
                found = [{"parameter": network, "container": now} for network, now in differing]
                self.details = [*as_list(self.details), {"network_differences": found}]
        if mode == "strict" and "networks" in self.args:
            extra = endpoints.needless(self.networks, container)
            for network in extra:
                self.diff.add("network.%s" % network["name"], None, network)
                self.life.leave(container, network)
            if extra:
                changed = True
                self.details = [*as_list(self.details), {"purge_networks": extra}]
        return self.life.there(container["Id"]) if changed else container

    def _moved(self, container: Container, before: Container) -> Container:
        """Start, restart, stop, pause the container."""
        up = self.state in ("started", "healthy")
        was = _running(before)
        if up and not _running(container):
            self.diff.add("running", True, was)
            container = self.life.start(container)
        elif up and self.args["restart"]:
            self.diff.add("running", True, was)
            self.diff.add("restarted", True, False)
            container = self.life.restart(container)
        elif self.state == "stopped" and _running(container):
            self.diff.add("running", False, was)
            self.life.stop(container)
            container = self.life.there(container["Id"])
        paused = self.args.get("paused")
        if up and paused is not None and _paused(container) != paused:
            self.diff.add("paused", paused, _paused(before))
            container = self.life.pause(container, paused)
        return container

    def _image(self, container: Container | None) -> dict[str, Any] | None:
        """Return the image that is wanted, pulled if needed, and find out whose defaults count."""
        if container is not None and not _removing(container):
            self.wanted.current = images.find(self.api, container["Image"])
        image = self._wanted_image() if self.args.get("image") else None
        self.wanted.image = image
        if not self.args.get("image") or self.args["image_comparison"] == "current-image":
            self.wanted.image = self.wanted.current
        return image

    def _wanted_image(self) -> dict[str, Any] | None:
        name: str = self.args["image"]
        if images.is_id(name):
            found = images.find(self.api, name)
            if found is None:
                raise Fail("Cannot find image with ID %s" % name)
            return found
        repository, tag = images.split(name)
        tag = tag or "latest"
        found = images.find(self.api, images.joined(repository, tag))
        pull = self.args["pull"]
        if not found and pull == "never":
            raise Fail("Cannot find image with name %s:%s, and pull=never" % (repository, tag))
        return self._pulled(repository, tag, found) if not found or pull == "always" else found

    def _pulled(self, repository: str, tag: str, found: dict[str, Any] | None) -> dict[str, Any] | None:
        action: dict[str, Any] = {"pulled_image": "%s:%s" % (repository, tag)}
        if self.check:
            if not found or self.args["pull_check_mode_behavior"] == "always":
                self.life.do(lambda: None, **action, **({} if found else {"changed": True}))
            return found
        image = images.pull(self.api, repository, tag, self.args.get("platform"))
        changed = not found or found["Id"] != image["Id"]
        self.life.result["changed"] = changed
        self.life.result["actions"].append(dict(action, changed=changed))
        return image


def _running(container: Mapping[str, Any]) -> bool:
    return bool(mapping(container.get("State")).get("Running"))


def _paused(container: Mapping[str, Any]) -> bool:
    return bool(mapping(container.get("State")).get("Paused"))


def _removing(container: Mapping[str, Any]) -> bool:
    return mapping(container.get("State")).get("Status") == "removing"
