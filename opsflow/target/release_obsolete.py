"""Packages that no source offers any more: what a release has left behind, and what never was of any."""

from __future__ import annotations

from opsflow.target import apt_get, apt_marks, apt_plan, apt_private, dpkg_status, plan_depth

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from opsflow.target.apt_transaction import Transaction
    from opsflow.target.request import Request

STATUS = "/var/lib/dpkg/status"
ARGUMENTS = 500  # names in one command


def found(request: Request) -> list[str]:
    """Return the installed packages of which no source offers any version."""
    return _not_in(request, lambda index: index != STATUS)


def not_vendors(request: Request) -> list[str]:
    """Return the installed packages that the distribution does not offer: no release replaces them."""
    releases = apt_plan.parse_releases(apt_get.read(request, ["apt-cache", "policy"]).stdout)
    vendors = plan_depth.vendors_in(apt_private.lists(request))
    return _not_in(request, lambda index: plan_depth.is_official(vendors.get(releases.get(index, ""))))


def _not_in(request: Request, wanted: Callable[[str], bool]) -> list[str]:
    """Return the installed packages of which no wanted index offers a version."""
    names = sorted(dpkg_status.read().versions())
    gone: list[str] = []
    for start in range(0, len(names), ARGUMENTS):
        some = names[start : start + ARGUMENTS]
        policies = apt_plan.parse_policies(apt_get.read(request, ["apt-cache", "policy", *some]).stdout)
        known = [name for name in some if name in policies]
        gone += [name for name in known if not any(map(wanted, _indexes(policies[name])))]
    return gone


def _indexes(policy: apt_plan.Policy) -> list[str]:
    return [index for version in policy.versions for index in version.indexes]


def remove(request: Request, transaction: Transaction, policy: str, names: list[str]) -> None:
    """Remove what is left behind. Raises Fail.

    Args:
        policy: `autoremove` removes what was installed for others and is needed no more; `obsolete` besides
            that packages of these names, unless others need them; `no` nothing.
        names: packages that no source offers.
    """
    if policy == "no":
        return
    if policy == "obsolete":
        apt_marks.mark(request, "auto", set(names) - apt_marks.automatic())
    request.event("progress", message="Removing what is needed no more", percent=None)
    transaction.change(["autoremove"])
