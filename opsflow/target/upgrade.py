"""An upgrade as a transaction: looked at before, recorded, done, verified, and undone where it failed.

All of it runs on the host in one work that needs nobody to be connected (`opsflow.target.lasting`). Only a
reboot is somebody else's business, who calls `after_boot` when the host is back.
"""

from __future__ import annotations

import os

from opsflow.target import (
    apt_approved,
    apt_marks,
    apt_upgrade,
    conffiles_saved,
    dpkg_status,
    health,
    preflight,
    preflight_clock,
    rollback,
    secured,
    units,
    upgrade_record,
    upgrade_verify,
)
from opsflow.target.apt_transaction import Transaction
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.apt_approved import Approved
    from opsflow.target.apt_plan import Simulation
    from opsflow.target.dpkg_status import Status
    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record


def run(
    request: Request,
    wanted: dict[str, Any],
    run: str = "",
    conffiles: str = "keep",
    lock_timeout: float = 600.0,
    time_limit: float | None = None,
    on_failure: str = "fail",
    approved: Approved | None = None,
    preflight: dict[str, Any] | None = None,
    verify: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Upgrade, and return what changed with what stayed; a broken earlier run is repaired first.

    Args:
        wanted: the fields of `apt_upgrade.Wanted`.
        run: whose upgrade this is.
        conffiles: `keep` or `new`.
        lock_timeout: seconds to wait for another package manager.
        time_limit: seconds that one run of apt may take.
        on_failure: `rollback` undoes an upgrade that failed, `fail` leaves the host as it is.
        approved: a plan to carry out exactly, whatever is wanted; see `apt_approved`.
        preflight: the `policy` of `preflight.look`, and `control_time`, the control node's clock at the call.
        verify: what must hold afterwards, see `upgrade_verify.look`.

    Raises:
        Fail: its data says what had changed until then, and what was undone.
    """
    _refuse_half_way()
    if approved is not None:
        apt_approved.check(approved)
    offset = preflight_clock.offset(preflight["control_time"]) if preflight else None
    transaction = Transaction(request, lock_timeout, conffiles)
    transaction.time_limit = time_limit
    upgrade = _Upgrade(request, run, verify or {}, transaction)
    transaction.repair()
    rollback.remember_interrupted(request, lock_timeout)
    try:
        arguments, simulation, held = apt_upgrade.settle(request, apt_upgrade.Wanted(**wanted), approved)
    except Fail as fail:
        fail.data.update(transaction.result())
        raise
    stays = apt_upgrade.described(request, simulation, held)
    todo = simulation.upgrade or simulation.install or simulation.remove
    if todo or upgrade.unfinished():
        arguments = arguments or ["install", "--fix-broken"]  # what was interrupted is ended all the same
        if preflight:
            upgrade.look_before(
                dict(stays, **_sizes(request, arguments, simulation)), preflight["policy"], offset
            )
        transaction.change(["--download-only", *arguments])
        upgrade.begin(simulation)
        try:
            upgrade.change(arguments)
            upgrade.verify()
        except Fail as fail:
            upgrade.failed(fail, on_failure)
            fail.data.update({key: stays[key] for key in ("kept_back", "held", "phased")})
            raise
    return upgrade.result(stays)


def _refuse_half_way() -> None:
    """Raise Fail on a host that is between two releases, whose packages are not for us to choose."""
    record = upgrade_record.of_release()
    if record is not None and record.state == upgrade_record.RELEASE and record.data["stage"] != "boot":
        raise Fail(
            "this host is half-way to %s: go on with the module release_upgrade"
            % record.data["release"]["to"]["codename"],
            transaction=record.name,
        )


def _sizes(request: Request, arguments: list[str], simulation: Simulation) -> dict[str, int]:
    download, disk = apt_upgrade.sizes(request, arguments, simulation)
    return {"download": download, "disk": disk}


def after_boot(
    request: Request, transaction: str, verify: dict[str, Any], kernel: str = ""
) -> dict[str, Any]:
    """Verify an upgrade once more after a reboot. Raises Fail with the `checks`.

    Args:
        transaction: the name of its record.
        verify: what must hold, see `upgrade_verify.look`.
        kernel: the release of the kernel that should run, where one is expected.
    """
    record = upgrade_record.find(transaction)
    assert record is not None
    undone = record.state == upgrade_record.ROLLED_BACK
    checks = upgrade_verify.look(request, record, verify, undone) + upgrade_verify.look_at_kernel(kernel)
    raise_if_bad(checks)
    return {"changed": False, "checks": checks}


class _Upgrade:
    """One upgrade under way: the record that it writes, and the changes."""

    def __init__(
        self,
        request: Request,
        run: str,
        wanted: dict[str, Any],
        transaction: Transaction,
    ) -> None:
        self.request = request
        self.run = run
        self.wanted = wanted
        self.transaction = transaction
        self.record: Record | None = None
        self.checks: list[dict[str, Any]] = []
        self.preflight: list[dict[str, Any]] = []

    def unfinished(self) -> bool:
        """Tell whether something is left of an earlier upgrade that this one should end."""
        left = upgrade_record.latest()
        interrupted = left is not None and left.state == upgrade_record.CHANGING
        return interrupted or bool(dpkg_status.read().unfinished())

    def look_before(self, plan: dict[str, Any], policy: dict[str, Any], offset: float | None) -> None:
        """Look whether the host is fit for a plan. Raises Fail naming what stops it."""
        self.preflight = preflight.look(self.request, plan, policy, offset, [])
        self.preflight += self._health_before(policy.get("health", "off"))
        stops = [one["message"] for one in self.preflight if not one["ok"] and one["level"] == "stop"]
        if stops:
            data = dict(self.transaction.result(), preflight=self.preflight)
            raise Fail("not fit to be upgraded, so nothing was changed: %s" % "; ".join(stops), **data)

    def _health_before(self, level: str) -> list[dict[str, Any]]:
        """Return a check of the host's health before the upgrade, which is not to be blamed for it."""
        wanted = self.wanted.get("health")
        if level == "off" or not wanted:
            return []
        once = [dict(check, retries=0) for check in wanted["checks"]]
        bad = [one["message"] for one in health.verify(self.request, once) if not one["ok"]]
        message = "not well already: %s" % "; ".join(bad) if bad else "all health checks are good"
        return [{"check": "health", "ok": not bad, "level": level, "message": message}]

    def begin(self, simulation: Simulation) -> None:
        """Write down how the host is, and keep the old versions of what is about to change."""
        status = dpkg_status.read()
        before = {
            "versions": status.versions(),
            "residual": status.residual(),
            "unfinished": status.unfinished(),
            "automatic": sorted(apt_marks.automatic()),
            "held": sorted(status.held()),
            "units": units.failed(),
            "kernel": os.uname().release,
        }
        self.record = upgrade_record.begin(self.run, before)
        if self.record.data["before"] is not before:  # an interrupted one, whose changes are ours now
            self.transaction.before = dict(self.record.data["before"]["versions"])
        try:
            self._keep(self.record, status, simulation)
        except OSError as error:
            self.record.end(upgrade_record.FAILED, "nothing was changed")
            raise Fail(
                "the old versions could not be kept, so nothing was changed: %s" % error.strerror,
                **self.transaction.result(),
            ) from error

    def _keep(self, record: Record, status: Status, simulation: Simulation) -> None:
        data = record.data
        now = status.versions()
        leaving = [change["name"] for change in simulation.upgrade + simulation.remove]
        new = [label for label in leaving if label not in data["secured"] and label in now]
        added = [one["name"] for one in simulation.install if one["name"] not in data["added"]]
        residual = [label for label in added if label in data["before"].get("residual", [])]
        if new:
            told = "Keeping the old version%s" % (
                "s of %d packages" % len(new) if new[1:] else " of " + new[0]
            )
            self.request.event("progress", message=told, percent=None)
        data["before"]["versions"].update({label: now[label] for label in new})
        data["conffiles"] += conffiles_saved.save(record.conffiles, status, new + residual)
        data["secured"].update(secured.keep(self.request, record.folder, status, new))
        data["stanzas"].update(
            {label: status.stanza(label).decode("utf-8", "surrogateescape") for label in new}
        )
        data["added"] += added
        data["expected"].update({one["name"]: one["new"] for one in simulation.upgrade + simulation.install})
        data["expected"].update({one["name"]: None for one in simulation.remove})
        record.save()

    def change(self, arguments: list[str]) -> None:
        """Run apt-get, which takes a package that is upgraded by its name for one that a person wants."""
        assert self.record is not None
        try:
            self.transaction.change(arguments)
        finally:
            data = self.record.data  # what comes newly comes for the sake of others
            automatic = {*data["before"]["automatic"], *data["added"]}
            there = automatic & set(dpkg_status.read().versions())
            apt_marks.mark(self.request, "auto", there - apt_marks.automatic())

    def verify(self) -> None:
        """Look whether all is well now. Raises Fail naming what is not."""
        assert self.record is not None
        self.checks = upgrade_verify.look(self.request, self.record, self.wanted)
        raise_if_bad(self.checks)
        self.record.end(upgrade_record.DONE, **self._came_of_it(self.record))

    def failed(self, fail: Fail, on_failure: str) -> None:
        """Add to a failure what has changed, and undo it where that is wished."""
        assert self.record is not None
        record = self.record
        fail.data.update(self.transaction.result(), **self._came_of_it(record))
        fail.data.update(transaction=record.name, rolled_back=False)
        if on_failure != "rollback":
            record.end(upgrade_record.FAILED, fail.msg, **self._came_of_it(record))
            fail.data["undoable"] = True
            return
        attempted = fail.data["packages"]
        try:
            undone = rollback.undo(
                self.request, record, self.transaction.lock_timeout, True, self.transaction.time_limit
            )
            checks = upgrade_verify.look(self.request, record, self.wanted, undone=True)
            fail.data.update(undone, checks_after_rollback=checks, attempted=attempted)
            raise_if_bad(checks)
        except Fail as worse:
            reason = "%s. The rollback failed too: %s" % (fail.msg, worse.msg)
            record.end(upgrade_record.BROKEN, reason)
            fail.data["needs_person"] = True
            fail.msg = reason + ". This host needs a person"
            fail.data["rollback_data"] = worse.data
            return
        record.end(upgrade_record.ROLLED_BACK, fail.msg)
        fail.msg += ". Rolled back: %s as before" % _packages(len(attempted))
        fail.data.pop("rc", None)  # of an earlier command, and no news now
        fail.data.update(rolled_back=True, packages=[])

    def _came_of_it(self, record: Record) -> dict[str, Any]:
        return {
            "packages": self.transaction.result()["packages"],
            "conffile_decisions": conffiles_saved.decisions(record.conffiles, record.data["conffiles"]),
            "checks": self.checks,
            "preflight": self.preflight,
        }

    def result(self, stays: dict[str, Any]) -> dict[str, Any]:
        """Return what was done, with what an upgrade leaves as it is."""
        result = dict(self.transaction.result(), **stays)
        record = self.record
        if record is not None:
            result.update(self._came_of_it(record), transaction=record.name)
            result["secured"] = record.data["secured"]
        result["changed"] = bool(result["packages"] or result["repaired"])
        return result


def _packages(count: int) -> str:
    return "1 package is" if count == 1 else "%d packages are" % count


def raise_if_bad(checks: list[dict[str, Any]]) -> None:
    """Raise Fail naming the checks that are not good."""
    bad = upgrade_verify.complaints(checks)
    if bad:
        raise Fail("the verification failed: %s" % bad, checks=checks)
