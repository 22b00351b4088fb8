"""file: directories, links, empty files, absence, attributes."""

from __future__ import annotations

from typing import Literal

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, Text, arg


@modules.register("file")
class File(Module):
    """Make a directory, a link or an empty file, remove a path, or set its owner, group and mode.

    Links are made beside their place and renamed there, so that the path is never missing.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.

    Examples:
        - name: Make a directory
          file:
            path: /srv/app
            state: directory
            owner: app
            group: app
            mode: "0750"

        - name: Point a link at the current release
          file:
            src: /srv/app/releases/{{ version }}
            dest: /srv/app/current
            state: link

        - name: Remove a directory and all in it
          file:
            path: /tmp/build
            state: absent
    """

    class Args(FileArgs):
        path: Path = arg(..., "dest", "name")
        state: Literal["absent", "directory", "file", "hard", "link", "touch"] | None = None
        src: Path | None = None
        recurse: Bool = False
        force: Bool = False
        follow: Bool = True
        access_time: Text | None = None
        access_time_format: Text = "%Y%m%d%H%M.%S"
        modification_time: Text | None = None
        modification_time_format: Text = "%Y%m%d%H%M.%S"

    target = "file.run"
