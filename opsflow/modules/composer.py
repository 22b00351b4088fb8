"""composer: libraries of PHP."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Path, Text, arg


@modules.register("composer")
class Composer(Module):
    """Run Composer in a project or for all, with those of the options that its command understands.

    In check mode it is a dry run, and skipped where the command has none.

    Returns:
        msg: what Composer said, in one line.
        stdout: the same as it was said.

    Examples:
        - name: Install what composer.lock names
          composer:
            working_dir: /srv/app

        - name: Add a library
          composer:
            command: require
            arguments: monolog/monolog
            working_dir: /srv/app
    """

    class Args(ModuleArgs):
        command: Text = "install"
        """Composer's command, one word."""
        arguments: Text = ""
        """What stands behind the command, quoted as in a shell."""
        executable: Path | None = arg(None, "php_path")
        """The program php; else that of the search path."""
        composer_executable: Path | None = None
        """Composer itself; else that of the search path."""
        working_dir: Path | None = None
        """The project's directory; needed without `global_command`."""
        global_command: Bool = False
        """Run it for the packages that all projects of the user share."""
        prefer_source: Bool = False
        """Install from version control where that can be."""
        prefer_dist: Bool = False
        """Install archives where there are some."""
        no_dev: Bool = True
        """Leave out what only developers need."""
        no_scripts: Bool = False
        """Run no scripts of composer.json."""
        no_plugins: Bool = False
        """Load no plugins."""
        apcu_autoloader: Bool = False
        """Let APCu remember which classes are there."""
        optimize_autoloader: Bool = True
        """Make a map of all classes, which is quicker."""
        classmap_authoritative: Bool = False
        """Look for classes in that map only."""
        ignore_platform_reqs: Bool = False
        """Install even where this PHP or its extensions do not fit."""
        force: Bool = False
        """Run `create-project` even where the directory has a composer.json."""

        @model_validator(mode="after")
        def _complete(self) -> Self:
            if len(self.command.split()) != 1:
                raise ValueError("command is one word: put the others into arguments")
            if self.working_dir is None and not self.global_command:
                raise ValueError("give working_dir, or global_command")
            return self

    target = "composer.run"
