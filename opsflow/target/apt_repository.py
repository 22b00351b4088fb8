"""Ansible's `apt_repository`: a line of apt's source lists, there or not."""

from __future__ import annotations

import os
import re

from opsflow.target import apt_cache, attributes, files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from opsflow.target.request import Request

_TYPES = ("deb", "deb-src")
ETC = "/etc/apt"


def run(
    request: Request,
    repo: str,
    state: str = "present",
    filename: str | None = None,
    mode: Any = None,
    update_cache: bool = True,
    update_cache_retries: int = 5,
    update_cache_retry_max_delay: int = 12,
    line: str | None = None,
    directory: str = ETC,
) -> dict[str, Any]:
    """Add a repository's line to the source lists, or remove it, and fetch the lists of packages.

    Args:
        filename: name of the list for a new line, without `.list`.
        mode: of the list that gets a new line.
        line: what is written, where `repo` is only a name for it.
        directory: where apt's configuration is.
    """
    lists = SourceLists(directory)
    source = normal(line or repo)
    if state == "present":
        lists.add(source, filename or suggested_name(repo))
    else:
        lists.remove(source)
    result: dict[str, Any] = {"changed": bool(lists.changed()), "repo": repo, "state": state}
    result.update(sources_added=lists.added(), sources_removed=lists.removed(), diff=[])
    if request.diff:
        result["diff"] = lists.difference()
    if not result["changed"] or request.check:
        return result
    try:
        lists.save(request, mode)
        if update_cache:
            _refresh(request, update_cache_retries, update_cache_retry_max_delay)
    except (Fail, OSError):
        lists.restore(request)
        raise
    return result


def _refresh(request: Request, retries: int, max_delay: int) -> None:
    try:
        apt_cache.refresh(request, retries=retries, retry_max_delay=max_delay)
    except Fail as fail:
        raise Fail(
            "Failed to update apt cache, the repository was not added: %s" % fail.msg, **fail.data
        ) from None


class Line:
    """A line of a list: `source` is empty unless it describes a repository, on or turned off."""

    def __init__(self, text: str) -> None:
        self.text = text
        stripped = text.strip()
        self.enabled = not stripped.startswith("#")
        content, _, self.comment = stripped.lstrip("#").partition("#")
        words = content.split()
        self.source = " ".join(words) if words[:1] and words[0] in _TYPES else ""

    def enable(self) -> Line:
        comment = " # " + self.comment.strip() if self.comment.strip() else ""
        return Line(self.source + comment + "\n")


def normal(text: str) -> str:
    """Return a repository's line without needless blanks. Raises Fail when it is none."""
    line = Line(text)
    if not line.source or not line.enabled:
        raise Fail("Invalid repository string: %s" % text)
    return line.source


def suggested_name(repo: str) -> str:
    """Return a file's name made of a repository's address, without protocol, options, user and password."""
    plain = re.sub(r"\w+://", "", re.sub(r"\[[^\]]+\]", "", repo))
    words = [word for word in plain.split() if word not in _TYPES]
    address = words[0].partition("@")[2] or words[0]
    return "_".join(re.findall("[a-zA-Z0-9]+", address))


class SourceLists:
    """The lists of a host: path and lines, before and after."""

    def __init__(self, directory: str) -> None:
        self.main = os.path.join(directory, "sources.list")
        self.parts = os.path.join(directory, "sources.list.d")
        names = os.listdir(self.parts) if os.path.isdir(self.parts) else []
        paths = [os.path.join(self.parts, name) for name in sorted(names) if name.endswith(".list")]
        self.before = {path: _read(path) for path in [self.main, *paths] if os.path.isfile(path)}
        self.lines = {path: [Line(text) for text in texts] for path, texts in self.before.items()}
        self.new = ""  # the list that gets a new line

    def enabled(self) -> Iterator[str]:
        """Yield the repositories that apt asks."""
        return (one.source for lines in self.lines.values() for one in lines if one.enabled and one.source)

    def add(self, source: str, name: str) -> None:
        """Add a repository unless it is in a list; one that is turned off is turned on."""
        known = False
        for path, lines in self.lines.items():
            if any(line.source == source for line in lines):
                known = True
                self.lines[path] = [
                    line.enable() if line.source == source and not line.enabled else line for line in lines
                ]
        if known:
            return
        self.new = name + ".list" if "/" in name else os.path.join(self.parts, name + ".list")
        lines = self.lines.setdefault(self.new, [])
        if lines and not lines[-1].text.endswith("\n"):
            lines[-1] = Line(lines[-1].text + "\n")
        lines.append(Line(source + "\n"))

    def remove(self, source: str) -> None:
        for path, lines in self.lines.items():
            self.lines[path] = [line for line in lines if line.source != source or not line.enabled]

    def after(self, path: str) -> list[str]:
        return [line.text for line in self.lines.get(path, [])]

    def changed(self) -> list[str]:
        return [path for path in self.lines if self.after(path) != self.before.get(path, [])]

    def added(self) -> list[str]:
        return [path for path in self.changed() if path not in self.before]

    def removed(self) -> list[str]:
        return [path for path in self.changed() if not self.lines[path]]

    def difference(self) -> list[dict[str, Any]]:
        def side(path: str, texts: Sequence[str]) -> tuple[bytes, str]:
            content = "".join(texts).encode("utf-8", "surrogateescape")
            return content, path if texts else "/dev/null"

        found: list[dict[str, Any]] = []
        for path in self.changed():
            before, old = side(path, self.before.get(path, []))
            after, new = side(path, self.after(path))
            found.append(files.diff(before, after, old, new))
        return found

    def save(self, request: Request, mode: Any) -> None:
        """Write the lists that changed; one without lines is removed."""
        for path in self.changed():
            if self.lines[path]:
                files.make_directories(request, os.path.dirname(path), {})
                _write(request, path, self.after(path))
            else:
                os.unlink(path)
        if self.new and mode is not None:
            attributes.apply(request, os.path.realpath(self.new), {"mode": mode})

    def restore(self, request: Request) -> None:
        """Put the lists back that changed."""
        for path in self.changed():
            if path in self.before:
                _write(request, path, self.before[path])
            elif os.path.exists(path):
                os.unlink(path)


def _read(path: str) -> list[str]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.readlines()


def _write(request: Request, path: str, texts: Sequence[str]) -> None:
    content = "".join(texts).encode("utf-8", "surrogateescape")
    files.replace(request, os.path.realpath(path), [content], {})
