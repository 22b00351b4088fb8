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
        """Tell of containers."""
        containers_all: Bool = False
        """Tell of those that do not run, too."""
        containers_filters: Dict | None = None
        """Which ones."""
        images: Bool = False
        """Tell of images."""
        images_filters: Dict | None = None
        """Which ones."""
        networks: Bool = False
        """Tell of networks."""
        networks_filters: Dict | None = None
        """Which ones."""
        volumes: Bool = False
        """Tell of volumes."""
        volumes_filters: Dict | None = None
        """Which ones."""
        disk_usage: Bool = False
        """Tell what lies on the disk."""
        verbose_output: Bool = False
        """Tell all that Docker knows of each."""

    target = "docker_host_info.run"
