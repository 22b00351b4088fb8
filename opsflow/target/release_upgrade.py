"""An upgrade to the next release: looked at, brought up to date, moved, verified; taken up where it stopped.

The record on the host knows the stage: SOURCES (they may be half changed, packages are as before), PACKAGES
(there is only one way, forward), BOOT (all is there, and waits for a reboot and a last look, `after_boot`).
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from opsflow.target import (
    apt_cache,
    apt_marks,
    boot,
    conffiles_saved,
    dpkg_status,
    hooks,
    preflight_clock,
    release_debian,
    release_next,
    release_obsolete,
    release_plan,
    release_ubuntu,
    units,
    upgrade,
    upgrade_record,
    upgrade_verify,
)
from opsflow.target import preflight as preflights
from opsflow.target.apt_transaction import Transaction
from opsflow.target.request import Cancelled, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.release_next import Release
    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record

SOURCES = "sources"
PACKAGES = "packages"
BOOT = "boot"
LAST_LINES = 100  # of what apt printed, in a result; apt keeps all in /var/log/apt/term.log

Options = NamedTuple(
    "Options",
    [
        ("to", "str"),
        ("run", "str"),
        ("third_party", "str"),
        ("remove_obsolete", "str"),
        ("conffiles", "str"),
        ("lock_timeout", "float"),
        ("before", "list[str]"),
        ("after", "list[str]"),
        ("time_limit", "float | None"),
        ("preflight", "dict[str, Any] | None"),
        ("verify", "dict[str, Any]"),
    ],
)
"""What is wanted: a code name or `next`; for which run; `disable`, `keep` or `stop`; `no`, `autoremove` or
`obsolete`; `keep` or `new`; seconds; shell commands to run around it; the arguments of `upgrade.run`."""


def run(request: Request, **options: Any) -> dict[str, Any]:
    """Upgrade to another release, or go on with what was begun; `reboot_pending` says that a reboot is due.

    Args:
        options: the fields of `Options`.

    Raises:
        Fail: its data says what had changed until then; `stage` is where a second call goes on.
    """
    wanted = Options(**options)
    begun = time.time()
    left = release_plan.under_way()
    if left is not None:
        return _go_on(request, wanted, left, begun)
    now = release_next.current(request)
    found = release_plan.wanted(request, now, wanted.to)
    if not found.available or found.release is None:
        return release_plan.nothing(now, found.reason)
    work = _Work(request, wanted, now, found.release, begun)
    record = work.prepare()
    return work.change(record)


def after_boot(
    request: Request, transaction: str, verify: dict[str, Any], kernel: str = ""
) -> dict[str, Any]:
    """Look whether all is well when everything is done, and end the record. Raises Fail with the `checks`."""
    record = upgrade_record.find(transaction)
    assert record is not None
    checks = upgrade_verify.look_at_release(record.data["release"]["to"]["codename"])
    checks += upgrade_verify.look(request, record, verify) + upgrade_verify.look_at_kernel(kernel)
    upgrade.raise_if_bad(checks)
    record.end(upgrade_record.DONE, checks=checks)
    return {"changed": False, "checks": checks}


def _go_on(request: Request, wanted: Options, record: Record, begun: float) -> dict[str, Any]:
    """Take up what was interrupted, at the stage where that was."""
    known = release_plan.gone_on(record, wanted.to)
    if record.data["stage"] == BOOT:
        same = record.data["release"]["boot_id"] == boot.read_boot_id()
        return dict(known, changed=False, packages=record.data["packages"], reboot_pending=same)
    request.event(
        "progress", message="Going on with the upgrade to %s" % known["to"]["codename"], percent=None
    )
    record.save(run=wanted.run)
    work = _Work(request, wanted, *release_plan.ends(record), begun)
    work.transaction.repair()
    return work.change(record)


class _Work:
    """One upgrade to another release under way."""

    def __init__(self, request: Request, options: Options, now: Release, new: Release, begun: float) -> None:
        self.request = request
        self.options = options
        self.now = now
        self.new = new
        self.begun = begun  # when the control node's clock was told
        self.transaction = self._transaction()
        self.result = release_plan.blank(now, new)

    def _transaction(self) -> Transaction:
        transaction = Transaction(self.request, self.options.lock_timeout, self.options.conffiles)
        transaction.time_limit = self.options.time_limit
        return transaction

    def prepare(self) -> Record:
        """Do all that leaves the host at its release; return the record of what follows. Raises Fail."""
        release_plan.fit()
        self._hooks("pre-release-upgrade", self.options.before)
        if self.now.system == "ubuntu":
            return self._prepare_ubuntu()
        request, options, result = self.request, self.options, self.result
        moved = release_next.moved(request, self.now, self.new, options.third_party)
        result.update(
            sources=release_plan.differences(moved.before, moved.changed),
            disabled=moved.disabled,
            kept=moved.kept,
        )
        with release_debian.up_to_date(request, moved, options.lock_timeout):
            self._bring_up_to_date()
            foreign = release_obsolete.not_vendors(request)
        with release_debian.of_new_release(request, moved, self.new) as planned:
            self._look_before(planned)
            self.transaction.change(["--download-only", "dist-upgrade"])
            release_debian.hand_over(request)
        return self._begin(moved.before, moved.changed, foreign)

    def _hooks(self, stage: str, commands: list[str]) -> None:
        self.result["hooks"] += hooks.run(self.request, stage, commands)["hooks"]

    def _prepare_ubuntu(self) -> Record:
        release_ubuntu.require()
        apt_cache.refresh(self.request, lock_timeout=self.options.lock_timeout, retries=3)
        self.result.update(release_plan.third_parties(self.request, self.options.third_party))
        self._bring_up_to_date()
        self._look_before({"upgrade": [], "install": [], "remove": [], "download": 0, "disk": 0})
        return self._begin({}, {}, release_obsolete.not_vendors(self.request))

    def _bring_up_to_date(self) -> None:
        """Upgrade the release that the host runs, as a transaction of its own. Raises Fail."""
        options = self.options
        told = "Bringing %s up to date" % self.now.codename
        self.request.event("progress", message=told, percent=None)
        done = upgrade.run(
            self.request,
            release_debian.EVERYTHING,
            run=options.run,
            conffiles=options.conffiles,
            lock_timeout=options.lock_timeout,
            time_limit=options.time_limit,
            on_failure="rollback",
            preflight=self._preflight(),
            verify=options.verify,
        )
        kept = ("packages", "kept_back", "phased", "repaired", "transaction")
        self.result["current"] = {key: done[key] for key in kept if key in done}
        unfinished = dpkg_status.read().unfinished()
        if unfinished:
            raise Fail(
                "packages are half done and cannot be repaired: %s" % ", ".join(unfinished), **self.result
            )
        self.transaction = self._transaction()

    def _preflight(self) -> dict[str, Any] | None:
        """Return what is to be looked at, with the control node's time of now."""
        given = self.options.preflight
        return given and dict(given, control_time=given["control_time"] + time.time() - self.begun)

    def _look_before(self, planned: dict[str, Any]) -> None:
        """Look whether the host is fit for the plan. Raises Fail naming what stops it."""
        before = self._preflight()
        if before is None:
            return
        offset = preflight_clock.offset(before["control_time"])
        checks = preflights.look(self.request, planned, before["policy"], offset, [])
        self.result["preflight"] = checks
        stops = [one["message"] for one in checks if not one["ok"] and one["level"] == "stop"]
        if stops:
            told = "not fit to be upgraded to %s, so nothing was changed: %s"
            raise Fail(told % (self.new.codename, "; ".join(stops)), **self.result)

    def _begin(self, files: dict[str, str], changed: dict[str, str], foreign: list[str]) -> Record:
        """Write down how the host is, and what is about to come.

        Args:
            files: the sources as they are, by their paths, and `changed` those that become others.
            foreign: packages that the distribution does not offer.
        """
        status = dpkg_status.read()
        before = {
            "versions": status.versions(),
            "unfinished": status.unfinished(),
            "automatic": sorted(apt_marks.automatic()),
            "held": [],
            "units": units.failed(),
            "kernel": os.uname().release,
        }
        release = {key: self.result[key] for key in ("from", "to", "sources", "disabled", "kept")}
        release.update(system=self.now.system, foreign=foreign, boot_id="")
        record = upgrade_record.create(
            self.options.run, before, upgrade_record.FAILED, release=release, stage=SOURCES, sources=changed
        )
        release_debian.back_up(record, files)
        saved = conffiles_saved.save(record.conffiles, status, sorted(before["versions"]))
        record.save(conffiles=saved, state=upgrade_record.RELEASE)
        return record

    def change(self, record: Record) -> dict[str, Any]:
        """Change the host, from the stage where its record is. Raises Fail saying how the host is then."""
        self.result.update({key: record.data["release"][key] for key in ("sources", "disabled", "kept")})
        self.result["transaction"] = record.name
        try:
            if self.now.system == "ubuntu":
                self._change_ubuntu(record)
            else:
                self._change_debian(record)
            self._clean_up(record)
            self._hooks("post-release-upgrade", self.options.after)
            checks = upgrade_verify.look_at_release(self.new.codename)
            self.result["checks"] = checks + upgrade_verify.look(self.request, record, {"units": False})
            upgrade.raise_if_bad(self.result["checks"])
        except (Fail, Cancelled, OSError) as error:
            raise self._failed(record, error) from error
        self._tell(record)
        release = dict(record.data["release"], boot_id=boot.read_boot_id())
        record.save(stage=BOOT, expected={}, packages=self.result["packages"], release=release)
        return dict(self.result, changed=True, reboot_pending=True, stage=BOOT)

    def _change_debian(self, record: Record) -> None:
        if record.data["stage"] == SOURCES:
            release_debian.write_sources(self.request, record)
        release_debian.fetch_lists(self.request, self.options.lock_timeout)
        record.save(stage=PACKAGES, expected=release_debian.expected(self.request))
        release_debian.change_packages(self.request, self.transaction)

    def _change_ubuntu(self, record: Record) -> None:
        record.save(stage=PACKAGES)
        if upgrade_verify.look_at_release(self.new.codename)[0]["ok"]:
            self.transaction.change(["dist-upgrade"])  # the tool was interrupted near its end
            return
        release_ubuntu.run(
            self.request, self.options.third_party, self.options.conffiles, self.options.time_limit
        )

    def _clean_up(self, record: Record) -> None:
        """Find packages that no source offers any more, and remove what may be removed."""
        foreign = record.data["release"]["foreign"]
        left = [name for name in release_obsolete.found(self.request) if name not in foreign]
        release_obsolete.remove(self.request, self.transaction, self.options.remove_obsolete, left)
        now = dpkg_status.read().versions()
        self.result["obsolete"] = [name for name in left if name in now]
        expected = record.data["expected"]
        record.save(
            expected={name: version for name, version in expected.items() if name in now or not version}
        )

    def _failed(self, record: Record, error: Fail | Cancelled | OSError) -> BaseException:
        """Return a failure that says how the host is now; sources go back where no package has changed."""
        self._tell(record)
        if release_debian.untouched(record):
            release_debian.put_back(record)
            record.end(upgrade_record.FAILED, "the sources are as before, no package has changed")
            told = "no package has changed, the sources are as before"
        else:
            told = (
                "the host is half-way to %s: that cannot be undone, a second run goes on" % self.new.codename
            )
            record.save(reason=str(error))
        if isinstance(error, Cancelled):
            return error
        sentence = error.msg if isinstance(error, Fail) else str(error)
        data = dict(error.data if isinstance(error, Fail) else {}, **self.result)
        return Fail(
            "%s. %s" % (sentence, told[0].upper() + told[1:]), **dict(data, stage=record.data["stage"])
        )

    def _tell(self, record: Record) -> None:
        """Put into the result what has changed since the record was begun."""
        done = self.transaction.result()
        changes = dpkg_status.changes(record.data["before"]["versions"], dpkg_status.read().versions())
        decisions = conffiles_saved.decisions(record.conffiles, record.data["conffiles"])
        self.result.update(packages=changes, conffile_decisions=decisions, stderr=done["stderr"])
        self.result["stdout"] = "\n".join(done["stdout"].splitlines()[-LAST_LINES:])
        self.result["changed"] = bool(changes)
