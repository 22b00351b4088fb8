"""copy: files and trees to hosts."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path as LocalPath
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from opsflow.core.errors import TaskError
from opsflow.source.vault import is_encrypted_file

from .base.files import FileArgs, digest, put, put_file, read_plain
from .base.module import Module, Result, TaskContext, modules
from .base.trees import put_tree
from .base.types import Bool, Mode, Path, Text, arg


def _content(value: Any) -> str:
    """Text as it is; mappings and lists as JSON, as Ansible."""
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


class CopyArgs(FileArgs):
    """Options of `copy`."""

    dest: Path
    """Where to put it on the host."""
    src: Path | None = None
    """A file or directory of the control node; with `/` at its end only what is in it."""
    content: Annotated[str, BeforeValidator(_content)] | None = None
    """What the file is to hold, instead of `src`."""
    backup: Bool = False
    """Keep a copy of a file that is replaced."""
    checksum: Text | None = None
    """The SHA-1 that the file must have."""
    decrypt: Bool = True
    """Decrypt files that are encrypted by vault."""
    directory_mode: Mode | None = None
    """The permissions of directories that are made on the way; all, or the mode for them."""
    follow: Bool = False
    """Follow links of the host where the destination is one."""
    force: Bool = True
    """Replace what differs; if not, only put what is not there."""
    local_follow: Bool = True
    """Follow links of the control node."""
    remote_src: Bool = False
    """`src` is on the host."""
    validation: Text | None = arg(None, name="validate")
    """A command that must accept the new file, `%s` in it."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.src is None) == (self.content is None):
            raise ValueError("give either src or content")
        if self.content is not None and self.dest.endswith("/"):
            raise ValueError("can not use content with a dir as dest")
        return self


@modules.register("copy")
class Copy(Module):
    """Put a file, a tree of files, or the text of `content` on the host, where it differs.

    Small files travel with the question whether they are needed, larger ones only after the answer. A file
    is written beside its place and renamed: it is never half there.

    Returns:
        dest, path: the file.
        owner, group, mode, uid, gid, size, state: what it is like now.
        checksum: SHA-1 of the file.
        src: where it came from.
        backup_file: the copy of the old file, with `backup`.

    Examples:
        - name: Put a file of the role or playbook on the host
          copy:
            src: nginx.conf
            dest: /etc/nginx/nginx.conf
            owner: root
            group: root
            mode: "0644"
            validate: nginx -t -c %s

        - name: Write a text
          copy:
            content: |
              Authorized use only.
            dest: /etc/motd
            mode: "0644"

        - name: Put the content of a directory on the host
          copy:
            src: site/
            dest: /var/www/site/
            mode: preserve
    """

    Args = CopyArgs

    one_call = True

    async def run(self, task: TaskContext, args: CopyArgs) -> Result:
        common: Result = {
            **args.wanted(),
            "dest": args.dest,
            "force": args.force,
            "follow": args.follow,
            "backup": args.backup,
        }
        for name in ("validation", "directory_mode"):
            if (value := getattr(args, name)) is not None:
                common[name] = value
        if args.content is not None:
            if args.mode == "preserve":
                common["mode"] = "0600"  # what Ansible's temporary file has
            return await put(
                task,
                args.content.encode("utf-8", "surrogateescape"),
                {**common, "header": "dynamically generated"},
            )
        assert args.src is not None
        if args.remote_src:
            common.update(src=args.src, local_follow=args.local_follow)
            if args.checksum:
                common["expected"] = args.checksum
            return await task.call("copy_here.run", common)
        return await _send(task, args, common)


async def _send(task: TaskContext, args: CopyArgs, common: Result) -> Result:
    assert args.src is not None
    source = task.find_file(args.src.rstrip("/") or "/", "files")
    if source.is_dir():
        if not args.src.endswith("/"):
            common["dest"] = f"{args.dest.rstrip('/')}/{source.name}"
        result = await put_tree(task, source, common, follow=args.local_follow, decrypt=args.decrypt)
        return {**result, "src": args.src, "dest": args.dest.rstrip("/") + "/"}
    await asyncio.to_thread(_check_source, source, args)
    if args.mode == "preserve":
        common["mode"] = f"{stat.S_IMODE(source.stat().st_mode):04o}"
    common.update(name=source.name, header=str(source))
    if args.decrypt and is_encrypted_file(source):
        return {"src": str(source), **await put(task, await read_plain(task, source), common)}
    return {"src": str(source), **await put_file(task, source, common)}


def _check_source(source: LocalPath, args: CopyArgs) -> None:
    """Refuse another file than the one expected."""
    if args.checksum and (found := digest(source)) != args.checksum:
        raise TaskError(
            f"'{source}' does not have the expected checksum",
            data={"checksum": found, "expected_checksum": args.checksum},
        )
