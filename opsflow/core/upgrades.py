"""What package managers and system managers are asked for, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .results import PackageChange


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
