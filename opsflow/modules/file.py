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
        """The file, directory or link."""
        state: Literal["absent", "directory", "file", "hard", "link", "touch"] | None = None
        """What it is to be; `touch` makes an empty file or sets its times."""
        src: Path | None = None
        """What a link points to, or the file that a hard link is another name of."""
        recurse: Bool = False
        """Set owner and permissions of all that is below the directory too."""
        force: Bool = False
        """Make links to what is not there, and put links in the place of files."""
        follow: Bool = True
        """Change what a link points to, not the link."""
        access_time: Text | None = None
        """The time of the last reading: `now`, `preserve` or a time."""
        access_time_format: Text = "%Y%m%d%H%M.%S"
        """How that time is written, as for strftime."""
        modification_time: Text | None = None
        """The time of the last change: `now`, `preserve` or a time."""
        modification_time_format: Text = "%Y%m%d%H%M.%S"
        """How that time is written, as for strftime."""

    target = "file.run"
