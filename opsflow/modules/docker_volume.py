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
        """The volume."""
        driver: Text = "local"
        """Its driver."""
        driver_options: Texts = arg({})
        """Options of that."""
        labels: Labels | None = None
        """Its labels."""
        recreate: Literal["always", "never", "options-changed"] = "never"
        """When it is made anew: always, never, where its options differ."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""

    target = "docker_volume.run"
