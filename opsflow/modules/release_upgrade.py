"""release_upgrade: upgrade a host to the next release of Debian or Ubuntu."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from opsflow.core.upgrades import ReleaseRequest, Safety
from opsflow.systems.release import sentence, upgrade
from opsflow.systems.update import RebootPolicy

from .base.health import HealthArgs
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.preflight import PreflightArgs
from .base.types import Float, Text, arg
from .package_upgrade import as_checks, as_preflight
from .system_update import Commands, as_policy


class Args(ModuleArgs):
    """Which release, and how."""

    to: Text = "next"
    """The code name of the release after the host's, or `next`. A host that is at that code name stays."""
    third_party: Literal["disable", "keep", "stop"] = "disable"
    """Sources that are not the distribution's are turned off, left as they are, or a reason not to begin."""
    remove_obsolete: Literal["no", "autoremove", "obsolete"] = "no"
    """`autoremove` removes what was installed only for others and is needed no more; `obsolete` also what the
    release before offered and this one does not, unless other packages need it."""
    conffiles: Literal["keep", "new"] = "keep"
    """Which version of a configuration file wins that both the administrator and the package changed."""
    reboot: Annotated[RebootPolicy, BeforeValidator(as_policy)] = "if_required"
    """`if_required`: when packages have changed. After `never` a reboot is told to be pending."""
    reboot_timeout: Float = 1200.0
    """Seconds within which a rebooted host must be usable again."""
    pre_upgrade: Commands = arg([])
    """Shell commands to run first, where there is something to do."""
    post_upgrade: Commands = arg([])
    """Shell commands to run when the packages are upgraded, before the reboot."""
    preflight: Annotated[PreflightArgs | None, BeforeValidator(as_preflight)] = PreflightArgs()
    """How the host must be before: the options of the module `preflight`; `false` for no checks."""
    health: Annotated[HealthArgs, BeforeValidator(as_checks)] | None = None
    """How the host must be afterwards: a list of checks, or all options of `health_check`."""
    settle: Float = 60.0
    """Seconds within which services must be up afterwards."""
    lock_timeout: Float = 600.0
    """Seconds to wait for another package manager."""
    time_limit: Float | None = None
    """Seconds that one run of the package manager may take; then it is ended, with all its scripts."""

    def request(self) -> ReleaseRequest:
        health = self.health.sent() if self.health else None
        before = self.preflight.sent() if self.preflight else None
        return ReleaseRequest(
            to=self.to,
            third_party=self.third_party,
            remove_obsolete=self.remove_obsolete,
            conffiles=self.conffiles,
            lock_timeout=self.lock_timeout,
            before=self.pre_upgrade,
            after=self.post_upgrade,
            safety=Safety(time_limit=self.time_limit, settle=self.settle, health=health, preflight=before),
        )


@modules.register("release_upgrade")
class ReleaseUpgrade(Module):
    """Upgrade a host to the next release of its distribution, reboot it and look whether all is well.

    Which release follows is known from the distro-info data of the host and from the archive's own signed
    Release file, on Ubuntu from meta-release and the administrator's policy there (`Prompt`). No release is
    skipped. The release that the host runs is brought up to date first; held packages are a reason to stop.

    On Debian everything is downloaded before anything changes. Then the sources are rewritten, in both of
    their formats, and the packages upgraded: first those that need no new ones, then all. Until the first
    package changes the sources are put back when something fails; after that there is no way back, and the
    next run goes on where this one stopped. On Ubuntu `do-release-upgrade` does this in its own way.

    Check mode tells all that, with the differences of the sources and apt's plan for the new release.

    Hooks are the shell commands given here, then the executables in `/etc/opsflow/pre-release-upgrade.d` and
    `/etc/opsflow/post-release-upgrade.d` on the host.

    Returns:
        from, to: the releases, each with codename and version.
        reason: why there is nothing to do.
        sources: the files of sources that were rewritten: path and difference.
        disabled, kept: sources of third parties that were turned off, or left on.
        current: what bringing the release up to date changed.
        packages: what was changed: name, old and new version.
        plan: what would be changed, in check mode.
        obsolete: packages that no source offers any more.
        conffile_decisions: configuration files that were replaced, kept or removed, with the difference.
        preflight, checks: what was looked at before and afterwards.
        transaction: the name of the host's record, beside which the old sources are kept.
        stage: how far an upgrade is that has not ended: sources, packages or boot.
        rebooted, reboot, reboot_pending: whether the host was rebooted, or has to be.
        hooks: what the commands before and after it said.
        elapsed: how many seconds it all took.

    Examples:
        - name: Upgrade Debian 12 to 13
          release_upgrade:
            to: trixie
            remove_obsolete: autoremove
            health:
              - unit: ssh
    """

    Args = Args

    async def run(self, task: TaskContext, args: Args) -> Result:
        system = await task.system()
        request = args.request()
        if not task.check:
            return await upgrade(system, request, args.reboot, args.reboot_timeout, task.progress)
        planned: dict[str, Any] = {**await system.plan_release(request), "rebooted": False}
        return {**planned, "msg": sentence(planned, check=True)}
