"""What a plan rests on: the host's packages, its holds, where packages come from. And what differs later."""

from __future__ import annotations

import hashlib
import json
import os

from opsflow.target import dpkg_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

APT = "/etc/apt"
_SHOWN = 5  # differences of a kind that are named


def read(apt: str = APT) -> dict[str, Any]:
    """Return packages (name: version), holds, unfinished (names) and sources (path: digest)."""
    status = dpkg_status.read()
    return {
        "packages": status.versions(),
        "holds": sorted(status.held()),
        "unfinished": status.unfinished(),
        "sources": dict(_sources(apt)),
    }


def fingerprint(state: Mapping[str, Any]) -> str:
    """Return a digest of a state; two that are equal have the same."""
    text = json.dumps(state, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what differs, in words; of many things of a kind the first and their number."""
    found = _packages(then["packages"], now["packages"])
    for key, words in (("holds", "held"), ("unfinished", "half done")):
        found += _shown(["%s is %s" % (name, words) for name in sorted(set(now[key]) - set(then[key]))])
        found += _shown(
            ["%s is not %s any more" % (name, words) for name in sorted(set(then[key]) - set(now[key]))]
        )
    return found + _shown(
        _changed(then["sources"], now["sources"], ("is new", "is gone", "is not what it was"))
    )


def _packages(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    told = _changed(then, now, ("{now} is installed", "is gone", "is {now} and was {then}"))
    return _shown(told)


def _changed(then: Mapping[str, str], now: Mapping[str, str], words: tuple[str, str, str]) -> list[str]:
    new, gone, other = words
    found: list[str] = []
    for name in sorted(set(then) | set(now)):
        if then.get(name) != now.get(name):
            kind = new if name not in then else gone if name not in now else other
            found.append("%s %s" % (name, kind.format(then=then.get(name), now=now.get(name))))
    return found


def _shown(told: list[str]) -> list[str]:
    rest = len(told) - _SHOWN
    return told if rest <= 1 else [*told[:_SHOWN], "%d more" % rest]


def _sources(apt: str) -> Iterator[tuple[str, str]]:
    """Yield the files that say where packages come from, with a digest: they may hold passwords."""
    folders = ("", "sources.list.d", "preferences.d")
    for folder in (os.path.join(apt, name) for name in folders):
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, name)
            known = name in ("sources.list", "preferences") if folder == os.path.join(apt, "") else True
            if known and os.path.isfile(path):
                yield path, _digest(path)


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return "unreadable"
