"""docker_host_info: what a Docker daemon is, and what it has."""

from __future__ import annotations

from .base.docker import DockerArgs
from .base.module import Module, modules
from .base.types import Bool, Dict


@modules.register("docker_host_info")
class DockerHostInfo(Module):
    """Tell what Docker is on the host, and which containers, images, networks and volumes it has.

    Returns:
        can_talk_to_docker: whether the daemon answered.
        host_info: what `docker info` tells.
        containers, images, networks, volumes: lists, each where it was asked for.
        disk_usage: what Docker's layers take, with `disk_usage`.

    Examples:
        - name: Which containers belong to the shop?
          docker_host_info:
            containers: true
            containers_filters:
              label: shop
          register: docker
    """

    class Args(DockerArgs):
        containers: Bool = False
        containers_all: Bool = False
        containers_filters: Dict | None = None
        images: Bool = False
        images_filters: Dict | None = None
        networks: Bool = False
        networks_filters: Dict | None = None
        volumes: Bool = False
        volumes_filters: Dict | None = None
        disk_usage: Bool = False
        verbose_output: Bool = False

    target = "docker_host_info.run"
