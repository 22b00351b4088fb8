"""archive: files and trees of a host put into one file."""

from __future__ import annotations

from typing import Literal

from .base.files import FileArgs
from .base.module import Module, modules
from .base.types import Bool, Path, StrList, arg


@modules.register("archive")
class Archive(Module):
    """Put files and trees of a host into an archive there, or compress one file; done where that differs.

    The format zstd needs the program `zstd` on the host.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        dest_state: whether the archive is whole.
        archived: the files in it.
        missing: paths that are not there.
        expanded_paths, expanded_exclude_paths: what the patterns found.
        arcroot: the directory that all of them are below.

    Examples:
        - name: Keep what the application wrote
          archive:
            path: /srv/app/data
            dest: /var/backups/app.tar.gz
            exclude_path: [/srv/app/data/cache]
            mode: "0600"
    """

    class Args(FileArgs):
        path: StrList
        """What to pack: paths and patterns."""
        dest: Path | None = None
        """The archive."""
        format: Literal["bz2", "gz", "tar", "xz", "zip", "zstd"] = "gz"
        """Its form."""
        exclude_path: StrList = arg([])
        """Paths and patterns that are left out of `path`."""
        exclusion_patterns: StrList = arg([])
        """Patterns of names in directories that are left out."""
        force_archive: Bool = False
        """Make an archive of a single file too, not only a packed file."""
        remove: Bool = False
        """Remove what was packed."""

    target = "archive.run"
