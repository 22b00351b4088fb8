"""Which archives a host asks for its packages, and the same archives for another release of Debian."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from opsflow.target import apt_get, apt_private, apt_sources, plan_depth
from opsflow.target.apt_sources import Entry
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsflow.target.request import Request

    Origins = dict[tuple[str, str], str]

ALIASES = ("stable", "oldstable", "oldoldstable")
WITHOUT_FIRMWARE = ("buster", "bullseye")  # releases whose firmware is part of non-free
_SUITE = re.compile(r"^(\w+)(-security|-updates|-backports|-backports-sloppy|-proposed-updates|/updates)?$")
_QUOTED = re.compile(r"""[\\|{}\[\]<>"^~_=!@#$%&*]""")
_LOGIN = re.compile(r"//[^/@\s]*@")

Rewriting = NamedTuple(
    "Rewriting",
    [
        ("texts", "dict[str, str]"),
        ("disabled", "list[str]"),
        ("kept", "list[str]"),
    ],
)
"""The new text of the files that change, by path; which third parties are turned off, and which stay."""


def origins(request: Request, texts: dict[str, str]) -> Origins:
    """Return who releases what sources offer, by address and suite, as archives say of themselves.

    Lists that the host does not have are fetched aside. Raises Fail naming what can't be.
    """
    asked = {
        (uri.rstrip("/"), suite)
        for entry in apt_sources.entries(texts)
        for uri in entry.uris
        for suite in entry.suites
        if not uri.startswith("cdrom:")
    }
    known = _origins(request, asked)
    if asked <= set(known):
        return known
    with apt_private.fresh_lists(request, 0):
        return _origins(request, asked)


def _origins(request: Request, asked: Iterable[tuple[str, str]]) -> Origins:
    """Return what is known of sources by apt, and for those with no package at all by their Release file."""
    known = _by_apt(request)
    folder = apt_private.lists(request)
    for uri, suite in asked:
        path = os.path.join(folder, list_name(uri, suite))
        if (uri, suite) not in known and os.path.exists(path):
            known[uri, suite] = plan_depth.head(path).get("Origin", "")
    return known


def list_name(uri: str, suite: str) -> str:
    """Return how apt calls the Release file of a suite: its address without protocol, user and password."""
    address = "%s/dists/%s/InRelease" % (_LOGIN.sub("//", uri).partition("//")[2], suite)
    return _QUOTED.sub(lambda found: "%%%02x" % ord(found.group()), address).replace("/", "_")


def _by_apt(request: Request) -> Origins:
    wanted = "$(REPO_URI)|$(RELEASE)|$(ORIGIN)"
    done = apt_get.read(request, ["apt-get", "indextargets", "--format", wanted]).check(
        "apt-get indextargets"
    )
    parts = (line.split("|") for line in done.stdout.splitlines())
    return {(found[0].rstrip("/"), found[1]): found[2] for found in parts if len(found) == 3}


def is_vendors(entry: Entry, known: Origins) -> bool | None:
    """Tell whether an entry is the distribution's own; None where only a part of it is."""
    asked = [(uri.rstrip("/"), suite) for uri in entry.uris for suite in entry.suites]
    own = {bool(plan_depth.OFFICIAL.match(known.get(one, ""))) for one in asked}
    return own.pop() if len(own) == 1 else None


def third_parties(texts: dict[str, str], known: Origins) -> list[str]:
    """Return the sources that are not the distribution's own, in words."""
    return [told(one) for one in apt_sources.entries(texts) if not is_vendors(one, known)]


def told(entry: Entry) -> str:
    """Return a source in words, without the password that it may have."""
    words = [*entry.uris, *entry.suites, *entry.components]
    return "%s (%s)" % (shown(" ".join(words)), entry.path)


def shown(text: str) -> str:
    """Return the text of sources without passwords."""
    return _LOGIN.sub("//", text)


def pinned(texts: dict[str, str], known: Origins, current: str) -> dict[str, str]:
    """Return the files that name a release by what it is at the moment, with its code name instead."""

    def decide(entry: Entry) -> Entry:
        if not is_vendors(entry, known):
            return entry
        return entry._replace(suites=[_named(one, ALIASES, current) or one for one in entry.suites])

    return changed(
        texts, {path: apt_sources.rewritten(path, text, decide, "") for path, text in texts.items()}
    )


def rewritten(texts: dict[str, str], known: Origins, current: str, new: str, third_party: str) -> Rewriting:
    """Return the sources for a new release.

    Args:
        texts: the files of sources, by path.
        known: who releases what.
        current, new: code names.
        third_party: `disable` turns other sources off, `keep` leaves them, `stop` refuses.

    Raises:
        Fail: a source can't be rewritten.
    """
    work = _Rewriting(known, current, new, third_party)
    why = "disabled on upgrade to %s" % new
    after = {path: apt_sources.rewritten(path, text, work.decide, why) for path, text in texts.items()}
    if third_party == "stop" and work.third:
        work.problems.append("these sources are not Debian's: %s" % "; ".join(work.third))
    if not work.moved:
        work.problems.append("no source names Debian's release %s" % current)
    if work.problems:
        raise Fail("the package sources cannot be rewritten for %s: %s" % (new, "; ".join(work.problems)))
    disabled = work.third if third_party == "disable" else []
    kept = work.third if third_party == "keep" else []
    return Rewriting(changed(texts, after), disabled, kept)


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Return the texts that are others than before, by path."""
    return {path: text for path, text in after.items() if text != before[path]}


def _named(suite: str, names: Iterable[str], new: str) -> str:
    """Return a suite of another release; nothing where it is of none of those named."""
    match = _SUITE.match(suite)
    if match is None or match.group(1) not in names:
        return ""
    ending = match.group(2) or ""
    return new + ("-security" if ending == "/updates" and new != "buster" else ending)


class _Rewriting:
    """What is decided of the entries, and what came up."""

    def __init__(self, known: Origins, current: str, new: str, third_party: str) -> None:
        self.known = known
        self.current = current
        self.new = new
        self.third_party = third_party
        self.third: list[str] = []
        self.problems: list[str] = []
        self.moved = False

    def decide(self, entry: Entry) -> Entry | None:
        own = is_vendors(entry, self.known)
        if own is None:
            self.problems.append("%s names Debian's sources and others in one" % told(entry))
            return entry
        if not own:
            self.third.append(told(entry))
            return None if self.third_party == "disable" else entry
        suites = [self._suite(suite, entry) for suite in entry.suites]
        self.moved = self.moved or suites != entry.suites
        return entry._replace(suites=suites, components=self._components(entry.components))

    def _suite(self, suite: str, entry: Entry) -> str:
        new = _named(suite, (self.current, *ALIASES), self.new)
        if not new:
            message = "%s names %s, where %s is expected: correct that first"
            self.problems.append(message % (entry.path, suite, self.current))
        return new or suite

    def _components(self, components: list[str]) -> list[str]:
        """Firmware has moved out of non-free in Debian 12."""
        missing = "non-free" in components and "non-free-firmware" not in components
        return (
            [*components, "non-free-firmware"] if missing and self.new not in WITHOUT_FIRMWARE else components
        )
