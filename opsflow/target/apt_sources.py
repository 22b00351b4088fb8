"""apt's sources in both of their formats: what they name, and rewriting that while all else stays."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

ETC = "/etc/apt"

Entry = NamedTuple(
    "Entry",
    [
        ("path", "str"),
        ("uris", "list[str]"),
        ("suites", "list[str]"),
        ("components", "list[str]"),
    ],
)
"""What a line or a stanza asks of archives."""

_LINE = re.compile(r"^(\s*deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?)(\S+)(\s+)(\S+)([^#\n]*)(#.*)?$")
_NO = ("no", "false", "off", "without", "disable", "0")


def read(directory: str = ETC) -> dict[str, str]:
    """Return the text of all files of sources that apt reads, by their paths."""
    main, parts = os.path.join(directory, "sources.list"), os.path.join(directory, "sources.list.d")
    names = sorted(os.listdir(parts)) if os.path.isdir(parts) else []
    paths = [os.path.join(parts, name) for name in names if name.endswith((".list", ".sources"))]
    return {path: _text(path) for path in [main, *paths] if os.path.isfile(path)}


def _text(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def entries(texts: dict[str, str]) -> list[Entry]:
    """Return what is asked for in files; what is turned off is not."""
    found: list[Entry] = []

    def note(entry: Entry) -> Entry:
        found.append(entry)
        return entry

    for path, text in texts.items():
        rewritten(path, text, note, "")
    return found


def rewritten(path: str, text: str, decide: Callable[[Entry], Entry | None], why: str) -> str:
    """Return a file's text with what is decided of each entry; comments and all else stay.

    Args:
        path: a name that ends with `.sources` is of the deb822 format.
        decide: gets an entry, returns it as it shall be (as many suites, at most more components), or None to
            turn it off.
        why: the comment at an entry that is turned off.
    """
    lines = text.splitlines(True)
    if not path.endswith(".sources"):
        return "".join(_line(path, line, decide, why) for line in lines)
    out: list[str] = []
    stanza: list[str] = []
    for line in lines:
        if line.strip():
            stanza.append(line)
        else:
            out += [*_stanza(path, stanza, decide, why), line]
            stanza = []
    return "".join(out + _stanza(path, stanza, decide, why))


def _line(path: str, line: str, decide: Callable[[Entry], Entry | None], why: str) -> str:
    match = _LINE.match(line.rstrip("\r\n"))
    if match is None:
        return line
    end = line[len(line.rstrip("\r\n")) :]
    start, uri, gap, suite, components, comment = match.groups()
    entry = Entry(path, [uri], [suite], components.split())
    new = decide(entry)
    if new is None:
        return "# %s # %s%s" % (line.strip(), why, end)
    words = components.rstrip()
    added = "".join(" " + word for word in new.components if word not in entry.components)
    return (
        start + uri + gap + new.suites[0] + words + added + components[len(words) :] + (comment or "") + end
    )


def _stanza(path: str, lines: list[str], decide: Callable[[Entry], Entry | None], why: str) -> list[str]:
    fields = _fields(lines)
    if "uris" not in fields or " ".join(_words(lines, fields, "enabled")).lower() in _NO:
        return lines
    uris, suites, components = (_words(lines, fields, name) for name in ("uris", "suites", "components"))
    new = decide(Entry(path, uris, suites, components))
    if new is None:
        return _turned_off(lines, fields, why)
    names = dict(zip(suites, new.suites))
    added = [word for word in new.components if word not in components]
    out = list(lines)
    for index in fields.get("suites", ()):
        out[index] = _replaced(out[index], names)
    if added:
        index = fields["components"][-1]
        body = out[index].rstrip()
        out[index] = body + "".join(" " + word for word in added) + out[index][len(body) :]
    return out


def _turned_off(lines: list[str], fields: dict[str, list[int]], why: str) -> list[str]:
    gone = fields.get("enabled", ())
    first = min(numbers[0] for numbers in fields.values())
    kept = [line for index, line in enumerate(lines) if index not in gone and index >= first]
    return [*lines[:first], "# %s\n" % why, "Enabled: no\n", *kept]


def _fields(lines: list[str]) -> dict[str, list[int]]:
    """Return the numbers of the lines of each field, its name in lower case; comments are in none."""
    found: dict[str, list[int]] = {}
    name = ""
    for index, line in enumerate(lines):
        if line.startswith("#"):
            continue
        if not line[:1].isspace():
            name = line.partition(":")[0].strip().lower()
        found.setdefault(name, []).append(index)
    return found


def _words(lines: list[str], fields: dict[str, list[int]], name: str) -> list[str]:
    return [word for index in fields.get(name, ()) for word in _split(lines[index])[1].split()]


def _split(line: str) -> tuple[str, str]:
    """Return a line's field with its colon (nothing in one that continues), and the value."""
    if line[:1].isspace():
        return "", line
    name, colon, value = line.partition(":")
    return name + colon, value


def _replaced(line: str, names: dict[str, str]) -> str:
    name, value = _split(line)
    return name + re.sub(r"\S+", lambda word: names.get(word.group(), word.group()), value)
