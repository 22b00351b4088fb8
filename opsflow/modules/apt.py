"""apt: packages of Debian and Ubuntu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import model_validator

from opsflow.core.errors import TaskError
from opsflow.core.upgrades import UpgradeRequest
from opsflow.packages import report
from opsflow.packages.approval import bound

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Path, StrList, Text, arg

_MODES = {"dist": "dist", "full": "dist", "safe": "safe", "yes": "safe"}
_UNPLANNED = (
    "allow_change_held_packages", "allow_downgrade", "allow_unauthenticated", "clean", "default_release",
    "dpkg_options", "fail_on_autoremove", "force", "install_recommends", "only_upgrade", "policy_rc_d",
)  # fmt: skip


@modules.register("apt")
class Apt(Module):
    """Install, upgrade and remove packages.

    What is there already is seen from dpkg's own database, without starting a process. An interrupted
    earlier run of dpkg is repaired before anything is changed (`repaired`), and locks are waited for. All
    changes are in `packages` {name, old, new}, also when the task failed half-way.

    Returns:
        packages: what was changed: name, old and new version.
        stdout, stderr: what apt-get said.
        cache_updated: whether the lists of packages were fetched.
        cache_update_time: when they last were, in seconds since 1970.

    Examples:
        - name: Install nginx, with lists no older than an hour
          apt:
            name: nginx
            update_cache: true
            cache_valid_time: 3600

        - name: Install a version and several packages at once
          apt:
            name:
              - postgresql-15=15.*
              - curl
              - jq
            install_recommends: false

        - name: Remove a package with its configuration
          apt:
            name: apache2
            state: absent
            purge: true
            autoremove: true

        - name: Install a package file from an address
          apt:
            deb: https://example.org/tool_1.2_all.deb

        - name: Upgrade everything
          apt:
            upgrade: full
    """

    class Args(ModuleArgs):
        name: StrList | None = arg(None, "package", "pkg")
        """Names, also `name=version`, `name=1.2*`, `name>=1.2`, and patterns of names."""
        state: Literal["absent", "build-dep", "fixed", "latest", "present"] = "present"
        """What they are to be; `fixed` repairs what is broken, `build-dep` installs what sources need."""
        update_cache: Bool | None = arg(None, "update-cache")
        """Fetch the lists of packages first, unless they are younger than `cache_valid_time` seconds."""
        cache_valid_time: Int = 0
        """Seconds that the lists of packages count as fresh."""
        update_cache_retries: Int = 5
        """How often to try again when the lists cannot be refreshed."""
        update_cache_retry_max_delay: Int = 12
        """Longest pause between two attempts, in seconds."""
        upgrade: Literal["dist", "full", "no", "safe", "yes"] = "no"
        """Upgrade all packages: safe, full or dist, or not."""
        deb: Path | None = None
        """A package file on the host, or its URL; several with commas between them."""
        purge: Bool = False
        """Remove the configuration too."""
        autoremove: Bool = False
        """Remove packages that nothing needs any more."""
        autoclean: Bool = False
        """Remove archives of packages that cannot be downloaded any more."""
        clean: Bool = False
        """Remove all downloaded archives."""
        default_release: Text | None = arg(None, "default-release")
        """The release that packages are taken from, such as bookworm-backports."""
        install_recommends: Bool | None = arg(None, "install-recommends")
        """Install what packages recommend; without this as apt is set up."""
        only_upgrade: Bool = False
        """Upgrade what is installed, and install nothing new."""
        allow_unauthenticated: Bool = arg(False, "allow-unauthenticated")
        """Install packages that nobody has signed."""
        allow_downgrade: Bool = arg(False, "allow-downgrade", "allow_downgrades", "allow-downgrades")
        """Install older versions than those that are there."""
        allow_change_held_packages: Bool = False
        """Change packages that are held."""
        fail_on_autoremove: Bool = False
        """Fail where packages would be removed because nothing needs them."""
        force: Bool = False
        """Allow everything that apt would refuse: unsigned, older, held and essential packages."""
        dpkg_options: Text = "force-confdef,force-confold"
        """Options for dpkg, with commas between them."""
        policy_rc_d: Int | None = None
        """Exit code by which packages are told whether to start their services, such as 101 for no."""
        lock_timeout: Int = 60
        """Seconds to wait for another package manager."""
        force_apt_get: Bool = False
        """Accepted for Ansible's sake: apt-get is what is always used."""
        auto_install_module_deps: Bool = True
        """Accepted for Ansible's sake: nothing but Python's standard library is needed."""

        @model_validator(mode="after")
        def _consistent(self) -> Self:
            asked = {"deb": self.deb, "name": self.name, "upgrade": self.upgrade != "no"}
            given = [name for name, value in asked.items() if value]
            if len(given) > 1:
                raise ValueError(f"{' and '.join(given)} cannot be given together")
            tidy = (self.autoremove, self.autoclean, self.clean, self.cache_valid_time, self.state == "fixed")
            if not given and self.name is None and self.update_cache is None and not any(tidy):
                raise ValueError(
                    "nothing is asked for: name, deb, upgrade, update_cache or autoremove is needed"
                )
            if self.deb and self.state != "present":
                raise ValueError("deb goes with state=present only")
            if self.state == "latest" and "*" in (self.name or []) and len(self.name or []) > 1:
                raise ValueError(
                    "name: '*' with state=latest upgrades everything: no other name may be given"
                )
            return self

    detachable = True

    async def run(self, task: TaskContext, args: Args) -> Result:
        approved = task.approved
        if args.upgrade != "no" and (task.planning or approved is not None):
            return await self._bound(task, args, approved)
        return await task.call("apt_deb.run" if args.deb else "apt.run", args.sent())

    async def _bound(self, task: TaskContext, args: Args, approved: Mapping[str, Any] | None) -> Result:
        """Plan an upgrade for a person to approve, or do what was approved. Raises TaskError."""
        given = [name for name in _UNPLANNED if getattr(args, name) != type(args).model_fields[name].default]
        if given:
            raise TaskError(
                f"an upgrade with {', '.join(given)} cannot be planned and approved",
                hint="package_upgrade upgrades without such options",
            )
        packages = await task.packages()
        request = UpgradeRequest(
            mode=_MODES[args.upgrade],
            autoremove=args.autoremove,
            purge=args.purge,
            lock_timeout=args.lock_timeout,
        )
        if approved is not None:
            request = bound(request, approved)
        refresh, age = bool(args.update_cache or args.cache_valid_time), args.cache_valid_time
        if task.check:
            plan = await packages.plan(request, refresh=refresh, valid_for=age, state=task.planning)
            return report.planned(plan, request)
        if refresh:
            await packages.refresh(valid_for=age, lock_timeout=args.lock_timeout)
        return report.done(await packages.upgrade(request))
