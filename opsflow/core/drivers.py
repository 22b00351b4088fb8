"""What a package manager and a system manager can do, whatever stands behind it.

Drivers are bound to one host session and are found by name in these registries: by the inventory variable
`opsflow_system`, by a group named `debian` or `ubuntu`, else by facts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from .registry import Registry
from .results import PackageChange

Progress = Callable[[str, float | None], None]
"""Called with a sentence and, where it is known, how far the work is in percent."""


class Host(Protocol):
    """A session on one host, as drivers see it: a call of a function over there."""

    name: str
    run_id: str
    """The run that the session serves."""

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
        lasting: str = "",
    ) -> dict[str, Any]:
        """Call `module.function` of `opsflow.target` as the task's become user; see RunnerChannel.call.

        Without `on_event` output and progress are shown as the task's. `lasting` names a work that outlives
        the connection: see `opsflow.packages.lasting`.
        """
        ...

    def show(self, event: Mapping[str, Any]) -> None:
        """Show an event of a function, output or progress, as the task's."""
        ...

    async def reconnect(self, timeout: float) -> None:
        """Drop the connection and connect anew, trying for at most `timeout` seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Update:
    """A package for which something newer is offered. `size` is what is downloaded, in bytes.

    `third_party` says that it is not the distribution that releases it.
    """

    name: str
    old: str | None
    new: str | None
    origin: str = ""
    security: bool = False
    third_party: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """What to upgrade and how.

    Args:
        mode: `dist` may install and remove packages to upgrade others, `safe` never removes one.
        only: upgrade just these packages.
        exclude: leave these as they are (shell patterns).
        security: only what comes from a security archive.
        conffiles: `keep` the administrator's configuration files, or take the `new` ones.
        lock_timeout: seconds to wait for another package manager to finish.
        approved: a plan to carry out exactly, whatever the rest says: see `opsflow.packages.approval`.
    """

    mode: str = "dist"
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    security: bool = False
    conffiles: str = "keep"
    autoremove: bool = False
    purge: bool = False
    lock_timeout: float = 600.0
    approved: Mapping[str, Any] | None = None
    safety: Safety = field(default_factory=lambda: Safety())


@dataclass(frozen=True, slots=True)
class Safety:
    """What is done so that an upgrade ends well.

    Args:
        on_failure: `rollback` puts everything back when it fails, `fail` leaves the host as it is.
        time_limit: seconds that one run of the package manager may take; None for as long as it wants.
        settle: seconds within which units have to be up afterwards.
        health: how the host must be afterwards: see `opsflow.target.health.verify`; None for no checks.
        preflight: how it must be before: see `opsflow.target.preflight.look`; None for no checks.
        restart: which services with replaced code are restarted: see `opsflow.target.service_restart.run`.
    """

    on_failure: str = "fail"
    time_limit: float | None = None
    settle: float = 10.0
    health: Mapping[str, Any] | None = None
    preflight: Mapping[str, Any] | None = None
    restart: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upgrade would do. Sizes are in bytes, `as_of` is when the lists were fetched (seconds, epoch).

    `held` packages stay because a person said so, `phased` ones because this host's turn has not come,
    `kept_back` ones because the package manager finds no way. `disk` is how much more is used there, or less.
    `conffiles` {path, package, why} were changed on the host, `services` run files that would be replaced,
    `reboot_packages` are known to ask for a reboot. `fingerprint` is of the `state` that the plan rests on.
    """

    upgrade: list[Update] = field(default_factory=list[Update])
    install: list[Update] = field(default_factory=list[Update])
    remove: list[Update] = field(default_factory=list[Update])
    kept_back: list[str] = field(default_factory=list[str])
    held: list[str] = field(default_factory=list[str])
    phased: list[str] = field(default_factory=list[str])
    download: int = 0
    disk: int = 0
    as_of: int = 0
    conffiles: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    services: list[str] = field(default_factory=list[str])
    reboot: bool = False
    reboot_packages: list[str] = field(default_factory=list[str])
    fingerprint: str = ""
    state: dict[str, Any] | None = None

    @property
    def empty(self) -> bool:
        return not (self.upgrade or self.install or self.remove)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What an upgrade did, and what stayed as it was and why (see Plan).

    `conffiles_kept` are configuration files whose new version the administrator should look at;
    `conffile_decisions` tells of each that was replaced, kept or removed, with the difference. `transaction`
    is the name of the host's own record, by which it can be undone; `checks` were made afterwards,
    those of `preflight` before.
    """

    changes: list[PackageChange]
    repaired: list[str] = field(default_factory=list[str])
    conffiles_kept: list[str] = field(default_factory=list[str])
    kept_back: list[str] = field(default_factory=list[str])
    held: list[str] = field(default_factory=list[str])
    phased: list[str] = field(default_factory=list[str])
    stdout: str = ""
    stderr: str = ""
    transaction: str = ""
    conffile_decisions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    checks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    preflight: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.repaired)


@dataclass(frozen=True, slots=True)
class RolledBack:
    """An upgrade that was undone: what that changed, which configuration files are back, what stays."""

    transaction: str
    changes: list[PackageChange]
    conffiles_restored: list[str] = field(default_factory=list[str])
    not_undone: list[str] = field(default_factory=list[str])
    checks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    stdout: str = ""
    stderr: str = ""

    @property
    def changed(self) -> bool:
        return bool(self.changes or self.conffiles_restored)


class PackageManager(ABC):
    """Packages of one host. Every method may raise TaskError and Unreachable.

    Where a method takes `progress`, it is told how far the work is; without it the task shows that.
    """

    module: ClassVar[str]
    """The module that `package` stands for on such a host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @abstractmethod
    async def refresh(
        self, *, valid_for: int = 0, lock_timeout: float = 600.0, progress: Progress | None = None
    ) -> bool:
        """Fetch the lists of available packages, unless they are younger than `valid_for` seconds.

        Returns whether the lists changed.
        """

    @abstractmethod
    async def updates(self) -> list[Update]:
        """Return what could be upgraded."""

    @abstractmethod
    async def plan(
        self, request: UpgradeRequest, *, refresh: bool = False, valid_for: int = 0, state: bool = False
    ) -> Plan:
        """Return what `upgrade` would do, by the package manager's own simulation. The host stays as it is.

        Args:
            request: what would be upgraded.
            refresh: plan with fresh lists of packages, fetched aside, as after `refresh`.
            valid_for: seconds for which the host's own lists count as fresh.
            state: add the host's state, which a plan that is to be approved needs.
        """

    @abstractmethod
    async def look_before(self, policy: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return {check, ok, level, message} of what tells, without a plan, whether a host may be changed.

        Args:
            policy: see `opsflow.target.preflight.look`; what it does not name is not looked at.
        """

    @abstractmethod
    async def upgrade(self, request: UpgradeRequest, *, progress: Progress | None = None) -> Upgraded:
        """Upgrade; an interrupted earlier run is repaired first."""

    @abstractmethod
    async def verify(self, transaction: str, safety: Safety, *, kernel: str = "") -> list[dict[str, Any]]:
        """Verify an upgrade once more, as after a reboot; return the checks.

        Args:
            transaction: the name of its record.
            safety: what must hold.
            kernel: the release of the kernel that should run, where one is expected.
        """

    @abstractmethod
    async def roll_back(
        self,
        transaction: str = "",
        *,
        run: str = "",
        safety: Safety | None = None,
        force: bool = False,
        check: bool = False,
    ) -> RolledBack:
        """Undo an upgrade by its record.

        Args:
            transaction: the record's name; none for the newest of `run`, or of all.
            run: the run that made the upgrade.
            safety: how the host must be afterwards.
            force: also where packages have changed again since.
            check: only tell what would be changed.
        """

    @abstractmethod
    async def autoremove(self, *, purge: bool = False, progress: Progress | None = None) -> Upgraded:
        """Remove packages that were installed only for others and that nothing needs any more."""

    @abstractmethod
    async def hold(self, names: Sequence[str], *, held: bool = True) -> bool:
        """Hold packages at their version, or release them; return whether anything changed."""

    @abstractmethod
    async def repair(self, *, progress: Progress | None = None) -> list[str]:
        """Finish what an interrupted run left half done; return the packages that were repaired."""


@dataclass(frozen=True, slots=True)
class RebootReason:
    """Whether a host must be rebooted, and which packages ask for it; a newer kernel is one of them.

    `kernel` is the release of the kernel that runs after a reboot, where that is a newer one.
    """

    required: bool
    packages: list[str] = field(default_factory=list[str])
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Rebooted:
    """A reboot that took place; `elapsed` seconds until the system had settled."""

    elapsed: float
    boot_id: str
    state: str


@dataclass(frozen=True, slots=True)
class NextRelease:
    """Which release follows the one that a host runs, and whether it can be upgraded to.

    `current` and `next` have `codename` and `version`. `reason` says why not, or how that is known;
    `end_of_life` is the last day of free security support for the current one (YYYY-MM-DD).
    """

    current: dict[str, str]
    next: dict[str, str] | None
    available: bool
    reason: str
    end_of_life: str | None


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """Which release to upgrade to, and how.

    Args:
        to: its code name, or `next`.
        third_party: `disable` turns sources off that are not the distribution's, `keep` leaves them on,
            `stop` refuses.
        remove_obsolete: `no`, `autoremove` what was installed only for others and is needed no more, or what
            is `obsolete`: no source offers it any more.
        conffiles: `keep` the administrator's configuration files, or take the `new` ones.
        lock_timeout: seconds to wait for another package manager.
        before, after: shell commands to run on the host around it.
        safety: what must hold before and afterwards; such an upgrade cannot be rolled back.
    """

    to: str = "next"
    third_party: str = "disable"
    remove_obsolete: str = "no"
    conffiles: str = "keep"
    lock_timeout: float = 600.0
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    safety: Safety = field(default_factory=Safety)


class SystemManager(ABC):
    """One host as a whole. Every method may raise TaskError and Unreachable."""

    def __init__(self, host: Host, packages: PackageManager) -> None:
        self.host = host
        self.packages = packages

    @abstractmethod
    async def facts(self) -> dict[str, Any]:
        """Return what identifies the system: distribution, release, kernel, architecture, boot id."""

    @abstractmethod
    async def reboot_required(self) -> RebootReason:
        """Return whether a reboot is due, and why."""

    @abstractmethod
    async def services_to_restart(self) -> list[str]:
        """Return the services that still run code that has been replaced."""

    @abstractmethod
    async def patch_state(self, *, refresh: bool = True, valid_for: int = 0) -> dict[str, Any]:
        """Return how far the system is behind: see `opsflow.target.patch_state.run`. Nothing is changed.

        Args:
            refresh: look at fresh lists of packages, which the host does not keep.
            valid_for: seconds for which the host's own lists count as fresh.
        """

    @abstractmethod
    async def release_available(self) -> NextRelease:
        """Return which release follows, and whether it can be upgraded to. Nothing is changed."""

    @abstractmethod
    async def plan_release(self, request: ReleaseRequest) -> dict[str, Any]:
        """Return what `release_upgrade` would do, as the result of a task. Nothing is changed."""

    @abstractmethod
    async def release_upgrade(self, request: ReleaseRequest) -> dict[str, Any]:
        """Upgrade to another release, or go on where that was interrupted; return the result of a task.

        `reboot_pending` in it says that the host has to be rebooted, `transaction` names the record that
        `verify_release` ends.
        """

    @abstractmethod
    async def verify_release(
        self, transaction: str, safety: Safety, *, kernel: str = ""
    ) -> list[dict[str, Any]]:
        """Look whether all is well after an upgrade to another release, and return the checks.

        Args:
            transaction: the name of its record.
            safety: what must hold.
            kernel: the release of the kernel that should run, where one is expected.
        """

    @abstractmethod
    async def run_hooks(self, stage: str, commands: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Run commands and then the host's own hooks of a stage: `pre-update` or `post-update`.

        Returns one {command, rc, stdout, stderr} for each. Raises TaskError at the first that fails; `hooks`
        in its data holds what has been run.
        """

    @abstractmethod
    async def reboot(self, *, timeout: float = 600.0, progress: Progress | None = None) -> Rebooted:
        """Reboot and wait at most `timeout` seconds for a new boot id and a settled system."""


package_managers: Registry[type[PackageManager]] = Registry("package manager")
system_managers: Registry[type[SystemManager]] = Registry("system manager")
package_managers.lazy("opsflow.packages.apt", "apt")
system_managers.lazy("opsflow.systems.debian", "debian")
system_managers.lazy("opsflow.systems.ubuntu", "ubuntu")
