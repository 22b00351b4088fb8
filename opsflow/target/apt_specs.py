"""What a playbook calls a package (`nginx`, `nginx=1.2*`, `nginx>=1.2`, `php*`), and whether it is there."""

from __future__ import annotations

import fnmatch
import re
from typing import NamedTuple

from opsflow.target import apt_get, apt_plan, deb_version
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opsflow.target.dpkg_status import Status
    from opsflow.target.request import Request

Spec = NamedTuple(
    "Spec",
    [("name", "str"), ("operator", "str"), ("version", "str")],
)
"""A wanted package; `operator` is "=", ">=" or empty, `version` may be a shell pattern after "="."""

_SPEC = re.compile(r"^(.*?)(?:(>=|=)(.*))?$")
_GLOB = re.compile(r"[*?\[\]!]")


def parse(text: str) -> Spec:
    """Return a spec. Raises Fail for one that is malformed."""
    match = _SPEC.match(text.strip())
    name, operator, version = match.groups("") if match else ("", "", "")
    if not name or bool(operator) != bool(version) or "=" in version:
        raise Fail("invalid package spec: %s" % text)
    return Spec(name, operator, version)


def expand(request: Request, specs: Iterable[Spec]) -> list[Spec]:
    """Return specs with patterns of names replaced by the available packages that fit."""
    available: list[str] = []
    found: list[Spec] = []
    for spec in specs:
        if not _GLOB.search(spec.name):
            found.append(spec)
            continue
        available = available or apt_get.read(request, ["apt-cache", "pkgnames"]).stdout.split()
        names = sorted(fnmatch.filter(available, spec.name))
        if not names:
            raise Fail("no package(s) matching '%s' available" % spec.name)
        found += [spec._replace(name=name) for name in names]
    return found


def fits(spec: Spec, version: str) -> bool:
    """Tell whether a version is one that a spec accepts."""
    if spec.operator == "=":
        return fnmatch.fnmatchcase(version, spec.version)
    return spec.operator == "" or deb_version.compare(version, spec.version) >= 0


def is_satisfied(status: Status, spec: Spec) -> bool:
    version = status.installed_version(spec.name)
    return version is not None and fits(spec, version)


def to_install(
    request: Request,
    status: Status,
    specs: Sequence[Spec],
    latest: bool,
    only_upgrade: bool,
    release: str | None = None,
) -> list[str]:
    """Return the arguments of `apt-get install` that make all specs true; none when they are already.

    apt is asked only where the database of dpkg does not tell: for `latest`, version patterns and names
    that only other packages provide; `release` is the one that the task prefers.
    """
    missing = [spec for spec in specs if latest or not is_satisfied(status, spec)]
    if only_upgrade:
        missing = [spec for spec in missing if status.installed_version(spec.name)]
    unclear = [spec for spec in missing if latest or _is_pattern(spec) or status.is_provided(spec.name)]
    policies = _policies(request, unclear, release) if unclear else {}
    found: list[str] = []
    for spec in missing:
        if spec in unclear:
            argument = _choose(status, spec, policies.get(spec.name), latest)
        else:
            argument = spec.name + spec.operator + spec.version
        if argument and argument not in found:
            found.append(argument)
    return found


def _is_pattern(spec: Spec) -> bool:
    return spec.operator == ">=" or bool(_GLOB.search(spec.version))


def _policies(request: Request, specs: Sequence[Spec], release: str | None) -> dict[str, apt_plan.Policy]:
    """Return what apt could install, by the preference for a release that the task names."""
    preferred = ["-o", "APT::Default-Release=" + release] if release else []
    done = apt_get.read(request, ["apt-cache", *preferred, "policy", *[spec.name for spec in specs]])
    return apt_plan.parse_policies(done.stdout)


def _choose(status: Status, spec: Spec, policy: apt_plan.Policy | None, latest: bool) -> str | None:
    """Return what to install for a spec, None for nothing. Raises Fail when no version fits."""
    if policy is None or policy.candidate is None:
        if status.is_provided(spec.name) and not spec.operator:
            return None  # a virtual package, and something that provides it is installed
        return spec.name + spec.operator + spec.version
    best = _best(spec, policy.candidate, policy)
    if best is None:
        raise Fail("no available installation candidate for %s%s%s" % spec)
    installed = status.installed_version(spec.name)
    if installed and fits(spec, installed) and deb_version.compare(best, installed) <= 0:
        return None  # also where what is installed is newer than all that fits: latest never goes back
    return "%s=%s" % (spec.name, best) if spec.operator else spec.name


def _best(spec: Spec, candidate: str, policy: apt_plan.Policy) -> str | None:
    """Return the candidate if it fits, else the newest version that does."""
    if fits(spec, candidate):
        return candidate
    best = None
    for version in policy.versions if spec.operator == "=" else []:
        known = version.version
        if fits(spec, known) and (best is None or deb_version.compare(known, best) > 0):
            best = known
    return best


def to_remove(status: Status, specs: Sequence[Spec], purge: bool) -> list[str]:
    """Return the packages to remove; with `purge` also those of which only configuration is left."""
    found: list[str] = []
    for spec in specs:
        for name in _known(status, spec.name) if _GLOB.search(spec.name) else [spec.name]:
            package = status.find(name)
            if package is None or package.state == "not-installed":
                continue
            if purge or (package.state != "config-files" and fits(spec, package.version)):
                found.append(name)
    return found


def _known(status: Status, pattern: str) -> list[str]:
    return sorted({p.name for p in status.packages() if fnmatch.fnmatchcase(p.name, pattern)})
