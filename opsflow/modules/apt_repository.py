"""apt_repository: lines of apt's source lists."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Mode, Text, arg


@modules.register("apt_repository")
class AptRepository(Module):
    """Add or remove a repository in the form of a line: `deb http://example.org/debian stable main`.

    Files in the form of `.sources` are left alone: `deb822_repository` writes those. The lists of packages
    are fetched after a change; if that fails, the change is taken back. The signing key of `ppa:OWNER/NAME`
    comes from Launchpad and is put into `/etc/apt/trusted.gpg.d`.

    Returns:
        repo: the line.
        sources_added, sources_removed: the files.

    Examples:
        - name: Have backports
          apt_repository:
            repo: deb http://deb.debian.org/debian bookworm-backports main
            filename: backports
    """

    class Args(ModuleArgs):
        repo: Text
        """The line of the list, or `ppa:owner/name`."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""
        filename: Text | None = None
        """Name of the file in `/etc/apt/sources.list.d`, without `.list`; made of the address by default."""
        codename: Text | None = None
        """The release for a PPA, by default the host's own."""
        mode: Mode | None = None
        """The permissions of the file of the list."""
        update_cache: Bool = arg(True, "update-cache")
        """Refresh the lists of packages where something has changed."""
        update_cache_retries: Int = 5
        """How often to try again when that fails."""
        update_cache_retry_max_delay: Int = 12
        """Longest pause between two attempts, in seconds."""
        validate_certs: Bool = True
        """Check the certificate of the server of a PPA."""
        install_python_apt: Bool = True
        """Accepted for Ansible's sake: nothing but Python's standard library is needed."""

        @model_validator(mode="after")
        def _not_empty(self) -> Self:
            if not self.repo.strip():
                raise ValueError("repo must not be empty")
            return self

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        options = args.sent()
        del options["install_python_apt"]
        if args.repo.startswith("ppa:"):
            return await task.call("apt_ppa.run", options)
        del options["validate_certs"]
        options.pop("codename", None)
        return await task.call("apt_repository.run", options)
