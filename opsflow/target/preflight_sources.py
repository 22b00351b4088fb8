"""Whether all package sources can be fetched, and are signed by who they should be."""

from __future__ import annotations

import contextlib
import re
import time

from opsflow.target import apt_errors, apt_private, preflight_clock
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from opsflow.target.request import Request

# What apt shows of a source as it goes: where others are worse, it keeps silent about this one at the end.
_ERROR = re.compile(r"^Err:\d+ (\S.*?)(?: \[\d.*\])?\n  (\S.*)$", re.M)
RECENT = 300  # seconds for which lists that were fetched without a complaint prove their sources


@contextlib.contextmanager
def fresh(request: Request, level: str) -> Generator[list[str] | None]:
    """Let the request see fresh lists, and give what was wrong with their sources.

    Gives None, and the lists are the host's own, where the policy does not look at them.
    """
    if level == "off":
        yield None
        return
    with contextlib.ExitStack() as stack:
        problems: list[str] = []
        try:
            stack.enter_context(apt_private.fresh_lists(request, 0))
        except Fail as fail:
            problems = complaints(fail)
        yield problems


def judge(request: Request, plan: dict[str, Any], problems: list[str] | None) -> tuple[bool, str]:
    """Return whether the sources are good, in words; asked anew unless the plan's lists are fresh."""
    if problems is None and time.time() - plan.get("as_of", 0) > RECENT:
        with fresh(request, "stop") as problems:
            return _judged(problems)
    return _judged(problems)


def _judged(problems: list[str] | None) -> tuple[bool, str]:
    if problems:
        return False, "; ".join(problems)
    return True, "all package sources can be fetched, and their signatures are good"


def complaints(fail: Fail) -> list[str]:
    """Return each thing that was wrong when the lists were fetched, in a sentence."""
    found: list[str] = []
    for line in fail.data.get("stderr", "").splitlines():
        if line.startswith(("E: ", "W: ")):
            sentence, _ = apt_errors.explain("", line)
            if sentence != line[3:] and sentence not in found:
                found.append(sentence)
    for source, reason in _ERROR.findall(fail.data.get("stdout", "")):
        if not any(source.split()[0] in sentence for sentence in found):
            found.append("cannot fetch %s: %s" % (source, reason))
    told = found or [fail.msg]
    if any("is expired" in one or "not valid yet" in one for one in told):
        told.append("this host's clock says %s" % preflight_clock.shown(time.time()))
    return told
