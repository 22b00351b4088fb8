"""find: files by name, age, size, content, mode."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Int, Mode, StrList, Text, arg


@modules.register("find")
class Find(Module):
    """Return the paths below directories that have the wanted names, type, age, size, mode or content.

    Returns:
        files: what was found, each as of `stat`.
        matched, examined: how many.
        skipped_paths: what could not be read, and why.

    Examples:
        - name: Find old logs that are large
          find:
            paths: /var/log
            patterns: "*.log,*.gz"
            recurse: true
            age: 4w
            size: 10m
          register: old_logs
    """

    class Args(ModuleArgs):
        paths: StrList = arg(..., "name", "path")
        """Directories to look in."""
        patterns: StrList | None = arg(None, "pattern")
        """Patterns of names; all of them without."""
        excludes: StrList | None = arg(None, "exclude")
        """Patterns of names to leave out."""
        use_regex: Bool = False
        """The patterns are regular expressions."""
        file_type: Literal["any", "directory", "file", "link"] = "file"
        """What to look for."""
        recurse: Bool = False
        """Look in directories below as well."""
        depth: Int | None = None
        """How many levels down; without this, all."""
        follow: Bool = False
        """Follow links to directories."""
        hidden: Bool = False
        """Find what begins with a dot."""
        age: Text | None = None
        """Only what is older, or with a minus newer: seconds, or with a unit such as `2d`."""
        age_stamp: Literal["atime", "ctime", "mtime"] = "mtime"
        """Which time the age is of."""
        size: Text | None = None
        """Only what is larger, or with a minus smaller: bytes, or with a unit such as `10m`."""
        contains: Text | None = None
        """A regular expression for a line that the file has."""
        read_whole_file: Bool = False
        """Look for that in the file as a whole, not line by line."""
        encoding: Text | None = None
        """The encoding of the files."""
        mode: Mode | None = None
        """The permissions that are looked for."""
        exact_mode: Bool = True
        """Just those; if not, at least those."""
        limit: Int | None = None
        """How many to find at most."""
        get_checksum: Bool = False
        """Tell the checksum of each file."""
        checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = arg(
            "sha1", "checksum", "checksum_algo"
        )
        """How that is reckoned."""

    target = "find.run"
