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
    memswap: SizeOrUnlimited | None = None
    cpushares: Int | None = None
    cpusetcpus: Text | None = None


class Build(ModuleArgs):
    """How an image is built."""

    path: Path
    dockerfile: Text | None = None
    args: Texts | None = None
    cache_from: StrList | None = None
    container_limits: Limits | None = None
    etc_hosts: Texts | None = None
    http_timeout: Int | None = None
    labels: Texts | None = None
    network: Text | None = None
    nocache: Bool = False
    platform: Text | None = None
    pull: Bool = False
    rm: Bool = True
    shm_size: Size | None = None
    target: Text | None = None
    use_config_proxy: Bool | None = None


class Pull(ModuleArgs):
    """How an image is pulled."""

    platform: Text | None = None


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
        tag: Annotated[Text, BeforeValidator(_tag)] = "latest"
        state: Literal["absent", "present"] = "present"
        source: Literal["build", "load", "pull", "local"] | None = None
        build: Build | None = None
        pull: Pull | None = None
        load_path: Path | None = None
        archive_path: Path | None = None
        repository: Text | None = None
        push: Bool = False
        force_absent: Bool = False
        force_source: Bool = False
        force_tag: Bool = False

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
