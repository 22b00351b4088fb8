"""One task's changes to a host's packages: what was run, what came of it, also when it failed half-way."""

from __future__ import annotations

import os

from opsflow.target import apt_errors, apt_get, dpkg_status, policy_rc_d
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from opsflow.target.request import Completed, Request

KEEP = ("force-confdef", "force-confold")
NEW = ("force-confnew",)


class Transaction:
    """Runs apt-get and dpkg, repairing first what an interrupted run left; remembers what changed."""

    def __init__(
        self,
        request: Request,
        lock_timeout: float = 600.0,
        conffiles: str = "keep",
        dpkg_options: Sequence[str] | None = None,
        policy: int | None = None,
    ) -> None:
        self.request = request
        self.lock_timeout = lock_timeout
        self.conffiles = conffiles
        self.dpkg_options = list(dpkg_options if dpkg_options is not None else _policy(conffiles))
        self.policy = policy
        self.time_limit: float | None = None  # seconds that one command may take
        status = dpkg_status.read()
        self.before = status.versions()
        self.unfinished = status.unfinished()
        self.stdout: list[str] = []
        self.stderr: list[str] = []

    def change(self, arguments: Sequence[str]) -> Completed:
        """Run `apt-get ARGUMENTS`. Raises Fail with what has changed so far."""
        return self._run(
            lambda: apt_get.change(
                self.request,
                self._options() + list(arguments),
                self.lock_timeout,
                self.conffiles,
                time_limit=self.time_limit,
            )
        )

    def dpkg(self, arguments: Sequence[str]) -> Completed:
        """Run `dpkg ARGUMENTS` with the options of the transaction. Raises Fail as `change` does."""
        options = ["--" + option for option in self.dpkg_options] + list(arguments)
        return self._run(lambda: apt_get.dpkg(self.request, options, self.lock_timeout, self.time_limit))

    def repair(self) -> None:
        """Finish what an interrupted run left half done. What resists is left to the change that follows.

        A package whose script fails may be healed by its newer version, so that is no reason to stop here.
        """
        if not self.unfinished and not dpkg_status.read().journal:
            return
        self.request.event("progress", message="Repairing an interrupted run of dpkg", percent=None)
        names = ", ".join(self.unfinished) or "dpkg's journal"
        self.stdout.append("an interrupted run was found, repairing: %s\n" % names)
        if torn := dpkg_status.read().torn():
            self._attempt(lambda: self.change(["--reinstall", "install", *torn, "--no-remove"]))
        self._attempt(lambda: self.dpkg(["--configure", "-a"]))
        if dpkg_status.read().unfinished():
            self._attempt(lambda: self.change(["-f", "install", "--no-remove"]))

    def merge_journal(self) -> None:
        """Let dpkg merge what an interrupted run had not, without which apt refuses to work.

        apt configures unfinished packages by itself, unless it is they that are to be removed. Any command
        that opens the database for writing merges the journal; this one changes nothing else.
        """
        if dpkg_status.read().journal:
            self._attempt(lambda: self.dpkg(["--set-selections"]))

    def _attempt(self, work: Callable[[], Completed]) -> None:
        try:
            work()
        except Fail as fail:
            self.stderr.append("the repair did not succeed: %s\n" % fail.msg)

    def result(self) -> dict[str, Any]:
        """Return `packages` {name, old, new}, `repaired`, `conffiles_kept`, `stdout` and `stderr`."""
        stdout = "".join(self.stdout)
        status = dpkg_status.read()
        after, left = status.versions(), status.unfinished()
        return {
            "packages": dpkg_status.changes(self.before, after),
            "repaired": [name for name in self.unfinished if name in after and name not in left],
            "conffiles_kept": apt_get.conffiles_kept(stdout),
            "stdout": stdout,
            "stderr": "".join(self.stderr),
        }

    def _options(self) -> list[str]:
        found: list[str] = []
        for option in self.dpkg_options:
            found += ["-o", "Dpkg::Options::=--" + option]
        return found

    def _run(self, work: Callable[[], Completed]) -> Completed:
        if os.geteuid() != 0:
            raise Fail("only root may change packages: set 'become: yes'", **self.result())
        try:
            with policy_rc_d.answering(self.policy):
                done = work()
        except apt_get.Failed as failed:
            self._keep(failed.done)
            sentence, data = apt_errors.explain(failed.done.stdout, failed.done.stderr, failed.errors)
            data.update(self.result(), cmd=failed.done.argv, rc=failed.done.rc)
            raise Fail(sentence, **data) from failed
        except Fail as fail:
            fail.data.update(self.result())
            raise
        self._keep(done)
        return done

    def _keep(self, done: Completed) -> None:
        self.stdout.append(done.stdout)
        self.stderr.append(done.stderr)


def _policy(conffiles: str) -> tuple[str, ...]:
    return NEW if conffiles == "new" else KEEP
