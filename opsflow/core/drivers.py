"""What a package manager and a system manager can do, whatever stands behind it.

Drivers are bound to one host session and are found by name in these registries: by the inventory variable
`opsflow_system`, by a group named `debian` or `ubuntu`, else by facts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from .registry import Registry

if TYPE_CHECKING:
    from .upgrades import (
        NextRelease,
        Plan,
        Rebooted,
        RebootReason,
        ReleaseRequest,
        RolledBack,
        Safety,
        Update,
        Upgraded,
        UpgradeRequest,
    )

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
