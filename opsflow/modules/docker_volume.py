"""docker_volume: volumes of Docker."""

from __future__ import annotations

from typing import Literal

from .base.docker import DockerArgs, Labels, Texts
from .base.module import Module, modules
from .base.types import Text, arg


@modules.register("docker_volume")
class DockerVolume(Module):
    """Make and remove volumes of Docker.

    Returns:
        volume: what Docker tells of the volume.
        actions: what was done, in check mode and with `debug`.

    Examples:
        - name: Have a volume for the database
          docker_volume:
            name: database
            labels:
              backup: daily
    """

    class Args(DockerArgs):
        volume_name: Text = arg(..., "name")
        driver: Text = "local"
        driver_options: Texts = arg({})
        labels: Labels | None = None
        recreate: Literal["always", "never", "options-changed"] = "never"
        state: Literal["absent", "present"] = "present"

    target = "docker_volume.run"
