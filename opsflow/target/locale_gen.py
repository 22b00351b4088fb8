"""Locales: the list in /etc/locale.gen (long ago, on Ubuntu, in supported.d), and locale-gen."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

LIST = "/etc/locale.gen"
LEGACY = "/var/lib/locales/supported.d"
SUPPORTED = "/usr/share/i18n/SUPPORTED"
_ENTRY = re.compile(r"\s*#?\s*(\S+)\s+(\S+)\s*$")


def run(request: Request, name: list[str], state: str) -> dict[str, Any]:
    """Generate locales that are missing, or remove those that are there."""
    legacy = not os.path.exists(LIST)
    if legacy and not os.path.isdir(LEGACY):
        raise Fail("%s and %s are missing: install the package locales" % (LEGACY, LIST))
    there = _existing(request)
    known = _supported()
    unknown = [one for one in name if one not in known and _plain(one) not in there]
    if unknown:
        raise Fail("these locales are not available on this host: %s" % ", ".join(unknown))
    present = all(_plain(one) in there for one in name)
    changed = present != (state == "present")
    if changed and not request.check:
        if legacy:
            _generate_legacy(request, name, state)
        else:
            _list(request, {one: known.get(one, "UTF-8") for one in name}, state == "present")
            request.command([need(request, "locale-gen", "locales")]).check("locale-gen")
    mechanism = "ubuntu_legacy" if legacy else "glibc"
    return {"changed": changed, "name": name, "mechanism": mechanism, "ubuntu_mode": legacy}


def _existing(request: Request) -> set[str]:
    done = request.command(["locale", "-a"]).check("locale -a")
    return {_plain(line) for line in done.stdout.splitlines()}


def _plain(name: str) -> str:
    """Return a locale's name with its encoding as `locale -a` shows it: de_CH.UTF-8 is de_CH.utf8."""
    base, dot, encoding = name.partition(".")
    encoding, at, modifier = encoding.partition("@")
    return base + dot + encoding.lower().replace("-", "") + at + modifier


def _supported() -> dict[str, str]:
    """Return the locales that can be generated, and their character sets."""
    with open(SUPPORTED) as file:
        found = [_ENTRY.match(line) for line in file]
    return {match.group(1): match.group(2) for match in found if match}


def _list(request: Request, charsets: dict[str, str], wanted: bool) -> None:
    """Put locales into /etc/locale.gen, or comment them out."""
    with open(LIST) as file:
        lines = file.read().splitlines()
    missing = dict(charsets)
    for index, line in enumerate(lines):
        match = _ENTRY.match(line)
        if match and match.group(1) in charsets:
            missing.pop(match.group(1), None)
            lines[index] = "%s%s %s" % ("" if wanted else "# ", match.group(1), match.group(2))
    if wanted:
        lines += ["%s %s" % item for item in missing.items()]
    files.replace(request, LIST, ["".join(line + "\n" for line in lines).encode()], {})


def _generate_legacy(request: Request, names: list[str], state: str) -> None:
    """Ubuntu's old locale-gen keeps the list itself, but does not remove from it."""
    program = need(request, "locale-gen", "locales")
    if state == "present":
        request.command([program, *names]).check("locale-gen")
        return
    path = os.path.join(LEGACY, "local")
    with open(path) as file:
        kept = [line for line in file if line.split()[:1] and line.split()[0] not in names]
    files.replace(request, path, ["".join(kept).encode()], {})
    request.command([program, "--purge"]).check("locale-gen")
