"""What an upgrade to another release would do, whether it can be done, and what was begun already."""

from __future__ import annotations

import difflib

from opsflow.target import (
    apt_private,
    apt_sources,
    apt_upgrade,
    boot,
    dpkg_status,
    release_debian,
    release_next,
    release_sources,
    upgrade_record,
)
from opsflow.target.release_next import described
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.release_next import Next, Release
    from opsflow.target.request import Request
    from opsflow.target.upgrade_record import Record


def run(request: Request, to: str, third_party: str) -> dict[str, Any]:
    """Return what `release_upgrade.run` would do; the host stays as it is.

    Beside what that returns: for Debian the `plan` of apt for the packages as they are, with lists of the
    new release that are fetched aside, and in `current` the plan of the upgrade that comes first.
    """
    left = under_way()
    if left is not None:
        return gone_on(left, to)
    now = release_next.current(request)
    found = wanted(request, now, to)
    if not found.available or found.release is None:
        return nothing(now, found.reason)
    fit()
    result, sources = blank(now, found.release), None
    if now.system == "debian":
        moved = release_next.moved(request, now, found.release, third_party)
        result.update(
            sources=differences(moved.before, moved.changed), disabled=moved.disabled, kept=moved.kept
        )
        sources = dict(moved.before, **moved.pinned)
        with release_debian.of_new_release(request, moved, found.release) as planned:
            result["plan"] = planned
        changes = planned["upgrade"] + planned["install"] + planned["remove"]
        result["packages"] = [{key: one[key] for key in ("name", "old", "new")} for one in changes]
    else:
        result.update(third_parties(request, third_party))
    with apt_private.fresh_lists(request, 0, sources) as as_of:
        result["current"] = dict(apt_upgrade.plan(request, **release_debian.EVERYTHING), as_of=as_of)
    return dict(result, changed=True)


def under_way() -> Record | None:
    """Return the record of an upgrade to another release that was begun and not ended."""
    record = upgrade_record.of_release()
    return record if record is not None and record.state == upgrade_record.RELEASE else None


def wanted(request: Request, now: Release, to: str) -> Next:
    """Return the release to take; one that is not available where there is nothing to do. Raises Fail."""
    if to == now.codename:
        return release_next.Next(None, False, "the host is at %s" % release_next.name(now))
    found = release_next.look(request, now)
    if to == "next":
        return found
    if found.release is None or found.release.codename != to:
        offered = found.release.codename if found.release else "none"
        raise Fail(
            "%s cannot be upgraded to %s: a release is upgraded to the one after it, which is %s"
            % (release_next.name(now), to, offered)
        )
    if not found.available:
        raise Fail("%s cannot be upgraded to %s: %s" % (release_next.name(now), to, found.reason))
    return found


def fit() -> None:
    """Raise Fail where packages are held: between two releases everything has to move."""
    held = sorted(dpkg_status.read().held())
    if held:
        raise Fail(
            "packages are held, which an upgrade to another release cannot respect: %s; release them with "
            "apt-mark unhold" % ", ".join(held),
            held=held,
        )


def third_parties(request: Request, third_party: str) -> dict[str, list[str]]:
    """Return the sources that Ubuntu's tool turns off, or leaves. Raises Fail where there may be none."""
    texts = apt_sources.read()
    found = release_sources.third_parties(texts, release_sources.origins(request, texts))
    if found and third_party == "stop":
        raise Fail("these sources are not Ubuntu's: %s" % "; ".join(found))
    return {
        "disabled": found if third_party == "disable" else [],
        "kept": found if third_party == "keep" else [],
    }


def differences(before: dict[str, str], changed: dict[str, str]) -> list[dict[str, str]]:
    """Return {path, diff} of each file that changes, without passwords."""
    found: list[dict[str, str]] = []
    for path, text in sorted(changed.items()):
        old, new = (release_sources.shown(one).splitlines(True) for one in (before[path], text))
        found.append({"path": path, "diff": "".join(difflib.unified_diff(old, new, path, path))})
    return found


def blank(now: Release, new: Release) -> dict[str, Any]:
    """Return the result of an upgrade that has done nothing yet."""
    empty: dict[str, Any] = {
        key: [] for key in ("sources", "disabled", "kept", "packages", "obsolete", "checks")
    }
    empty.update(
        {key: [] for key in ("preflight", "conffile_decisions", "hooks")}, stdout="", stderr="", current=None
    )
    empty.update(transaction="", reboot_pending=False, stage="")
    return dict(empty, **{"from": described(now), "to": described(new)}, changed=False)


def nothing(now: Release, reason: str) -> dict[str, Any]:
    """Return that there is nothing to do, but perhaps a reboot after an earlier upgrade."""
    record = upgrade_record.of_release()
    pending = record is not None and record.data["release"]["boot_id"] == boot.read_boot_id()
    return dict(blank(now, now), reason=reason, reboot_pending=pending)


def gone_on(record: Record, to: str) -> dict[str, Any]:
    """Return what is known of an upgrade that was begun. Raises Fail where another release is wanted."""
    release = record.data["release"]
    if to not in ("next", release["to"]["codename"]):
        raise Fail("this host is half-way to %s, not to %s" % (release["to"]["codename"], to))
    found = dict(blank(*ends(record)), transaction=record.name, stage=record.data["stage"])
    return dict(found, changed=True, **{key: release[key] for key in ("sources", "disabled", "kept")})


def ends(record: Record) -> tuple[Release, Release]:
    """Return from where to where a record leads."""
    release = record.data["release"]
    now, new = (
        release_next.Release(release["system"], release[end]["codename"], release[end]["version"])
        for end in ("from", "to")
    )
    return now, new
