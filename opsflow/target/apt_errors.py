"""What went wrong when apt-get failed, as a sentence that names the culprit."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

TAIL = 10  # lines of a broken package's output that are kept

_RULES = (
    (r"You don't have enough free space in (\S+?)/?\.?$", "there is not enough free disk space in {0}"),
    (r"Could not get lock (\S+?)\. It is held by process (.+)$", "{0} is held by process {1}"),
    (r"Unable to locate package (\S+)", "no package matching '{0}' is available"),
    (r"Couldn't find any package by (?:glob|regex) '(.+)'", "no package matching '{0}' is available"),
    (r"Package '(\S+)' has no installation candidate", "no available installation candidate for {0}"),
    (r"Version '(.+)' for '(.+)' was not found", "no available installation candidate for {1}={0}"),
    (r"The value '(.+)' is invalid for APT::Default-Release", "no release '{0}' is known to apt"),
    (r"The repository '(.+?)' is not signed", "the repository {0} is not signed"),
    (
        r"GPG error: (\S+ \S+ \S+): (.+)$",
        "the signature of the repository {0} cannot be verified: {1}",
    ),
    (
        r"Release file for (\S+) is (expired|not valid yet) \((.+?)\)",
        "the index of the repository {0} is {1} ({2})",
    ),
    (
        r"The repository '(.+?)' (?:no longer has|does not have) a Release file",
        "the repository {0} does not have a Release file",
    ),
    (r"Failed to fetch (\S+)\s+(.+)$", "cannot fetch {0}: {1}"),
    (
        r"Held packages were changed and -y was used without",
        "the change touches held packages; release them, or set allow_change_held_packages",
    ),
    (
        r"Packages were downgraded and -y was used without",
        "the change downgrades packages, which needs allow_downgrade",
    ),
    (
        r"There were unauthenticated packages and -y was used without",
        "the change needs packages that no trusted repository signs",
    ),
    (r"Packages need to be removed but remove is disabled", "the change would remove packages"),
    (
        r"Essential packages were removed and -y was used without",
        "the change would remove essential packages",
    ),
)
_FULL = r"^.*No space left on device.*$"
_UNMET = r"^The following packages have unmet dependencies:\n((?: .*\n?)+)"
_BROKEN = r"^dpkg: error processing (?:package|archive) (\S+) \(-+(\S+?)\):\n[ \t]*(.*)$"


def explain(stdout: str, stderr: str, told: Sequence[tuple[str, str]] = ()) -> tuple[str, dict[str, Any]]:
    """Return why apt-get failed, and data about it (`broken_packages`, `package_output`).

    Args:
        stdout: what it printed, cleaned.
        stderr: what it complained about.
        told: packages and reasons that came through the status descriptor.
    """
    full = re.search(_FULL, stderr + "\n" + stdout, re.M)
    if full:
        return "the disk is full: %s" % full.group(0).strip(), {}
    broken = _broken(stdout + "\n" + stderr, told)
    if broken:
        name, reason = broken[0]
        output = package_output(stdout, name) or package_output(stderr, name)
        sentence = "package %s is broken: %s" % (name, reason)
        if output:
            sentence += "; its last words: %s" % " | ".join(output[-3:])
        names = sorted({name for name, _ in broken})
        return sentence, {"broken_packages": names, "package_output": output}
    text = stderr + "\n" + stdout
    for pattern, sentence in _RULES:
        match = re.search(pattern, text, re.M)
        if match:
            return sentence.format(*match.groups()), {}
    unmet = re.search(_UNMET, text, re.M)
    if unmet:
        lines = [" ".join(line.split()) for line in unmet.group(1).splitlines()]
        return "the packages do not fit together: " + "; ".join(lines), {}
    return _complaints(stderr), {}


def _broken(text: str, told: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    seen = [(match.group(1), match.group(3)) for match in re.finditer(_BROKEN, text, re.M)]
    found: list[tuple[str, str]] = []
    for name, reason in list(told) + seen:
        if name not in [known for known, _ in found] and "dependency problems" not in reason:
            found.append((name, reason))
    return found or seen


def package_output(text: str, name: str) -> list[str]:
    """Return the last lines that a package printed before dpkg gave up on it."""
    lines = text.splitlines()
    ends = [at for at, line in enumerate(lines) if line.startswith("dpkg: error processing") and name in line]
    if not ends:
        return []
    output: list[str] = []
    for line in reversed(lines[: ends[0]]):
        if line.startswith(("Setting up ", "Unpacking ", "Preparing to unpack ", "Removing ", "Purging ")):
            break
        output.append(line)
    return [line for line in reversed(output[:TAIL]) if line.strip()]


def _complaints(stderr: str) -> str:
    lines = [line[3:] for line in stderr.splitlines() if line.startswith("E: ")]
    lines = lines or [line for line in stderr.splitlines() if line.strip()][-1:]
    return "; ".join(lines) or "it printed no reason"
