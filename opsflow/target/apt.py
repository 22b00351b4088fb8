"""Ansible's `apt` without python-apt: packages present, latest or absent, lists fetched, upgrades."""

from __future__ import annotations

import os
import re
import types

from opsflow.target import (
    apt_cache,
    apt_errors,
    apt_get,
    apt_marks,
    apt_plan,
    apt_specs,
    dpkg_status,
)
from opsflow.target.apt_transaction import Transaction
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.request import Request

ARCHIVES = "/var/cache/apt/archives"

# Ansible's names; safe and yes are the same for apt-get, as are dist and full.
_UPGRADES = {
    "dist": ["dist-upgrade"],
    "full": ["dist-upgrade"],
    "safe": ["upgrade", "--with-new-pkgs"],
    "yes": ["upgrade", "--with-new-pkgs"],
}
_FORCED = (
    "--allow-unauthenticated",
    "--allow-downgrades",
    "--allow-remove-essential",
    "--allow-change-held-packages",
)
_SUMMARY = re.compile(r"^\d+ upgraded, ")


def run(request: Request, **given: Any) -> dict[str, Any]:
    """Do what the options of Ansible's `apt` say, given by their names; see the module for all of them.

    `debs` are paths of package files to install: `apt_deb` finds them for `deb`.
    """
    apt = _Apt(request, types.SimpleNamespace(**given))
    result = apt.run()
    result.setdefault("cache_updated", apt.cache["cache_updated"])
    result.setdefault("cache_update_time", apt.cache["cache_update_time"])
    return result


class _Apt:
    def __init__(self, request: Request, options: Any) -> None:
        self.request = request
        self.options = options
        given: list[str] = [name.strip() for name in getattr(options, "name", [])]
        self.names = [name for name in given if name != "*"]
        self.all = "*" in given
        self.debs: list[str] | None = getattr(options, "debs", None)
        self.cache: dict[str, Any] = {"cache_updated": False, "cache_update_time": apt_cache.update_time()}

    def run(self) -> dict[str, Any]:
        options = self.options
        alone = not (self.names or self.all or self.debs is not None or options.upgrade != "no")
        if options.clean:
            cleaned = self._clean()
            if alone:
                return cleaned
        if getattr(options, "update_cache", False) or options.cache_valid_time:
            self.cache = self._refresh()
            if alone and not (options.autoremove or options.autoclean):
                return self.cache
        if options.upgrade != "no":
            return self._perform(_UPGRADES[options.upgrade])
        if self.debs is not None:
            return self._install_debs(self.debs)
        if self.all and options.state == "latest":
            return self._perform(_UPGRADES["yes"])
        if not self.names:
            return self._tidy()
        if options.state == "absent":
            return self._remove()
        if options.state in ("build-dep", "fixed"):
            return self._solve()
        return self._install()

    def _refresh(self) -> dict[str, Any]:
        return apt_cache.refresh(
            self.request,
            cache_valid_time=self.options.cache_valid_time,
            lock_timeout=self.options.lock_timeout,
            retries=self.options.update_cache_retries,
            retry_max_delay=self.options.update_cache_retry_max_delay,
        )

    def _clean(self) -> dict[str, Any]:
        archives = os.listdir(ARCHIVES) if os.path.isdir(ARCHIVES) else []
        changed = any(name.endswith(".deb") for name in archives)
        if changed and not self.request.check:
            self._transaction().change(["clean"])
        return {"changed": changed, "msg": "", "stdout": "", "stderr": "", "diff": {}}

    def _tidy(self) -> dict[str, Any]:
        """Do what is asked for without naming packages: autoclean, autoremove, repair."""
        result: dict[str, Any] = {"changed": False}
        if self.options.autoclean:
            result = self._autoclean()
        if self.options.autoremove:
            removed = self._perform(["autoremove"])
            result = dict(removed, changed=removed["changed"] or result["changed"])
        if self.options.state == "fixed":
            result = self._solve()
        return result

    def _autoclean(self) -> dict[str, Any]:
        done = self._simulate(["autoclean"])
        changed = any(line.startswith("Del ") for line in done.stdout.splitlines())
        if changed and not self.request.check:
            self._transaction().change(["autoclean"])
        return {"changed": changed, "stdout": done.stdout, "stderr": done.stderr, "diff": {}}

    def _install(self) -> dict[str, Any]:
        options = self.options
        specs = apt_specs.expand(self.request, [apt_specs.parse(name) for name in self.names])
        latest = options.state == "latest"
        status = dpkg_status.read()
        release = getattr(options, "default_release", None)
        wanted = apt_specs.to_install(self.request, status, specs, latest, options.only_upgrade, release)
        result = self._perform(["install", *wanted], known=True) if wanted else {"changed": False}
        self._mark_manual([spec.name for spec in specs])
        return result

    def _mark_manual(self, names: Sequence[str]) -> None:
        """Keep what a playbook names from being removed as something that nobody needs."""
        if not self.request.check:
            status = dpkg_status.read()
            labels = {status.label(found) for found in map(status.find, names) if found is not None}
            apt_marks.mark(self.request, "manual", labels & apt_marks.automatic())

    def _solve(self) -> dict[str, Any]:
        """Let apt find out what is to be done: build dependencies, broken dependencies."""
        if self.options.state == "build-dep":
            return self._perform(["build-dep", *self.names])
        return self._perform(["--fix-broken", "install", *self.names])

    def _remove(self) -> dict[str, Any]:
        specs = [apt_specs.parse(name) for name in self.names]
        names = apt_specs.to_remove(dpkg_status.read(), specs, self.options.purge)
        return self._perform(["remove", *names], known=True) if names else {"changed": False}

    def _install_debs(self, paths: list[str]) -> dict[str, Any]:
        if not paths:
            return {"changed": False, "stdout": "", "stderr": "", "diff": {}}
        return self._perform(["install", *paths], known=True)

    def _perform(self, arguments: Sequence[str], known: bool = False) -> dict[str, Any]:
        """Run apt-get, or only its simulation in check mode.

        Args:
            arguments: the command and its packages.
            known: there is something to do, so that apt need not be asked first.
        """
        arguments = self._flags(arguments[0]) + list(arguments)
        if self.request.check or not known:
            done = self._simulate(arguments)
            planned = apt_plan.parse_simulation(done.stdout)
            packages = planned.upgrade + planned.install + planned.remove
            if self.request.check or not (packages or dpkg_status.read().unfinished()):
                changes = [{"name": p["name"], "old": p["old"], "new": p["new"]} for p in packages]
                return self._result(changes, done.stdout, done.stderr)
        transaction = self._transaction()
        transaction.merge_journal()
        transaction.change(arguments)
        result = transaction.result()
        told = {key: result[key] for key in ("repaired", "conffiles_kept") if result[key]}
        return dict(self._result(result["packages"], result["stdout"], result["stderr"]), **told)

    def _simulate(self, arguments: Sequence[str]) -> Any:
        done = apt_get.read(self.request, ["apt-get", "-s", "-y", "-q", *arguments])
        if done.rc:
            sentence, data = apt_errors.explain(done.stdout, done.stderr)
            raise Fail(
                sentence, **dict(data, cmd=done.argv, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
            )
        return done

    def _transaction(self) -> Transaction:
        options = self.options
        return Transaction(
            self.request,
            lock_timeout=options.lock_timeout,
            dpkg_options=[one.strip() for one in options.dpkg_options.split(",") if one.strip()],
            policy=getattr(options, "policy_rc_d", None),
        )

    def _flags(self, command: str) -> list[str]:
        options = self.options
        recommends = getattr(options, "install_recommends", None)
        if self.debs and recommends is None:
            recommends = False
        flags = list(_FORCED) if options.force else []
        chosen = (
            (options.purge, "--purge"),
            (options.autoremove and command != "autoremove", "--auto-remove"),
            (options.fail_on_autoremove and command not in ("remove", "autoremove"), "--no-remove"),
            (options.only_upgrade, "--only-upgrade"),
            (options.allow_unauthenticated, "--allow-unauthenticated"),
            (options.allow_downgrade, "--allow-downgrades"),
            (options.allow_change_held_packages, "--allow-change-held-packages"),
        )
        flags += [flag for wanted, flag in chosen if wanted and flag not in flags]
        if recommends is not None:
            flags += ["-o", "APT::Install-Recommends=%s" % ("yes" if recommends else "no")]
        if getattr(options, "default_release", None):
            flags += ["-t", options.default_release]
        return flags

    def _result(self, packages: list[dict[str, Any]], stdout: str, stderr: str) -> dict[str, Any]:
        diff = {"prepared": prepared(stdout)} if self.request.diff else {}
        told: dict[str, Any] = {"msg": stdout} if self.options.upgrade != "no" else {}
        return dict(told, changed=bool(packages), packages=packages, stdout=stdout, stderr=stderr, diff=diff)


def prepared(stdout: str) -> str:
    """Return the part of apt-get's output that says what it is about to do."""
    lines = stdout.splitlines()
    start = next((at + 1 for at, line in enumerate(lines) if line.startswith("Reading state information")), 0)
    end = next((at for at, line in enumerate(lines) if _SUMMARY.match(line)), len(lines) - 1)
    return "\n".join(lines[start : end + 1])
