"""docker_login: being known to registries of images."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.docker import DockerArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg


@modules.register("docker_login")
class DockerLogin(Module):
    """Log into a registry of images, or out of it.

    The daemon tries name and password. They are kept in `config_path`, which only its owner can read, or by
    the credential helper that is named there.

    Returns:
        login_result: what the registry said, or what was known of it.

    Examples:
        - name: Log into the registry of the company
          docker_login:
            registry_url: registry.example.org
            username: deploy
            password: "{{ registry_password }}"
    """

    class Args(DockerArgs):
        registry_url: Text = arg("https://index.docker.io/v1/", "registry", "url")
        """The registry."""
        username: Text | None = None
        """The user's name."""
        password: Text | None = arg(None, secret=True)
        """The password."""
        reauthorize: Bool = arg(False, "reauth")
        """Log in each time."""
        config_path: Path = arg("~/.docker/config.json", "dockercfg_path")
        """The file that keeps it."""
        state: Literal["present", "absent"] = "present"
        """Whether the host is logged in."""

        @model_validator(mode="after")
        def _known(self) -> Self:
            if self.state == "present" and (self.username is None or self.password is None):
                raise ValueError("state present needs username and password")
            return self

    target = "docker_login.run"
