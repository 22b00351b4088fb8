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
        patterns: StrList | None = arg(None, "pattern")
        excludes: StrList | None = arg(None, "exclude")
        use_regex: Bool = False
        file_type: Literal["any", "directory", "file", "link"] = "file"
        recurse: Bool = False
        depth: Int | None = None
        follow: Bool = False
        hidden: Bool = False
        age: Text | None = None
        age_stamp: Literal["atime", "ctime", "mtime"] = "mtime"
        size: Text | None = None
        contains: Text | None = None
        read_whole_file: Bool = False
        encoding: Text | None = None
        mode: Mode | None = None
        exact_mode: Bool = True
        limit: Int | None = None
        get_checksum: Bool = False
        checksum_algorithm: Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] = arg(
            "sha1", "checksum", "checksum_algo"
        )

    target = "find.run"
