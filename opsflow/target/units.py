"""What systemd says of its units: which failed, and the state of some; nothing where it is not in charge."""

from __future__ import annotations

import os
import subprocess

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsflow.target.request import Request

BOOTED = "/run/systemd/system"
TIMEOUT = 30  # seconds for an answer: a manager that hangs must not hang us
_PROPERTIES = ("Id", "LoadState", "ActiveState", "SubState", "NRestarts", "Result", "ExecMainStatus")


def in_charge() -> bool:
    """Tell whether systemd is what booted this system."""
    return os.path.isdir(BOOTED)


def failed() -> list[str]:
    """Return the names of failed units, sorted; none without systemd."""
    if not in_charge():
        return []
    text = _systemctl("list-units", "--state=failed", "--all", "--plain", "--no-legend", "--no-pager")
    return sorted(line.split()[0] for line in text.splitlines() if line.strip())


def coming_up() -> bool:
    """Tell whether some unit is still on its way up, or waits to be started again after a failure."""
    if not in_charge():
        return False
    listed = ("list-units", "--state=activating", "--plain", "--no-legend", "--no-pager")
    return bool(_systemctl(*listed).strip())


def states(names: Iterable[str], *more: str) -> dict[str, dict[str, str]]:
    """Return the properties of units: LoadState, ActiveState, SubState, NRestarts, and `more`.

    The keys are the names as they were given, of which systemd completes those without a suffix.
    """
    wanted = list(names)
    if not wanted or not in_charge():
        return {}
    text = _systemctl("show", "--property=" + ",".join(_PROPERTIES + more), "--", *wanted)
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return {name: _fields(block) for name, block in zip(wanted, blocks)}


def described(state: dict[str, str]) -> str:
    """Return a state in words: `failed (exit-code, 1)`, `activating (auto-restart)`."""
    details = [state["SubState"]] if state["SubState"] != state["ActiveState"] else []
    if state.get("Result", "success") not in ("success", ""):
        details.append(state["Result"])
        if state.get("ExecMainStatus", "0") != "0":
            details.append(state["ExecMainStatus"])
    return state["ActiveState"] + (" (%s)" % ", ".join(details) if details else "")


def last_words(request: Request, unit: str) -> str:
    """Return the last lines that a unit itself wrote to the journal, as the end of a sentence."""
    argv = ["journalctl", "--lines", "2", "--no-pager", "--output", "cat", "_SYSTEMD_UNIT=" + unit]
    try:
        lines = request.command(argv, timeout=10).stdout.strip().splitlines()
    except Fail:  # no journal here
        return ""
    return "; its last words: %s" % " | ".join(line[:200] for line in lines) if lines else ""


def _fields(block: str) -> dict[str, str]:
    parts = (line.partition("=") for line in block.splitlines() if "=" in line)
    return {key: value for key, _, value in parts}


def _systemctl(*arguments: str) -> str:
    """Return what systemctl prints, nothing where it does not answer."""
    try:
        done = subprocess.run(
            ["systemctl", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            env=dict(os.environ, LC_ALL="C.UTF-8", LANGUAGE="C"),
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
