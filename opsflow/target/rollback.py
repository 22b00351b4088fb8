"""Undoing an upgrade: the versions, configuration files, marks and holds that were there before it."""

from __future__ import annotations

import os

from opsflow.target import (
    apt_get,
    apt_marks,
    conffiles_saved,
    dpkg_shipped,
    dpkg_status,
    secured,
    upgrade_record,
    upgrade_verify,
)
from opsflow.target.apt_transaction import Transaction
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record

APT = ["install", "--allow-downgrades", "--allow-change-held-packages", "--no-install-recommends"]


def run(
    request: Request,
    transaction: str = "",
    run: str = "",
    lock_timeout: float = 600.0,
    time_limit: float | None = None,
    verify: dict[str, Any] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Undo an upgrade by its record, and verify that the host is as it was; see `undo`.

    A host that took no part in a run has nothing to undo of it.

    Args:
        transaction: the name of its record; none for the newest of `run`, or of all.
        verify: what must hold afterwards, see `upgrade_verify.look`.
        force: also where packages have changed again since.
    """
    record = upgrade_record.find(transaction, run)
    if record is None or record.state == upgrade_record.ROLLED_BACK:
        return _nothing(record)
    _refuse(record, force)
    record.save(state=upgrade_record.ROLLING_BACK)
    result = undo(request, record, lock_timeout, False, time_limit)
    checks = upgrade_verify.look(request, record, verify or {}, undone=True)
    bad = upgrade_verify.complaints(checks)
    if bad:
        reason = "the rollback did not bring the host back: %s" % bad
        record.end(upgrade_record.BROKEN, reason)
        raise Fail(reason, checks=checks, transaction=record.name, **result)
    record.end(upgrade_record.ROLLED_BACK, "by hand")
    return dict(result, changed=True, transaction=record.name, checks=checks)


def plan(request: Request, transaction: str = "", run: str = "", force: bool = False) -> dict[str, Any]:
    """Return what `run` would do; the host stays as it is."""
    record = upgrade_record.find(transaction, run)
    if record is None or record.state == upgrade_record.ROLLED_BACK:
        return _nothing(record)
    _refuse(record, force)
    now, before = dpkg_status.read().versions(), record.data["before"]["versions"]
    there = {label: now.get(label) for label in upgrade_verify.touched(record)}
    then = {label: before.get(label) for label in there}
    return dict(_nothing(record), changed=True, packages=dpkg_status.changes(there, then))


def _nothing(record: Record | None) -> dict[str, Any]:
    nothing: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), "")
    nothing.update({key: [] for key in ("packages", "conffiles_restored", "not_undone", "checks")})
    return dict(nothing, changed=False, transaction=record.name if record else "")


def _refuse(record: Record, force: bool) -> None:
    """Raise Fail where an upgrade can't be undone, or where that would undo what came after it."""
    release = record.data.get("release")
    if release:
        raise Fail(
            "the upgrade to %s cannot be undone: bring back a backup of the host" % release["to"]["codename"]
        )
    now, before = dpkg_status.read().versions(), record.data["before"]["versions"]
    expected = record.data["expected"]
    since = [
        "%s is at %s" % (label, now.get(label) or "no version")
        for label in sorted(expected)
        if now.get(label) not in (before.get(label), expected[label])
    ]
    if since and not force:
        raise Fail("packages have changed again since: %s; 'force' undoes that too" % "; ".join(since))
    gone = [
        label
        for label, how in record.data["secured"].items()
        if how and now.get(label) != before[label] and not secured.is_kept(record.folder, label)
    ]
    if gone:
        raise Fail("the old versions of these packages are not kept any more: %s" % ", ".join(sorted(gone)))


def undo(
    request: Request, record: Record, lock_timeout: float, purge: bool, time_limit: float | None = None
) -> dict[str, Any]:
    """Undo an upgrade, whether it came to its end or not.

    Args:
        record: what it wrote down.
        lock_timeout: seconds to wait for another package manager.
        purge: also remove the configuration of packages that it had installed, where no script of theirs
            has a say in that: such a script deletes data too, which may have been an older package's.
        time_limit: seconds that one run of apt or dpkg may take.

    Returns:
        `packages` that were changed by this, `conffiles` that were put back, and in `not_undone` sentences
        that say what stays.

    Raises:
        Fail: a package could not be brought back.
    """
    transaction = Transaction(request, lock_timeout)
    transaction.time_limit = time_limit
    transaction.merge_journal()
    request.event("progress", message="Rolling back to the earlier versions", percent=None)
    try:
        files, added, notes = _wanted(request, record)
        if files or added:
            _change(transaction, files, added)
        if purge:
            _purge(transaction, record, added)
        back = conffiles_saved.restore(record.conffiles, record.data["conffiles"])
        remember(request, record, lock_timeout)
    except OSError as error:
        told = "%s: %s" % (error.filename or "the old versions", error.strerror)
        raise Fail(told, **transaction.result()) from error
    _marks(request, record)
    return dict(transaction.result(), conffiles_restored=back, not_undone=notes)


def _wanted(request: Request, record: Record) -> tuple[list[str], list[str], list[str]]:
    """Return package files to install, names of packages to remove, and what can't be undone."""
    status = dpkg_status.read()
    now, before = status.versions(), record.data["before"]["versions"]
    unfinished = status.unfinished()
    files: list[str] = []
    notes: list[str] = []
    for label, how in record.data["secured"].items():
        if now.get(label) == before[label] and label not in unfinished:
            continue
        if how:
            files.append(secured.package_file(request, record.folder, label))
        else:
            files.append("%s=%s" % (label, before[label]))
    added = [label for label in record.data["added"] if label in now]
    kernel = upgrade_verify.running_kernel()
    if any(kernel in label for label in added):
        notes.append("the kernel that runs stays installed: reboot into the older one to remove it")
        added = [label for label in added if kernel not in label]
    if files:
        notes.append(
            "what scripts of the newer packages did to data (such as a database's format) is not undone"
        )
    return files, added, notes


def _change(transaction: Transaction, files: list[str], added: list[str]) -> None:
    """Let apt bring the old versions back; where it finds no way, dpkg, which asks for none."""
    try:
        transaction.change(APT + files + [name + "-" for name in added])
    except Fail:
        archives = [path for path in files if os.path.exists(path)]
        if archives:
            transaction.dpkg(["--force-downgrade", "--force-depends", "--install", *archives])
        if added:
            transaction.dpkg(["--remove", *added])


def _purge(transaction: Transaction, record: Record, added: list[str]) -> None:
    """Remove the configuration of packages that were not known before and bring no script for that."""
    status = dpkg_status.read()
    earlier = record.data["before"].get("residual", [])
    left = [label for label in status.residual() if label in added and label not in earlier]
    plain = [label for label in left if not secured.has_script(label, status, "postrm")]
    if plain:
        transaction.dpkg(["--purge", *plain])


def remember_interrupted(request: Request, lock_timeout: float) -> None:
    """Do the last step of rollbacks that were interrupted before it, without which edits would be lost."""
    for record in upgrade_record.every():
        if record.state in (upgrade_record.CHANGING, upgrade_record.ROLLING_BACK):
            remember(request, record, lock_timeout)


def remember(request: Request, record: Record, lock_timeout: float) -> None:
    """Let dpkg know again what earlier versions shipped, where these are installed."""
    now, before = dpkg_status.read().versions(), record.data["before"]["versions"]
    stanzas = {
        label: text.encode("utf-8", "surrogateescape")
        for label, text in record.data["stanzas"].items()
        if record.data["secured"].get(label) == "files" and now.get(label) == before[label]
    }
    if stanzas:
        dpkg_shipped.remember(request, stanzas, lock_timeout)


def _marks(request: Request, record: Record) -> None:
    before = record.data["before"]
    changed = set(upgrade_verify.touched(record)) & set(before["versions"])
    apt_marks.mark(request, "auto", (set(before["automatic"]) & changed) - apt_marks.automatic())
    held = (set(before["held"]) & changed) - dpkg_status.read().held()
    if held:
        apt_get.read(request, ["apt-mark", "hold", *sorted(held)]).check("holding packages again")
