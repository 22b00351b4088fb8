"""Is this host well? Commands, HTTP, ports, units and files, all looked at at once, as long as is wanted."""

from __future__ import annotations

import threading
import time

from opsflow.target import health_probes
from opsflow.target.request import Cancelled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.health_probes import Probe
    from opsflow.target.request import Request

TICK = 0.05  # seconds between two looks at the checks
GRACE = 2.0  # seconds beyond the deadline for a check to notice it
REPORT = 2.0  # seconds between two reports of progress


def run(
    request: Request, checks: Sequence[dict[str, Any]], healthy_for: float = 0, deadline: float = 300
) -> dict[str, Any]:
    """Return {changed, healthy, checks, msg}, `failed` where the host is not well; see `verify`."""
    found = verify(request, checks, healthy_for, deadline)
    bad = [one for one in found if not one["ok"]]
    result: dict[str, Any] = {"changed": False, "healthy": not bad, "checks": found}
    if bad:
        result.update(failed=True, msg="; ".join(told(one) for one in bad))
    else:
        result["msg"] = "%d checks are good" % len(found) if len(found) != 1 else "1 check is good"
    return result


def told(check: dict[str, Any]) -> str:
    """Return the message of a check, with its name where that says more."""
    known = check["message"].startswith(check["name"])
    message: str = check["message"]
    return message if known else "%s: %s" % (check["name"], message)


def verify(
    request: Request, checks: Sequence[dict[str, Any]], healthy_for: float = 0, deadline: float = 300
) -> list[dict[str, Any]]:
    """Return {name, ok, message, elapsed} for each check, once all are good or one has failed for good.

    Args:
        checks: as `opsflow.modules.base.health.HealthCheck` sends them: `name`, `retries`, `delay`,
            `timeout` (seconds), and one of `command`, `http`, `tcp`, `unit` and `file`.
        healthy_for: seconds for which all must stay good without a break.
        deadline: seconds after which what is not good has failed.
    """
    start = time.time()
    watches = [_Watch(request, check, start + deadline, bool(healthy_for)) for check in checks]
    try:
        for watch in watches:
            threading.Thread(target=watch.work, daemon=True).start()
        _attend(request, watches, healthy_for, start + deadline)
    finally:
        for watch in watches:
            watch.stop.set()
    return [watch.result(healthy_for, deadline) for watch in watches]


def _attend(request: Request, watches: list[_Watch], healthy_for: float, deadline: float) -> None:
    """Wait until all have been good for long enough, or one failed and the others know how they are."""
    reported = time.time()
    while time.time() < deadline:
        request.raise_if_cancelled()
        now = time.time()
        since = [watch.good_since for watch in watches]
        if all(moment is not None and now - moment >= healthy_for for moment in since):
            return
        if any(watch.gave_up for watch in watches):
            break
        if now - reported >= REPORT:
            reported = now
            request.event("progress", message=_progress(watches, healthy_for), percent=None)
        time.sleep(TICK)
    for watch in watches:
        watch.stop.set()
    _settle(request, watches, deadline + GRACE)


def _progress(watches: list[_Watch], healthy_for: float) -> str:
    bad = [watch for watch in watches if watch.good_since is None]
    said = "%d of %d health checks are good" % (len(watches) - len(bad), len(watches))
    if bad:
        return said + "; " + told({"name": bad[0].name, "message": bad[0].message})
    since = max(watch.good_since or 0 for watch in watches)
    return said + ", for %d of %g s" % (time.time() - since, healthy_for)


def _settle(request: Request, watches: list[_Watch], until: float) -> None:
    """Wait for the attempts that are under way: they end by the deadline."""
    while any(not watch.ended for watch in watches) and time.time() < until:
        request.raise_if_cancelled()
        time.sleep(TICK)


class _Watch:
    """One check and what is known of it. It works in a thread of its own, which is the only one to write."""

    def __init__(self, request: Request, check: dict[str, Any], deadline: float, lasting: bool) -> None:
        self.name: str = check["name"]
        self.retries: int = check["retries"]
        self.delay: float = check["delay"]
        self.timeout: float = check["timeout"]
        self.probe: Probe = health_probes.probe(request, check)
        self.deadline = deadline
        self.lasting = lasting  # good once is not enough
        self.stop = threading.Event()
        self.start = time.time()
        self.end = self.start
        self.tries = 0
        self.in_vain = 0  # tries since it was good
        self.good_since: float | None = None
        self.was_good = False
        self.gave_up = False
        self.ended = False
        self.message = "has not answered yet"

    def work(self) -> None:
        """Try until it is good, or for as long as it is watched."""
        try:
            while not self.stop.is_set():
                self._try()
                if self.gave_up or (self.good_since is not None and not self.lasting):
                    return
                self.stop.wait(min(self.delay, max(0, self.deadline - time.time())))
        except Cancelled:
            self.message = "was stopped"
        finally:
            self.ended = True

    def _try(self) -> None:
        began = time.time()
        timeout = max(0.01, min(self.timeout, self.deadline - began))
        try:
            ok, message = self.probe(timeout)
        except Cancelled:
            raise
        except Exception as error:  # whatever it is, it is told
            ok, message = False, str(error) or type(error).__name__
        self.tries += 1
        self.end = time.time()
        self.message = message
        if ok:
            self.in_vain = 0
            self.was_good = True
            self.good_since = self.good_since if self.good_since is not None else began
        else:
            self.in_vain += 1
            self.good_since = None
            self.gave_up = self.in_vain > self.retries

    def result(self, healthy_for: float, deadline: float) -> dict[str, Any]:
        """Return what came of it, in words that need no other source."""
        ok = self.good_since is not None
        now = time.time()
        message = self.message
        if ok and now - (self.good_since or 0) < healthy_for and now >= self.deadline:
            ok = False
            message += ", but not for %g s without a break until the deadline of %g s" % (
                healthy_for,
                deadline,
            )
        elif not ok and not self.ended and not self.tries:
            message = "no answer within %g s" % deadline
        elif not ok:
            message += "; tried %s in %d s" % (_times(self.tries), round(self.end - self.start))
            message += "; it had been good before" if self.was_good else ""
        return {"name": self.name, "ok": ok, "message": message, "elapsed": round(self.end - self.start, 1)}


def _times(count: int) -> str:
    return "once" if count == 1 else "%d times" % count
