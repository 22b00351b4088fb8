"""docker_image: images of Docker."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.docker import DockerArgs, Size, SizeOrUnlimited, Texts
from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Path, StrList, Text


class Limits(ModuleArgs):
    """What the steps of a build may take."""

    memory: Size | None = None
    """The memory."""
    memswap: SizeOrUnlimited | None = None
    """The memory with swap; -1 means without limit."""
    cpushares: Int | None = None
    """The share of processors."""
    cpusetcpus: Text | None = None
    """Which processors."""


class Build(ModuleArgs):
    """How an image is built."""

    path: Path
    """The directory to build in."""
    dockerfile: Text | None = None
    """The Dockerfile, if not the one of that name."""
    args: Texts | None = None
    """Values of its arguments."""
    cache_from: StrList | None = None
    """Images whose layers may be used."""
    container_limits: Limits | None = None
    """Limits of the containers that build."""
    etc_hosts: Texts | None = None
    """Names and their addresses."""
    http_timeout: Int | None = None
    """Seconds to wait for Docker."""
    labels: Texts | None = None
    """Labels of the image."""
    network: Text | None = None
    """The network while it is built."""
    nocache: Bool = False
    """Build all layers anew."""
    platform: Text | None = None
    """The platform to build for."""
    pull: Bool = False
    """Pull newer versions of the images that it begins with."""
    rm: Bool = True
    """Remove the containers that build."""
    shm_size: Size | None = None
    """The size of shared memory while it is built."""
    target: Text | None = None
    """The stage to build."""
    use_config_proxy: Bool | None = None
    """Take proxies from the settings of docker."""


class Pull(ModuleArgs):
    """How an image is pulled."""

    platform: Text | None = None
    """The platform of the image."""


def _tag(value: Any) -> Any:
    text = str(value)
    if text and not re.fullmatch(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}", text):
        raise ValueError(f'"{text}" is not a valid docker tag!')
    return text


@modules.register("docker_image")
class DockerImage(Module):
    """Build, pull, load, tag, push, archive and remove images of Docker.

    An image that is there stays as it is unless `force_source` is given. A directory of the host is built,
    without what its `.dockerignore` names. Registries know us by `docker_login`.

    Returns:
        image: what Docker tells of the image.
        actions: what was done.
        stdout: what a build wrote.

    Examples:
        - name: Have the newest nginx
          docker_image:
            name: nginx
            tag: "1.27"
            source: pull
            force_source: true

        - name: Build the shop
          docker_image:
            name: registry.example.org/shop
            source: build
            build:
              path: /srv/shop
            push: true
    """

    class Args(DockerArgs):
        name: Text
        """The image; also with a tag, or its ID."""
        tag: Annotated[Text, BeforeValidator(_tag)] = "latest"
        """Its tag."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        source: Literal["build", "load", "pull", "local"] | None = None
        """Where it comes from: built, loaded, pulled, or there already."""
        build: Build | None = None
        """How it is built."""
        pull: Pull | None = None
        """How it is pulled."""
        load_path: Path | None = None
        """The archive that it is loaded from."""
        archive_path: Path | None = None
        """The archive that it is saved to."""
        repository: Text | None = None
        """The name that it gets, to be pushed."""
        push: Bool = False
        """Push it."""
        force_absent: Bool = False
        """Remove it even where it has other names."""
        force_source: Bool = False
        """Build, load or pull it each time."""
        force_tag: Bool = False
        """Tag it each time."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.state == "present" and self.source is None:
                raise ValueError("state present needs source")
            if self.source == "build" and self.build is None:
                raise ValueError("source build needs build, with path")
            if self.source == "load" and self.load_path is None:
                raise ValueError("source load needs load_path")
            by_id = self.name.startswith("sha256:")
            if by_id and self.source in ("build", "pull"):
                raise ValueError(f"source {self.source} needs the name of an image, not its ID")
            if by_id and self.push and not self.repository:
                raise ValueError("an image is pushed by its name: give repository")
            if self.repository and self.repository.startswith("sha256:"):
                raise ValueError("repository is a name, not the ID of an image")
            return self

    target = "docker_image.run"
