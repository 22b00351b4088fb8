"""subversion: working copies on hosts."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("subversion")
class Subversion(Module):
    """Check out a Subversion repository, bring a working copy to a revision, or export one.

    Returns:
        before, after: revision and address before and now.

    Examples:
        - name: Have the trunk of a project
          subversion:
            repo: https://example.org/svn/app/trunk
            dest: /srv/app
    """

    class Args(ModuleArgs):
        repo: Text = arg(..., "name", "repository")
        """The repository."""
        dest: Path | None = None
        """The working copy."""
        revision: Text = arg("HEAD", "rev", "version")
        """The revision."""
        force: Bool = False
        """Throw away changes of files that are under version control."""
        in_place: Bool = False
        """Check out into a directory that has something already."""
        username: Text | None = None
        """The user's name."""
        password: Text | None = arg(None, secret=True)
        """The password."""
        executable: Path | None = None
        """The program svn."""
        checkout: Bool = True
        """Check out where there is none."""
        update: Bool = True
        """Update what is there."""
        export: Bool = False
        """Export, without what svn keeps."""
        switch: Bool = True
        """Switch a working copy of another URL."""
        validate_certs: Bool = False
        """Check the server's certificate."""

        @model_validator(mode="after")
        def _somewhere(self) -> Self:
            if self.dest is None and (self.checkout or self.update or self.export):
                raise ValueError(
                    "the destination directory must be specified unless checkout=no, update=no, and export=no"
                )
            return self

    target = "subversion.run"
