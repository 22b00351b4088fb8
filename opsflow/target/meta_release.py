"""Ubuntu's list of its releases (meta-release), and which of them a host may be upgraded to."""

from __future__ import annotations

import configparser
import urllib.request
from typing import NamedTuple

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

POLICY = "/etc/update-manager/release-upgrades"
ADDRESSES = "/etc/update-manager/meta-release"
_USUAL = {
    "URI": "https://changelogs.ubuntu.com/meta-release",
    "URI_LTS": "https://changelogs.ubuntu.com/meta-release-lts",
}
TIMEOUT = 30.0

Release = NamedTuple("Release", [("codename", "str"), ("version", "str"), ("supported", "bool")])


def policy(path: str = POLICY) -> str:
    """Return what the host's administrator wants to be offered: `lts`, `normal` or `never`."""
    wanted = _read(path).get("DEFAULT", "Prompt", fallback="lts").strip().lower()
    return wanted if wanted in ("normal", "never") else "lts"


def address(prompt: str, path: str = ADDRESSES) -> str:
    """Return where the list is: there is one of all releases and one of those with long support."""
    name = "URI_LTS" if prompt == "lts" else "URI"
    return _read(path).get("METARELEASE", name, fallback=_USUAL[name]).strip()


def _read(path: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read(path)
    except configparser.Error as error:
        raise Fail("%s cannot be read: %s" % (path, str(error).splitlines()[0])) from error
    return parser


def fetch(url: str, env: Mapping[str, str]) -> str:
    """Return the text of the list. Raises Fail where it can't be had.

    Args:
        url: its address.
        env: variables of the task, of which those for proxies count.
    """
    proxies = {kind: env[name] for kind in ("http", "https") for name in (kind + "_proxy",) if env.get(name)}
    handler = urllib.request.ProxyHandler(proxies or None)
    try:
        with urllib.request.build_opener(handler).open(url, timeout=TIMEOUT) as answer:
            return answer.read().decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        raise Fail("Ubuntu's list of releases cannot be fetched from %s: %s" % (url, error)) from error


def parse(text: str) -> list[Release]:
    """Return the releases of a list, in its order: the oldest first.

    A stanza a release: Dist (the code name), Version ("24.04.3 LTS"), Supported (0 or 1), and addresses.
    """
    found: list[Release] = []
    for stanza in text.split("\n\n"):
        fields = {
            key: value.strip() for key, _, value in (line.partition(":") for line in stanza.splitlines())
        }
        if fields.get("Dist"):
            version = fields.get("Version", "").partition(" ")[0]
            found.append(Release(fields["Dist"], version, fields.get("Supported") == "1"))
    return found


def following(releases: list[Release], codename: str) -> Release | None:
    """Return the first supported release after another one; None where there is none.

    Raises:
        Fail: the list does not know the release.
    """
    names = [release.codename for release in releases]
    if codename not in names:
        raise Fail("Ubuntu's list of releases does not know %s" % codename)
    later = releases[names.index(codename) + 1 :]
    return next((release for release in later if release.supported), None)
