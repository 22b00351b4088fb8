"""docker_compose_v2: projects of Docker Compose."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from .base.docker import TlsArgs
from .base.module import Module, modules
from .base.types import Bool, Dict, Int, Path, StrList, Text, to_dict, to_int


def _scale(value: dict[str, object]) -> dict[str, int]:
    numbers = {str(name): to_int(number) for name, number in value.items()}
    if any(number < 0 for number in numbers.values()):
        raise ValueError("is 0 or more for each service")
    return numbers


Scale = Annotated[dict[str, int], AfterValidator(_scale), BeforeValidator(to_dict)]


@modules.register("docker_compose_v2")
class DockerComposeV2(Module):
    """Start, stop, restart and remove projects of Docker Compose.

    The host needs Docker's command line with its plugin `compose`, 2.18 or newer. A `definition` reaches it
    through its standard input.

    Returns:
        actions: what compose did, `what`, `id` and `status` each.
        containers, images: those of the project.
        stdout, stderr: what compose wrote, if anything.

    Examples:
        - name: Have the shop run
          docker_compose_v2:
            project_src: /srv/shop
            pull: always

        - name: One service, said here
          docker_compose_v2:
            project_name: cache
            definition:
              services:
                cache:
                  image: redis:7
    """

    class Args(TlsArgs):
        state: Literal["absent", "stopped", "restarted", "present"] = "present"
        """What the project is to be."""
        project_src: Path | None = None
        """The directory of the project."""
        project_name: Text | None = None
        """The project's name, if not that of the directory."""
        definition: Dict | None = None
        """The project itself, instead of a directory."""
        files: StrList | None = None
        """Files that describe it, if not those of the usual names."""
        env_files: StrList | None = None
        """Files of variables, if not `.env`."""
        profiles: StrList | None = None
        """Profiles whose services count."""
        services: StrList | None = None
        """The services to act on; all without."""
        scale: Scale | None = None
        """How many containers services have."""
        check_files_existing: Bool = True
        """Fail where the directory has no file of a usual name."""
        dependencies: Bool = True
        """Act on what the services need as well."""
        pull: Literal["always", "missing", "never", "policy"] = "policy"
        """When images are pulled."""
        build: Literal["always", "never", "policy"] = "policy"
        """When images are built."""
        ignore_build_events: Bool = True
        """Building is no change."""
        recreate: Literal["always", "never", "auto"] = "auto"
        """When containers are made anew."""
        renew_anon_volumes: Bool = False
        """Make volumes without a name anew."""
        remove_images: Literal["all", "local"] | None = None
        """Which images go with the project."""
        remove_orphans: Bool = False
        """Remove containers of services that are no more there."""
        remove_volumes: Bool = False
        """Remove volumes with the project."""
        timeout: Int | None = None
        """Seconds for containers to stop."""
        wait: Bool = False
        """Wait until containers run and are healthy."""
        wait_timeout: Int | None = None
        """Seconds to wait for that."""
        assume_yes: Bool = False
        """Say yes to what docker compose asks."""
        cli_context: Text | None = None
        """The context of docker."""
        docker_cli: Path | None = None
        """The program docker."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.definition is None and self.project_src is None:
                raise ValueError("give project_src or definition")
            if self.definition is not None and (self.project_src is not None or self.files is not None):
                raise ValueError("definition takes the place of project_src and files")
            if self.definition is not None and self.project_name is None:
                raise ValueError("definition needs project_name")
            if self.cli_context is not None and "docker_host" in self.model_fields_set:
                raise ValueError("give docker_host or cli_context, not both")
            return self

    target = "docker_compose.run"
