"""Doing an approved plan, and nothing else: exact versions, on a host that is as it was."""

from __future__ import annotations

from opsflow.target import apt_errors, apt_get, apt_plan, dpkg_status, host_state, upgrade_record
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.apt_plan import Change, Simulation
    from opsflow.target.request import Request

    Approved = Mapping[str, Any]  # upgrade, install, remove (name, old, new each), fingerprint, state, purge

_NOTHING_MORE = ["-o", "APT::Install-Recommends=0", "-o", "APT::Install-Suggests=0"]
_KINDS = ("upgrade", "install", "remove")


def check(approved: Approved) -> None:
    """Raise Fail saying what differs, when the host is not what it was when the plan was made.

    What an upgrade by this plan has done already, and was interrupted at, is no difference.
    """
    if not _all(approved):
        return
    now = host_state.read()
    if host_state.fingerprint(now) == approved["fingerprint"]:
        return
    differing = host_state.differences(_by_now(approved, now), now)
    if differing:
        told = "; ".join(differing)
        raise Fail("the host has changed since its plan was made: %s" % told, differences=differing)


def _by_now(approved: Approved, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the state of which a plan was made, with what an upgrade by that plan has done since."""
    then = dict(approved["state"])
    last = upgrade_record.latest()
    if last is None or last.data["before"]["versions"] != then["packages"]:
        return then
    packages, ours = dict(then["packages"]), set(then["unfinished"])
    for one in _all(approved):
        ours.add(one["name"])
        if now["packages"].get(one["name"]) == one["new"]:
            packages[one["name"]] = one["new"]
    known = {name: version for name, version in packages.items() if version}
    return dict(then, packages=known, unfinished=[one for one in now["unfinished"] if one in ours])


def settle(request: Request, approved: Approved) -> tuple[list[str], Simulation]:
    """Return apt-get's arguments for an approved plan, and their simulation.

    Raises Fail, before anything is changed, where a version is not offered any more, and where apt would do
    anything else than what was approved.
    """
    versions = dpkg_status.read().versions()
    left = [one for one in _all(approved) if versions.get(one["name"]) != one["new"]]
    if not left:  # apt is content with it, where an interrupted upgrade has to be ended
        return ["install"] if _all(approved) else [], apt_plan.parse_simulation("")
    wanted = ["%s=%s" % (one["name"], one["new"]) if one["new"] else one["name"] + "-" for one in left]
    options = ["--purge"] if approved.get("purge") else []
    arguments = ["install", *options, *_NOTHING_MORE, *wanted]
    done = apt_get.read(request, ["apt-get", "-s", "-y", "-q", "-V", *arguments])
    if done.rc:
        missing = _offered_no_more(request, [one for one in left if one["new"]])
        if missing:
            raise Fail("what was approved is not offered any more: %s" % ", ".join(missing))
        sentence, data = apt_errors.explain(done.stdout, done.stderr)
        data = dict(data, cmd=done.argv, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
        raise Fail("what was approved cannot be done: %s" % sentence, **data)
    simulation = apt_plan.parse_simulation(done.stdout)
    _compare(left, simulation)
    return arguments, simulation


def _offered_no_more(request: Request, changes: list[Change]) -> list[str]:
    argv = ["apt-cache", "policy", *(one["name"] for one in changes)]
    policies = apt_plan.parse_policies(apt_get.read(request, argv).stdout) if changes else {}
    found: list[str] = []
    for one in changes:
        policy = policies.get(one["name"]) or policies.get(one["name"].partition(":")[0])
        if policy is None or one["new"] not in [version.version for version in policy.versions]:
            found.append("%s %s" % (one["name"], one["new"]))
    return found


def _compare(left: list[Change], simulation: Simulation) -> None:
    """Raise Fail where apt would do anything else than what was approved."""
    planned = _changes(left)
    found = _changes(simulation.upgrade + simulation.install + simulation.remove)
    if planned != found:
        more = ["would also change %s" % _shown(one) for one in sorted(found - planned)]
        less = ["would not change %s" % _shown(one) for one in sorted(planned - found)]
        raise Fail("apt would do something else than what was approved: it %s" % ", ".join(more + less))


def _all(approved: Approved) -> list[Change]:
    return [one for kind in _KINDS for one in approved[kind]]


def _changes(changes: list[Change]) -> set[tuple[str, str, str]]:
    return {(one["name"], one["old"] or "", one["new"] or "") for one in changes}


def _shown(change: tuple[str, str, str]) -> str:
    name, old, new = change
    return "%s (%s → %s)" % (name, old or "absent", new or "removed")
