"""package: packages of whatever distribution the host runs."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, model_validator

from opsflow.core.errors import OpsFlowError, TaskError

from .apt import Apt
from .base.module import Module, Result, TaskContext, find_module, modules
from .base.types import Text

_OF_OTHERS = {
    "allowerasing", "best", "bugfix", "conf_file", "disable_excludes", "disable_gpg_check", "disable_plugin",
    "disablerepo", "download_dir", "download_only", "enable_plugin", "enablerepo", "exclude",
    "install_weak_deps", "installroot", "list", "nobest", "releasever", "security", "skip_broken",
    "sslverify", "update_only", "use_backend", "validate_certs",
}  # fmt: skip
"""Options of package managers that are not here: roles for many systems give them, or omit, by conditions."""


@modules.register("package")
class Package(Module):
    """Install, upgrade and remove packages by the host's own package manager.

    Takes the options of that manager's module beside its own `use`.

    Returns:
        as of the module of the host's package manager, such as `apt`: what it returns.

    Examples:
        - name: Install packages, whatever manages them
          package:
            name: [curl, git]
            state: present
    """

    backends = ("apt",)

    class Args(Apt.Args):
        model_config = ConfigDict(extra="allow")

        use: Text = "auto"
        """The module to use; by default that of the host's package manager."""

        @model_validator(mode="after")
        def _known(self) -> Self:
            for name in sorted({*(self.model_extra or {})} - _OF_OTHERS):
                raise ValueError(f"there is no option '{name}'")
            return self

    async def run(self, task: TaskContext, args: Args) -> Result:
        chosen = args.use if args.use != "auto" else str(task.vars.get("ansible_package_use", "auto"))
        if chosen == "auto":
            chosen = (await task.packages()).module
        try:
            module = find_module(chosen)
        except OpsFlowError as error:
            raise TaskError(
                f"no package manager '{chosen}' is known: {error.message}", hint=error.hint
            ) from None
        if args.model_extra:
            raise TaskError(f"{chosen} has no option '{min(args.model_extra)}'")
        options = args.model_dump(exclude={"use"}, exclude_unset=True)
        return await module().run(task, module.Args.model_validate(options))
