"""assemble: one file out of fragments."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path as LocalPath

from opsflow.core.errors import TaskError
from opsflow.target.assemble import join

from .base.files import FileArgs, put, unreadable
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Path, Text, arg


class AssembleArgs(FileArgs):
    """Options of `assemble`."""

    src: Path
    """The directory of pieces."""
    dest: Path
    """The file that they become."""
    delimiter: Text | None = None
    """What stands between them."""
    regexp: Text | None = None
    """A regular expression for the names of pieces."""
    ignore_hidden: Bool = False
    """Leave out names that begin with a dot."""
    remote_src: Bool = True
    """`src` is on the host."""
    backup: Bool = False
    """Keep a copy of a file that is replaced."""
    decrypt: Bool = True
    """Decrypt pieces that are encrypted by vault."""
    validation: Text | None = arg(None, name="validate")
    """A command that must accept the new file, `%s` in it."""


@modules.register("assemble")
class Assemble(Module):
    """Join the files of a directory, sorted by name, and put the whole on the host, where it differs.

    The directory is on the host, or on the control node with `remote_src: false`.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        checksum: SHA-1 of the whole.
        src: the directory.

    Examples:
        - name: Make one configuration of its parts
          assemble:
            src: /etc/app/conf.d/
            dest: /etc/app/app.conf
            mode: "0644"
            validate: /usr/bin/app check %s
    """

    Args = AssembleArgs
    target = "assemble.run"

    async def run(self, task: TaskContext, args: AssembleArgs) -> Result:
        sent = {name: value for name, value in args.sent().items() if name not in ("remote_src", "decrypt")}
        if args.remote_src:
            return await task.call(self.target, sent)
        source = task.find_file(args.src, "files")
        content = await asyncio.to_thread(_joined, task, source, args)
        for name in ("src", "delimiter", "regexp", "ignore_hidden"):
            sent.pop(name, None)
        return {"src": str(source), "msg": "OK", **await put(task, content, {**sent, "header": str(source)})}


def _joined(task: TaskContext, source: LocalPath, args: AssembleArgs) -> bytes:
    try:
        wanted = re.compile(args.regexp or "")
    except re.error as error:
        raise TaskError(f"regexp is not a regular expression: {error}: {args.regexp}") from error
    if not source.is_dir():
        raise TaskError(f"Source ({args.src}) is not a directory")
    try:
        return join(
            [
                task.vault.plain(path.read_bytes(), str(path)) if args.decrypt else path.read_bytes()
                for path in sorted(source.iterdir())
                if path.is_file()
                and wanted.search(path.name)
                and not (args.ignore_hidden and path.name.startswith("."))
            ],
            args.delimiter,
        )
    except OSError as error:
        raise unreadable(source, error) from error
