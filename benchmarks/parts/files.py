"""Files to one host: a tree of many small ones, and a big one."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

from benchmarks.bench import Bench, Section
from benchmarks.contenders import ANSIBLE, MITOGEN, OPSFLOW, PYINFRA, Contender, openssh_options
from benchmarks.fleet import Fleet
from benchmarks.goals import Goal
from benchmarks.report import medians
from benchmarks.work import Task, write
from opsflow.core.errors import OpsFlowError
from opsflow.lab.files import USER

FILES, DIRECTORIES, SIZE = 2000, 40, 1024
"""The tree: files, the directories that they are spread over, bytes of each."""
BIG_MB = 500
_PLACE = "/var/tmp/opsflow-bench"
_TO_SCP = 1.1
_SLOW = (MITOGEN, PYINFRA)
"""These copy file by file, in minutes: one run."""
_SLOWEST = f"{ANSIBLE}, a tenth of the files"
SCP, TAR = "scp", "tar over ssh"


def tree(bench: Bench) -> Section:
    """Return what a tree of small files costs."""
    folder = bench.folder("tree")
    host = bench.one_host(folder)
    source, tenth = _make_tree(folder / "source", FILES), _make_tree(folder / "tenth", FILES // 10)
    contenders = bench.field.contenders(write(folder, "tree", [_copy(source)]), host)
    contenders = [one for one in contenders if one.name != ANSIBLE]
    slow = [one for one in contenders if one.name in _SLOW]
    quick = [one for one in contenders if one not in slow]
    if bench.field.peers:
        quick += _openssh(host, source)
        plain = bench.field.ansible(write(folder, "tenth", [_copy(tenth)]), host)
        slow.append(replace(plain, name=_SLOWEST))
    found = bench.interleaved(quick, before=lambda: _clear(bench))
    found |= bench.interleaved(slow, runs=1, before=lambda: _clear(bench))
    note = f"Files of {SIZE:,} bytes. One run of {', '.join(one.name for one in slow)}." if slow else ""
    return bench.compared(f"One host, a tree of {FILES:,} small files", found, note=note)


def big(bench: Bench) -> Section:
    """Return what one big file costs, beside scp."""
    folder = bench.folder("big")
    _check_room(folder)
    host = bench.one_host(folder)
    source = folder / "big"
    with source.open("wb") as file:
        for _ in range(BIG_MB):
            file.write(os.urandom(1_000_000))
    task = Task(
        f"copy: {{src: {source}, dest: {_PLACE}/big}}", f"files.put(src='{source}', dest='{_PLACE}/big')"
    )
    contenders = bench.field.contenders(write(folder, "big", [task]), host)
    contenders.append(_scp(host, source, "-q"))
    found = bench.interleaved(contenders, before=lambda: _clear(bench))
    source.unlink()
    _clear(bench)
    what = f"One host, one file of {BIG_MB} MB"
    ratio = medians(found[OPSFLOW]).wall / medians(found[SCP]).wall
    return bench.compared(what, found, [Goal(f"{what}, wall clock against scp", _TO_SCP, ratio, "times")])


def _copy(source: Path) -> Task:
    return Task(f"copy: {{src: {source}/, dest: {_PLACE}/}}", f"files.sync(src='{source}', dest='{_PLACE}')")


def _make_tree(top: Path, files: int) -> Path:
    for number in range(files):
        place = top / f"part{number % DIRECTORIES}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"file{number}").write_bytes(os.urandom(SIZE // 2).hex().encode())
    return top


def _check_room(folder: Path) -> None:
    """Return when the big file has room here and on the host, whose disk is this machine's."""
    need = 4 * BIG_MB * 1_000_000
    for place in (folder, Path("/var/lib")):
        if shutil.disk_usage(place).free < need:
            raise OpsFlowError(f"{place} has less than {need // 1_000_000:,} MB of room")


def _clear(bench: Bench) -> None:
    """Leave nothing of the run before on the host."""
    bench.lab.ssh(bench.lab.hosts[0].name, f"rm -rf {_PLACE} && mkdir {_PLACE}")


def _openssh(host: Fleet, source: Path) -> list[Contender]:
    address = host.targets[0].address
    there = shlex.join(["ssh", *openssh_options(host), f"{USER}@{address}", f"tar -xC {_PLACE}"])
    return [
        _scp(host, source, "-rq"),
        Contender(TAR, ["sh", "-c", f"tar -cC {source} . | {there}"]),
    ]


def _scp(host: Fleet, source: Path, *options: str) -> Contender:
    to = f"{USER}@{host.targets[0].address}:{_PLACE}"
    return Contender(SCP, ["scp", *openssh_options(host), *options, str(source), to])
