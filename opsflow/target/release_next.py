"""Which release of its distribution follows a host's, and whether it may be taken."""

from __future__ import annotations

import os
from typing import NamedTuple

from opsflow.target import (
    apt_private,
    apt_sources,
    meta_release,
    os_info,
    plan_depth,
    release_sources,
    releases,
)
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

SYSTEMS = ("debian", "ubuntu")
UNRELEASED = ("testing", "unstable", "experimental")

Release = NamedTuple("Release", [("system", "str"), ("codename", "str"), ("version", "str")])
Next = NamedTuple("Next", [("release", "Release | None"), ("available", "bool"), ("reason", "str")])
"""What follows, whether it can be upgraded to, and why not (or how that is known), in words."""


def current(request: Request) -> Release:
    """Return what the host runs. Raises Fail where that is neither Debian nor Ubuntu."""
    info = os_info.run(request)
    if info["id"] not in SYSTEMS or not info["codename"]:
        name = info["name"] or "this system"
        raise Fail("%s cannot be upgraded to another release: that is known for Debian and Ubuntu" % name)
    return Release(info["id"], info["codename"], info["release"])


def run(request: Request) -> dict[str, Any]:
    """Return `current`, `next`, `available` and `reason`; nothing is changed.

    Debian's own Release file is fetched and its signature checked by apt; for Ubuntu its meta-release is.
    """
    now = current(request)
    found = look(request, now)
    return {
        "changed": False,
        "current": described(now),
        "next": described(found.release) if found.release else None,
        "available": found.available,
        "reason": found.reason,
        "end_of_life": releases.end_of_life(now.system, now.codename),
    }


def described(release: Release) -> dict[str, str]:
    """Return a release as it is in results."""
    return {"codename": release.codename, "version": release.version}


def look(request: Request, now: Release) -> Next:
    """Return what follows a release. Raises Fail where the host's sources don't allow to know."""
    if now.system == "ubuntu":
        return _ubuntu(request, now)
    following = releases.following(now.codename)
    if following is None:
        return Next(None, False, "nobody knows yet what follows %s" % now.codename)
    new = Release("debian", following[1], following[0])
    sources = moved(request, now, new).after
    try:
        with apt_private.fresh_lists(request, 0, sources, releases_only=True):
            return judged(request, new)
    except Fail as fail:
        return Next(new, False, "%s cannot be had: %s" % (name(new), fail.msg))


Moved = NamedTuple(
    "Moved",
    [
        ("before", "dict[str, str]"),
        ("pinned", "dict[str, str]"),
        ("changed", "dict[str, str]"),
        ("after", "dict[str, str]"),
        ("disabled", "list[str]"),
        ("kept", "list[str]"),
    ],
)
"""A host's files of sources, by their paths: as they are; those that named the current release by what it is
at the moment, with its code name; those that change for the new release; all for the new release. And the
sources of third parties that are turned off in it, or stay."""


def moved(request: Request, now: Release, new: Release, third_party: str = "disable") -> Moved:
    """Return a host's sources for the next release. Raises Fail where they can't be rewritten."""
    before = apt_sources.read()
    known = release_sources.origins(request, before)
    pinned = release_sources.pinned(before, known, now.codename)
    rewriting = release_sources.rewritten(before, known, now.codename, new.codename, third_party)
    after = dict(before, **rewriting.texts)
    return Moved(before, pinned, rewriting.texts, after, rewriting.disabled, rewriting.kept)


def judged(request: Request, new: Release) -> Next:
    """Return whether the archives whose lists a request sees have released a release."""
    folder = apt_private.lists(request)
    for file in sorted(os.listdir(folder)):
        if file.endswith(("InRelease", "_Release")):
            fields = plan_depth.head(os.path.join(folder, file))
            if fields.get("Codename") == new.codename and fields.get("Suite"):
                return _judged(new, fields["Suite"], fields.get("Version", ""))
    return Next(new, False, "no archive of this host says that it is %s" % new.codename)


def _judged(new: Release, suite: str, version: str) -> Next:
    if suite in UNRELEASED:
        return Next(new, False, "%s is not released: its archive calls it %s" % (name(new), suite))
    release = new._replace(version=version or new.version)
    return Next(release, True, "the archive calls %s %s" % (name(new), suite))


def name(release: Release) -> str:
    """Return how a release is called."""
    return "%s %s (%s)" % (release.system.capitalize(), release.version, release.codename)


def _ubuntu(request: Request, now: Release) -> Next:
    """Return what Ubuntu's list offers to a host of the administrator's policy."""
    wanted = meta_release.policy()
    if wanted == "never":
        return Next(None, False, "%s says Prompt=never" % meta_release.POLICY)
    url = meta_release.address(wanted)
    found = meta_release.following(meta_release.parse(meta_release.fetch(url, request.env)), now.codename)
    if found is None:
        return Next(None, False, "no release follows %s in %s" % (name(now), url))
    release = Release("ubuntu", found.codename, found.version)
    return Next(release, True, "%s offers %s (Prompt=%s)" % (url, name(release), wanted))
