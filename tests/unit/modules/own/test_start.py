"""Starting modules: forks of a process that is ready, a Python of their own where that can't be."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from opsflow.modules.own.module import module_class
from opsflow.modules.own.places import Places
from opsflow.modules.own.program import read_program
from tests.support.local import Run

HEAD = (
    "import os, sys, time\nfrom ansible.module_utils.basic import AnsibleModule\nmodule = AnsibleModule({})\n"
)


async def start(run: Run, base: Path, body: str) -> dict[str, Any]:
    path = base / "own.py"
    path.write_text(HEAD + body)
    module = module_class(read_program("own", path, Places()))
    return await module().run(run.task, module.Args())  # type: ignore[arg-type]


WITH_SERVER = """
with open("/proc/%d/stat" % os.getppid()) as file:
    server = file.read().rsplit(")", 1)[1].split()[1]
module.exit_json(pid=os.getpid(), group=os.getpgrp(), server=server)
"""


async def test_modules_are_forks_of_one_process(run: Run, tmp_path: Path) -> None:
    first, second = [await start(run, tmp_path, WITH_SERVER) for _ in range(2)]
    assert first["server"] == second["server"]
    assert first["pid"] != second["pid"]
    assert first["group"] != second["group"]


async def test_a_module_that_is_killed_is_told_with_its_signal(run: Run, tmp_path: Path) -> None:
    result = await start(run, tmp_path, "print('half')\nsys.stdout.flush()\nos.kill(os.getpid(), 9)\n")
    assert (result["failed"], result["rc"], result["module_stdout"]) == (True, -9, "half\n")


async def test_what_a_module_changes_in_python_is_gone_after_it(run: Run, tmp_path: Path) -> None:
    body = "seen = hasattr(os, 'mark')\nos.mark = 1\nos.environ['MARK'] = '1'\nmodule.exit_json(seen=seen)\n"
    assert [(await start(run, tmp_path, body))["seen"] for _ in range(2)] == [False, False]


async def test_random_numbers_differ(run: Run, tmp_path: Path) -> None:
    body = "import random\nmodule.exit_json(number=random.random())\n"
    first, second = [await start(run, tmp_path, body) for _ in range(2)]
    assert first["number"] != second["number"]


async def test_many_at_once_do_not_mix(run: Run, tmp_path: Path) -> None:
    bodies = [f"time.sleep(0.05)\nmodule.exit_json(number={number})\n" for number in range(5)]
    paths = [tmp_path / str(number) for number in range(5)]
    for path in paths:
        path.mkdir()
    found = await asyncio.gather(*(start(run, *pair) for pair in zip(paths, bodies, strict=True)))
    assert [result["number"] for result in found] == [0, 1, 2, 3, 4]


async def test_a_server_that_is_gone_is_replaced(run: Run, tmp_path: Path) -> None:
    first = await start(run, tmp_path, WITH_SERVER)
    os.kill(int(first["server"]), signal.SIGKILL)
    second = await start(run, tmp_path, WITH_SERVER)
    third = await start(run, tmp_path, WITH_SERVER)
    assert second["pid"] and third["server"] != first["server"]  # noqa: PT018


async def test_variables_of_python_count_for_a_python_of_its_own(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "only_here.py").write_text("word = 'found'\n")
    run.task.env["PYTHONPATH"] = str(tmp_path / "lib")
    body = "import only_here\nmodule.exit_json(word=only_here.word)\n"
    assert await start(run, tmp_path, body) == {"word": "found"}


async def test_a_module_that_is_cancelled_dies_with_its_children(run: Run, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    body = (
        "import subprocess\nchild = subprocess.Popen(['sleep', '300'])\n"
        f"note = {str(note)!r}\nwith open(note + '.new', 'w') as file:\n"
        "    file.write('%d %d' % (os.getpid(), child.pid))\n"
        "os.rename(note + '.new', note)\ntime.sleep(300)\n"
    )
    task = asyncio.create_task(start(run, tmp_path, body))
    while not note.exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    pids = [int(pid) for pid in note.read_text().split()]
    async with asyncio.timeout(5):  # the group gets SIGTERM and two seconds later SIGKILL
        while any(map(_runs, pids)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _runs(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_a_daemon_that_a_module_leaves_does_not_hold_it_up(run: Run, tmp_path: Path) -> None:
    body = (
        "import subprocess\nchild = subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "module.exit_json(left=child.pid)\n"
    )
    result = await asyncio.wait_for(start(run, tmp_path, body), 30)
    os.kill(result["left"], signal.SIGKILL)
