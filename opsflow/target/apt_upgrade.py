"""What apt would do for a request to upgrade a host; and the smaller changes: autoremove, repair, hold."""

from __future__ import annotations

import contextlib
import fnmatch
from typing import NamedTuple

from opsflow.target import (
    apt_approved,
    apt_cache,
    apt_errors,
    apt_get,
    apt_plan,
    apt_private,
    dpkg_status,
    plan_depth,
)
from opsflow.target.apt_transaction import Transaction
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

    from opsflow.target.apt_approved import Approved
    from opsflow.target.apt_plan import Simulation
    from opsflow.target.request import Request

ROUNDS = 5  # an exclusion may bring up others: each round excludes what has come up
NOTHING = apt_plan.parse_simulation("")

Wanted = NamedTuple(
    "Wanted",
    [
        ("mode", "str"),
        ("only", "list[str]"),
        ("exclude", "list[str]"),
        ("security", "bool"),
        ("autoremove", "bool"),
        ("purge", "bool"),
    ],
)


def plan(
    request: Request,
    refresh: bool = False,
    valid_for: int = 0,
    conffiles: str = "keep",
    approved: Approved | None = None,
    state: bool = False,
    **wanted: Any,
) -> dict[str, Any]:
    """Return what `upgrade.run` would do, with what `plan_depth.look` finds.

    That is upgrade, install, remove, kept_back, held, phased, download and disk (bytes).

    Args:
        refresh: plan with fresh lists, which the host does not keep.
        valid_for: seconds for which the host's own lists count as fresh.
        conffiles, approved: as for `upgrade.run`.
        state: return the `state` of the host as well, which an approved plan needs.
        wanted: the fields of `Wanted`.
    """
    with _lists(request, refresh, valid_for) as as_of:
        arguments, simulation, held = settle(request, Wanted(**wanted), approved)
        download, disk = sizes(request, arguments, simulation)
        stays = described(request, simulation, held)
        purge = "--purge" in arguments
        depth = plan_depth.look(request, simulation, conffiles, purge, state)
        return dict(stays, download=download, disk=disk, as_of=as_of, **depth)


@contextlib.contextmanager
def _lists(request: Request, refresh: bool, valid_for: int) -> Generator[int]:
    if not refresh:
        yield apt_cache.update_time()
        return
    with apt_private.fresh_lists(request, valid_for) as as_of:
        yield as_of


def sizes(request: Request, arguments: list[str], simulation: Simulation) -> tuple[int, int]:
    """Give each change its size; return bytes to download, and bytes more on disk afterwards."""
    changes = simulation.upgrade + simulation.install
    if not (changes or simulation.remove):
        return 0, 0
    printed = apt_get.read(request, ["apt-get", "-y", "-q", "--print-uris", *arguments]).stdout
    sizes = apt_plan.parse_sizes(printed)
    for change in changes:
        change["size"] = sizes.get(change["name"].partition(":")[0], 0)
    return sum(sizes.values()), apt_plan.parse_disk(printed)


def autoremove(request: Request, purge: bool = False, lock_timeout: float = 600.0) -> dict[str, Any]:
    """Remove what was installed only for others and is needed no more."""
    transaction = Transaction(request, lock_timeout)
    transaction.repair()
    transaction.change(["autoremove"] + (["--purge"] if purge else []))
    result = transaction.result()
    return dict(result, changed=bool(result["packages"] or result["repaired"]))


def repair(request: Request, lock_timeout: float = 600.0) -> dict[str, Any]:
    """Finish what an interrupted run left half done. Raises Fail naming what resists."""
    transaction = Transaction(request, lock_timeout)
    transaction.repair()
    left = dpkg_status.read().unfinished()
    result = transaction.result()
    if left:
        raise Fail("these packages cannot be repaired: %s" % ", ".join(left), **result)
    return dict(result, changed=bool(result["packages"] or result["repaired"]))


def hold(request: Request, names: Sequence[str], held: bool = True) -> dict[str, Any]:
    """Hold packages at their version, or release them."""
    before = dpkg_status.read().held()
    to_change = [name for name in names if (name in before) != held]
    if to_change and not request.check:
        done = apt_get.read(request, ["apt-mark", "hold" if held else "unhold", *to_change])
        if done.rc:
            sentence, _ = apt_errors.explain(done.stdout, done.stderr)
            raise Fail(sentence, cmd=done.argv, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
    return {"changed": bool(to_change), "names": to_change}


def settle(
    request: Request, wanted: Wanted, approved: Approved | None
) -> tuple[list[str], Simulation, set[str]]:
    """Return apt-get's arguments for a request or a plan, their simulation, and all held packages."""
    held = dpkg_status.read().held()
    if approved is not None:
        apt_approved.check(approved)
        return (*apt_approved.settle(request, approved), held)
    arguments = _arguments(wanted)
    left_alone = NOTHING
    if wanted.security:
        left_alone = _simulate(request, arguments + _options(wanted))
        names = _security_targets(request, left_alone, wanted, held)
        arguments = _only(wanted, names)
    elif wanted.only:
        names = [name for name in wanted.only if name not in held and not _excluded(name, wanted.exclude)]
        arguments = _only(wanted, names)
        left_alone = NOTHING._replace(kept_back=[name for name in wanted.only if name in held])
    if not arguments:
        return [], NOTHING._replace(kept_back=left_alone.kept_back, phased=left_alone.phased), held
    arguments, simulation = _excluding(request, arguments + _options(wanted), wanted.exclude)
    kept = sorted(set(simulation.kept_back + left_alone.kept_back))
    phased = sorted(set(simulation.phased + left_alone.phased))
    return arguments, simulation._replace(kept_back=kept, phased=phased), held


def _arguments(wanted: Wanted) -> list[str]:
    return ["dist-upgrade"] if wanted.mode == "dist" else ["upgrade", "--with-new-pkgs"]


def _only(wanted: Wanted, names: Sequence[str]) -> list[str]:
    """Return the arguments that upgrade packages by name (or name=version); none for no names."""
    if not names:
        return ["autoremove"] if wanted.autoremove else []
    return ["install", "--only-upgrade"] + (["--no-remove"] if wanted.mode == "safe" else []) + list(names)


def _options(wanted: Wanted) -> list[str]:
    return (["--auto-remove"] if wanted.autoremove else []) + (["--purge"] if wanted.purge else [])


def _simulate(request: Request, arguments: Sequence[str]) -> Simulation:
    done = apt_get.read(request, ["apt-get", "-s", "-y", "-q", "-V", *arguments])
    if done.rc:
        sentence, data = apt_errors.explain(done.stdout, done.stderr)
        raise Fail(sentence, **dict(data, cmd=done.argv, rc=done.rc, stdout=done.stdout, stderr=done.stderr))
    return apt_plan.parse_simulation(done.stdout)


def _security_targets(request: Request, everything: Simulation, wanted: Wanted, held: set[str]) -> list[str]:
    """Return name=version of all security updates.

    The newest version of a package may come from elsewhere (a point release) while an older one, still newer
    than ours, is the security update: the table of versions tells.
    """
    found = [
        "%s=%s" % (c["name"], c["new"])
        for c in everything.upgrade
        if c["security"] and _is_wanted(c["name"], wanted)
    ]
    others = [
        c["name"]
        for c in everything.upgrade
        if not c["security"] and not _excluded(c["name"], wanted.exclude)
    ]
    others = [name for name in others if not wanted.only or name in wanted.only]
    if others:
        releases = apt_plan.parse_releases(apt_get.read(request, ["apt-cache", "policy"]).stdout)
        for name, policy in _policies(request, others).items():
            version = apt_plan.security_version(policy, releases)
            if version and name not in held:
                found.append("%s=%s" % (name, version))
    return sorted(found)


def _is_wanted(name: str, wanted: Wanted) -> bool:
    return not _excluded(name, wanted.exclude) and (not wanted.only or name in wanted.only)


def _policies(request: Request, names: Sequence[str]) -> dict[str, apt_plan.Policy]:
    done = apt_get.read(request, ["apt-cache", "policy", *names])
    return apt_plan.parse_policies(done.stdout)


def _excluding(
    request: Request, arguments: list[str], exclude: Sequence[str]
) -> tuple[list[str], Simulation]:
    """Return arguments that leave excluded packages as they are, and their simulation.

    An installed package is pinned by naming its own version, a new one is refused by `name-`. Nothing is
    written to the host's preferences or holds, so an interrupted run leaves nothing behind.
    """
    refused: list[str] = []
    for _ in range(ROUNDS):
        options = ["-o", "APT::Get::Only-Upgrade=1"] if refused else []  # else it would mark them as manual
        simulation = _simulate(request, arguments + options + refused)
        found = _refusals(simulation, exclude)
        if not found:
            return arguments + options + refused, simulation
        if set(found) <= set(refused):
            break
        refused += [one for one in found if one not in refused]
    raise Fail("apt finds no way to leave the excluded packages as they are: %s" % ", ".join(refused))


def _refusals(simulation: Simulation, exclude: Sequence[str]) -> list[str]:
    kept = [
        "%s=%s" % (change["name"], change["old"])
        for change in simulation.upgrade + simulation.remove
        if _excluded(change["name"], exclude)
    ]
    return kept + [
        change["name"] + "-" for change in simulation.install if _excluded(change["name"], exclude)
    ]


def _excluded(name: str, exclude: Sequence[str]) -> bool:
    plain = name.partition(":")[0]
    return any(
        fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(plain, pattern) for pattern in exclude
    )


def described(request: Request, simulation: Simulation, held: set[str]) -> dict[str, Any]:
    stays = [name for name in simulation.kept_back if name not in held]
    phased = set(simulation.phased)
    if stays:
        phased |= {name for name, policy in _policies(request, stays).items() if apt_plan.is_phased(policy)}
    return {
        "upgrade": simulation.upgrade,
        "install": simulation.install,
        "remove": simulation.remove,
        "kept_back": [name for name in stays if name not in phased],
        "held": [name for name in simulation.kept_back if name in held],
        "phased": sorted(phased),
    }
