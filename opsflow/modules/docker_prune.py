"""docker_prune: removing what nobody uses in Docker."""

from __future__ import annotations

from .base.docker import DockerArgs, Size
from .base.module import Module, modules
from .base.types import Bool, Dict


@modules.register("docker_prune")
class DockerPrune(Module):
    """Remove stopped containers, and images, networks, volumes and caches of builds that nobody uses.

    Docker cannot tell beforehand what it would remove: check mode skips the task.

    Returns:
        containers, images, networks, volumes: what was removed, each where it was asked for.
        containers_space_reclaimed, images_space_reclaimed, volumes_space_reclaimed: bytes.
        builder_cache_space_reclaimed, builder_cache_caches_deleted: the same for caches of builds.

    Examples:
        - name: Make room
          docker_prune:
            containers: true
            images: true
            images_filters:
              dangling: false
              until: 240h
    """

    class Args(DockerArgs):
        containers: Bool = False
        """Remove containers that do not run."""
        containers_filters: Dict | None = None
        """Which ones."""
        images: Bool = False
        """Remove images without a name."""
        images_filters: Dict | None = None
        """Which ones; `dangling: false` for all that are not used."""
        networks: Bool = False
        """Remove networks that are not used."""
        networks_filters: Dict | None = None
        """Which ones."""
        volumes: Bool = False
        """Remove volumes that are not used."""
        volumes_filters: Dict | None = None
        """Which ones."""
        builder_cache: Bool = False
        """Remove what building left."""
        builder_cache_all: Bool = False
        """All of it."""
        builder_cache_filters: Dict | None = None
        """Which of it."""
        builder_cache_keep_storage: Size | None = None
        """How much of it to keep."""

    check_mode = False
    target = "docker_prune.run"
