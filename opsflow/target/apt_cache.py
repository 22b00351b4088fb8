"""The lists of available packages: how old they are, and fetching them."""

from __future__ import annotations

import os
import random
import re
import time

from opsflow.target import apt_errors, apt_get, apt_locks
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.request import Completed, Request

LISTS = "/var/lib/apt/lists"
STAMP = "/var/lib/apt/periodic/update-success-stamp"

_FAILED = re.compile(r"^W: (?:Failed to fetch|GPG error|An error occurred during the signature)|^E: ", re.M)
_FINAL = re.compile(
    r"not signed|could not be read|NO_PUBKEY|Release file|signatures|is expired|not valid yet|malformed", re.I
)


def refresh(
    request: Request,
    cache_valid_time: int = 0,
    lock_timeout: float = 600.0,
    retries: int = 1,
    retry_max_delay: float = 12.0,
) -> dict[str, Any]:
    """Fetch the lists unless they are younger than `cache_valid_time` seconds; in check mode never.

    Returns `changed` (the lists are not what they were), `cache_updated`, `cache_update_time` (seconds
    since the epoch), `stdout` and `stderr`. Raises Fail naming what could not be fetched.
    """
    if cache_valid_time and time.time() <= update_time() + cache_valid_time:
        return _result(False)
    if request.check:
        return _result(True)
    if os.geteuid() != 0:
        raise Fail("only root may fetch the lists of packages: set 'become: yes'")
    before = _contents()
    done = fetch(request, apt_locks.LISTS, lock_timeout, max(1, retries), retry_max_delay)
    os.utime(LISTS)  # apt does not touch it when nothing is new, and then the lists would look old for ever
    return dict(_result(_contents() != before), stdout=done.stdout, stderr=done.stderr)


def update_time() -> int:
    """Return when the lists were last fetched, in seconds since the epoch; 0 for never."""
    return max([int(os.stat(path).st_mtime) for path in (STAMP, LISTS) if os.path.exists(path)] or [0])


def _result(changed: bool) -> dict[str, Any]:
    return {"changed": changed, "cache_updated": changed, "cache_update_time": update_time()}


def _contents() -> list[tuple[str, int, int]]:
    if not os.path.isdir(LISTS):
        return []
    files = [entry for entry in os.scandir(LISTS) if entry.is_file() and entry.name != "lock"]
    return sorted((entry.name, entry.stat().st_size, entry.stat().st_mtime_ns) for entry in files)


def fetch(
    request: Request,
    locks: Sequence[str],
    lock_timeout: float = 60.0,
    retries: int = 3,
    max_delay: float = 12.0,
    options: Sequence[str] = (),
) -> Completed:
    """Run `apt-get OPTIONS update`, again after a growing pause where trying again may help.

    Raises Fail naming what could not be fetched.
    """
    attempt = 1
    while True:
        try:
            # apt's own retries would multiply with ours, and say nothing meanwhile.
            arguments = ["-o", "Acquire::Retries=0", *options, "update"]
            done = apt_get.change(request, arguments, lock_timeout, locks=locks)
            if not failed(done.stderr):
                return done
        except apt_get.Failed as error:
            done = error.done
        if attempt >= retries or not may_pass(done.stderr):
            break
        delay = min(2 ** (attempt - 1), max_delay) + random.random()  # noqa: S311 - spreads a fleet's retries
        request.event(
            "progress",
            message="Fetching the package lists failed, trying again in %d s" % delay,
            percent=None,
        )
        _sleep(request, delay)
        attempt += 1
    sentence, _ = apt_errors.explain(done.stdout, done.stderr)
    times = " (tried %d times)" % attempt if attempt > 1 else ""
    raise Fail(
        "the package lists cannot be fetched%s: %s" % (times, sentence),
        cmd=done.argv,
        rc=done.rc,
        stdout=done.stdout,
        stderr=done.stderr,
    )


def failed(stderr: str) -> bool:
    """Tell whether an index was not fetched: apt-get ends with 0 where it goes on with the old one."""
    return bool(_FAILED.search(stderr))


def may_pass(stderr: str) -> bool:
    """Tell whether trying again may help: a bad signature stays bad."""
    return not _FINAL.search(stderr)


def _sleep(request: Request, seconds: float) -> None:
    until = time.time() + seconds
    while time.time() < until:
        request.raise_if_cancelled()
        time.sleep(0.1)
