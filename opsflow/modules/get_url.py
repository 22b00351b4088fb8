"""get_url: files from the network."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Path, Text, arg
from .base.urls import UrlArgs


class GetUrlArgs(UrlArgs):
    """Options of `get_url`."""

    dest: Path
    """The file, or the directory for it."""
    url_username: Text | None = arg(None, "username")
    """The name for the server."""
    checksum: Text = ""
    """What the file must be: `sha256:…`, or the URL of a list of checksums."""
    force: Bool = False
    """Download each time; if not, only what is newer or not there."""
    backup: Bool = False
    """Keep a copy of a file that is replaced."""
    tmp_dest: Path | None = None
    """The directory for the file while it is downloaded."""

    @model_validator(mode="after")
    def _whole_checksum(self) -> Self:
        if self.checksum and ":" not in self.checksum:
            raise ValueError("checksum must be ALGORITHM:DIGEST or ALGORITHM:URL")
        return self


@modules.register("get_url")
class GetUrl(Module):
    """Download a file to the host, if it is not there, has another checksum, or is newer on the server.

    It is written beside its destination and renamed when it is whole, whatever `tmp_dest` says.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        url: the address in the end, after redirections.
        status_code, msg, elapsed: the answer, and how long it took in seconds.
        checksum_src, checksum_dest: SHA-1 of what came and of what is there.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Fetch a release and check it
          get_url:
            url: https://example.org/tool-1.2.tar.gz
            dest: /usr/src/tool-1.2.tar.gz
            checksum: sha256:https://example.org/SHA256SUMS
            mode: "0644"
    """

    Args = GetUrlArgs
    target = "get_url.run"
    detachable = True

    async def run(self, task: TaskContext, args: GetUrlArgs) -> Result:
        return await task.call(self.target, args.options("tmp_dest"))
