"""Ubuntu's own tool for an upgrade to another release, run without questions."""

from __future__ import annotations

import os

from opsflow.target import apt_get, dpkg_end
from opsflow.target.request import Cancelled, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from opsflow.target.request import Request

TOOL = "/usr/bin/do-release-upgrade"
PACKAGE = "ubuntu-release-upgrader-core"
LOGS = "/var/log/dist-upgrade"
TAIL = 5  # lines of its log in a message


def require() -> None:
    """Raise Fail where the host does not have the tool."""
    if not os.path.exists(TOOL):
        raise Fail("this host has no %s: install %s" % (TOOL, PACKAGE))


def run(request: Request, third_party: str, conffiles: str, time_limit: float | None) -> None:
    """Upgrade to the release that the tool offers. It changes sources and packages, and puts sources back
    where it gives up before the first package; it does not reboot.

    Raises:
        Fail: it ended with an error, or took too long.
    """
    argv = [TOOL, "-f", "DistUpgradeViewNonInteractive", "-m", "server"]
    argv += ["--allow-third-party"] if third_party == "keep" else []
    env = apt_get.environment(request, conffiles)
    env["RELEASE_UPGRADER_NO_SCREEN"] = "1"
    env[dpkg_end.VARIABLE] = dpkg_end.mark(request)

    def show(stream: str, line: str) -> None:
        text = apt_get.clean_line(line)
        if text.strip():
            request.event("output", stream=stream, line=text)

    try:
        done = request.command(argv, env=env, on_line=show, timeout=time_limit)
    except (Cancelled, Fail):
        dpkg_end.end(dpkg_end.mark(request))
        raise
    if done.rc:
        said = _log() or (done.stderr or done.stdout).strip().splitlines()[-TAIL:]
        why = ": " + " | ".join(said) if said else ""
        raise Fail(
            "do-release-upgrade failed with exit code %d%s" % (done.rc, why),
            rc=done.rc,
            stdout=done.stdout,
            stderr=done.stderr,
        )


def _log() -> list[str]:
    """Return the last errors of the tool's log."""
    path = os.path.join(LOGS, "main.log")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8", errors="replace") as file:
        errors = [line.strip() for line in file if " ERROR " in line]
    return errors[-TAIL:]
