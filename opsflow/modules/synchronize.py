"""synchronize: rsync between the control node and hosts, or within a host."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from typing import Literal

from opsflow.core.errors import TaskError

from .base import rsh
from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Bool, Int, Path, StrList, Text, arg

MARK = "<<CHANGED>>"
_PARTS = ("recursive", "links", "perms", "times", "owner", "group")
_FLAGS = (
    ("compress", "--compress"), ("delete", "--delete-after"), ("existing_only", "--existing"),
    ("checksum", "--checksum"), ("copy_links", "--copy-links"), ("archive", "--archive"),
    ("dirs", "--dirs"), ("partial", "--partial"),
)  # fmt: skip


class SynchronizeArgs(ModuleArgs):
    """Options of `synchronize`."""

    src: Path
    """What is copied; with `/` at its end only what is in it."""
    dest: Path
    """Where it is copied to."""
    mode: Literal["pull", "push"] = "push"
    """Push to the host, or pull from it."""
    archive: Bool = True
    """Keep links, times, owners and permissions, and go into directories."""
    recursive: Bool | None = None
    """Go into directories."""
    links: Bool | None = None
    """Keep links."""
    perms: Bool | None = None
    """Keep permissions."""
    times: Bool | None = None
    """Keep times."""
    owner: Bool | None = None
    """Keep owners."""
    group: Bool | None = None
    """Keep groups."""
    checksum: Bool = False
    """Compare contents, not times and sizes."""
    compress: Bool = True
    """Compress what is sent."""
    copy_links: Bool = False
    """Copy what links point to."""
    delay_updates: Bool = True
    """Put all files in their places at the end."""
    delete: Bool = False
    """Remove what is not in the source."""
    dirs: Bool = False
    """Make directories without going into them."""
    existing_only: Bool = False
    """Make no new files."""
    partial: Bool = False
    """Keep what has arrived of a file."""
    link_dest: StrList | None = None
    """Directories whose files are linked where they are the same."""
    rsync_opts: StrList = arg([])
    """More options for rsync."""
    rsync_path: Text | None = None
    """The program rsync over there."""
    rsync_timeout: Int = 0
    """Seconds without data after which it fails."""
    dest_port: Int | None = None
    """Has no meaning: the connection is there."""
    private_key: Path | None = None
    """Has no meaning: the connection is there."""
    set_remote_user: Bool = True
    """Has no meaning: the connection is there."""
    ssh_connection_multiplexing: Bool = False
    """Has no meaning: there is one connection."""
    use_ssh_args: Bool = False
    """Has no meaning: the connection is there."""
    verify_host: Bool = False
    """Has no meaning: host keys are always checked."""


@modules.register("synchronize")
class Synchronize(Module):
    """Bring a tree to a host, or with `mode: pull` from it, sending only what differs.

    rsync runs on both sides and speaks through the connection that the host has already, as the user whom the
    task becomes: what is to be said about ssh (`dest_port`, `private_key`, `set_remote_user`, `use_ssh_args`,
    `ssh_connection_multiplexing`, `verify_host`) is accepted and has no meaning. Delegated to the host
    itself, it works within that host.

    Returns:
        rc: the exit code of rsync.
        cmd: what was run.
        stdout_lines: what was changed.

    Examples:
        - name: Bring a site to the host and remove what is not in it
          synchronize:
            src: site/
            dest: /var/www/site/
            delete: true
            rsync_opts: ["--exclude=.git"]
    """

    Args = SynchronizeArgs

    async def run(self, task: TaskContext, args: SynchronizeArgs) -> Result:
        options = _options(args, task.check)
        if task.delegated:
            return await self._within(task, args, options)
        program = str(task.vars.get("ansible_rsync_path") or "rsync")
        if shutil.which(program) is None:
            raise TaskError("rsync is not installed on the control node", hint="install the package rsync")
        there = f"{task.host.replace(':', '-')}:"
        src, dest = _here(task, args.src, args.mode == "push"), there + args.dest
        if args.mode == "pull":
            src, dest = there + args.src, _here(task, args.dest, False)
        with tempfile.TemporaryDirectory(prefix="opsflow-") as directory:
            async with Tunnel(task, os.path.join(directory, "rsh")) as tunnel:
                argv = [program, *options, "--rsh=" + tunnel.command, src, dest]
                return _result(task, argv, *await _run(argv), tunnel.failure)

    async def _within(self, task: TaskContext, args: SynchronizeArgs, options: list[str]) -> Result:
        """Run it on the host that the task is delegated to, which has to be the task's own."""
        if task.host != task.vars["inventory_hostname"]:
            raise TaskError(
                f"synchronize can't be delegated to {task.host}, only to the task's own host",
                hint="without delegate_to rsync runs between the control node and the host",
            )
        argv = ["rsync", *options, args.src, args.dest]
        done = await task.call("pipe.command", {"argv": argv})
        return _result(task, argv, done["rc"], done["stdout"], done["stderr"], None)


def _here(task: TaskContext, path: str, source: bool) -> str:
    """Return a path of the control node: a source is looked for where those of `copy` are."""
    if source and not os.path.isabs(os.path.expanduser(path)):
        found = str(task.find_file(path.rstrip("/") or ".", "files"))
        return found + "/" if path.endswith("/") else found
    return os.path.expanduser(path)


def _options(args: SynchronizeArgs, check: bool) -> list[str]:
    options = ["--delay-updates", "-F"] if args.delay_updates else []
    options += [flag for name, flag in _FLAGS if getattr(args, name)]
    options += [f"--timeout={args.rsync_timeout}"] if args.rsync_timeout else []
    options += ["--dry-run"] if check else []
    for part in _PARTS:
        value = getattr(args, part)
        if value is not None and value is not args.archive:
            options.append(f"--{part}" if value else f"--no-{part}")
    options += [f"--rsync-path={args.rsync_path}"] if args.rsync_path else []
    options += args.rsync_opts
    if args.link_dest:
        options += ["-H", "-vv", *(f"--link-dest={os.path.abspath(path)}" for path in args.link_dest)]
    return [*options, f"--out-format={MARK}%i %n%L"]


async def _run(argv: list[str]) -> tuple[int, str, str]:
    """Run rsync here; it ends with the task."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    try:
        out, err = await process.communicate()
    except BaseException:
        process.terminate()
        await process.wait()
        raise
    return process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")


def _result(
    task: TaskContext, argv: list[str], rc: int, out: str, err: str, failure: BaseException | None
) -> Result:
    shown = " ".join(argv)
    if failure is not None:
        raise failure
    if rc:
        raise TaskError(err.strip() or f"rsync failed with exit code {rc}", data={"rc": rc, "cmd": shown})
    clean = out.replace(MARK, "")
    changed = any(line.startswith(MARK) and line[len(MARK)] != "." for line in out.splitlines())
    if not any(option.startswith("--link-dest") for option in argv):
        changed = MARK in out
    result: Result = {"changed": changed, "msg": clean, "rc": rc, "cmd": shown}
    result["stdout_lines"] = [line for line in clean.split("\n") if line]
    return {**result, "diff": {"prepared": clean}} if task.diff else result


class Tunnel:
    """Lets a local rsync start its other half on the host, through a socket and the host's runner."""

    def __init__(self, task: TaskContext, path: str) -> None:
        self.task = task
        self.path = path
        self.failure: BaseException | None = None

    @property
    def command(self) -> str:
        """The remote shell for rsync."""
        return " ".join(shlex.quote(word) for word in (sys.executable, "-I", "-S", rsh.__file__, self.path))

    async def __aenter__(self) -> Tunnel:
        self.server = await asyncio.start_unix_server(self._serve, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Run what rsync asks for on the host, and pass on what the two halves say."""
        words: list[str] = json.loads(await reader.readline())
        try:
            await self.task.call(
                "pipe.run",
                {"line": " ".join(words)},
                check=False,  # a dry run is rsync's own business
                upload=_pieces(reader),
                on_data=writer.write,
            )
        except Exception as error:
            self.failure = error
        finally:
            writer.close()


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(256 * 1024):
        yield piece
