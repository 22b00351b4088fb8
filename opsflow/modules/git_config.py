"""git_config: settings of git."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Path, Text


@modules.register("git_config")
class GitConfig(Module):
    """Set or remove a setting of git: of a repository, of the user, of the system or in a file.

    Returns:
        msg: what was done.
        previous_value: the value before.

    Examples:
        - name: Set who commits on this host
          git_config:
            name: user.email
            value: deploy@example.org
            scope: global

        - name: Forget a setting of a repository
          git_config:
            name: core.editor
            state: absent
            scope: local
            repo: /srv/app
    """

    class Args(ModuleArgs):
        name: Text
        """The setting, such as user.email."""
        value: Text | None = None
        """Its value."""
        state: Literal["present", "absent"] = "present"
        """Whether it is to be there."""
        scope: Literal["file", "local", "global", "system"] | None = None
        """Whose settings: the host's, the user's, the repository's, a file's."""
        repo: Path | None = None
        """The repository."""
        file: Path | None = None
        """The file, for the scope of that name."""
        add_mode: Literal["add", "replace-all"] = "replace-all"
        """Put the value in the place of others, or beside them."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if self.scope == "local" and self.repo is None:
                raise ValueError("scope local needs repo")
            if self.scope == "file" and self.file is None:
                raise ValueError("scope file needs file")
            if self.state == "present" and not self.value:
                raise ValueError("state present needs a value")
            return self

    target = "git_config.run"
