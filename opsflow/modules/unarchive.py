"""unarchive: archives unpacked on hosts."""

from __future__ import annotations

import asyncio
from pathlib import Path as LocalPath
from typing import Self

from pydantic import model_validator

from opsflow.core.errors import TaskError
from opsflow.source.vault import is_encrypted_file

from .base.files import FileArgs, read_plain, stream_files, unreadable
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Int, Path, StrList, arg


class UnarchiveArgs(FileArgs):
    """Options of `unarchive`."""

    src: Path
    """The archive: a file of the control node, or with `remote_src` one of the host, or a URL."""
    dest: Path
    """An existing directory."""
    remote_src: Bool = False
    """`src` is on the host, or a URL."""
    also_copy: Bool | None = arg(None, name="copy")
    """The old opposite of `remote_src`."""
    creates: Path | None = None
    """A path: where it exists, nothing is unpacked."""
    list_files: Bool = False
    """Return the names in the archive."""
    keep_newer: Bool = False
    """Leave files that are newer than the archive's."""
    exclude: StrList = arg([])
    """Names that are not unpacked."""
    include: StrList = arg([])
    """The only names that are unpacked."""
    extra_opts: StrList = arg([])
    """More options for `tar` or `unzip`."""
    validate_certs: Bool = True
    """Check the certificate of the server of a URL."""
    decrypt: Bool = True
    """Decrypt an archive that is encrypted by vault."""
    io_buffer_size: Int = 65536
    """Accepted for Ansible's sake."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.also_copy is not None and "remote_src" in self.model_fields_set:
            raise ValueError("copy and remote_src cannot be given together")
        if self.include and self.exclude:
            raise ValueError("include and exclude cannot be given together")
        if not self.on_host and "://" in self.src:
            raise ValueError("a URL is fetched by the host: it needs remote_src: true")
        return self

    @property
    def on_host(self) -> bool:
        """Whether the host has the archive, or gets it by itself."""
        return self.remote_src if self.also_copy is None else not self.also_copy


@modules.register("unarchive")
class Unarchive(Module):
    """Unpack an archive into a directory, unless all that it holds is there already.

    Takes what `tar` and `unzip` of the host take: tar, plain or compressed by gzip, bzip2, xz or zstd, and
    zip. An archive of the control node goes over in pieces and is removed afterwards. Check mode compares
    archives of both kinds.

    Returns:
        dest, src: as asked for.
        handler: which program unpacks.
        files: the names in the archive, with `list_files`.
        owner, group, mode, uid, gid, size, state: what the directory is like.

    Examples:
        - name: Unpack an archive of this machine
          unarchive:
            src: app.tar.gz
            dest: /srv/app
            owner: app
            extra_opts: [--strip-components=1]

        - name: Unpack one from an address, once
          unarchive:
            src: https://example.org/tool-1.2.zip
            dest: /opt
            remote_src: true
            creates: /opt/tool-1.2
    """

    Args = UnarchiveArgs

    async def run(self, task: TaskContext, args: UnarchiveArgs) -> Result:
        options = args.wanted()
        for name in ("dest", "creates", "list_files", "keep_newer", "exclude", "include", "extra_opts"):
            options[name] = getattr(args, name)
        if not args.on_host:
            return await _send(task, args, options)
        options["src"] = args.src
        if "://" in args.src:
            options["validate_certs"] = args.validate_certs
            return await task.call("unarchive_url.run", options)
        return await task.call("unarchive.run", options)


async def _send(task: TaskContext, args: UnarchiveArgs, options: Result) -> Result:
    source = task.find_file(args.src, "files")
    opened: dict[LocalPath, bytes] = {}
    try:
        size = (await asyncio.to_thread(source.stat)).st_size
        if source.is_dir():
            raise TaskError(f"'{source}' is a directory, not an archive")
        if args.decrypt and await asyncio.to_thread(is_encrypted_file, source):
            opened[source] = await read_plain(task, source)
            size = len(opened[source])
        with source.open("rb"):
            pass
    except OSError as error:
        raise unreadable(source, error) from error
    stream = stream_files(task, [source], size, opened)
    return await task.call("unarchive.sent", {**options, "name": source.name}, upload=stream)
