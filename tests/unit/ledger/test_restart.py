"""The database server of a ledger restarts in the middle of a run: that goes on, and nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from opsflow.ledger.store import open_store
from tests.support.cli import Opsflow
from tests.support.databases import Server, postgresql

HOSTS = ("a", "b", "c")
TASKS = 8


def test_a_server_that_restarts_loses_nothing_of_a_run(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with postgresql() as server:
        opsflow = _opsflow(tmp_path, server)
        tasks: list[Any] = [
            {"name": f"task {number}", "shell": f"sleep 0.3; echo {number}"} for number in range(TASKS)
        ]
        play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
        with opsflow.playing([play]) as run:
            run.begun("task 2")
            assert server.restart
            server.restart()
            done = run.end()
        assert done.code == 0, done.out + done.err
        store = open_store(_url(server), read_only=True)
        (run_id,) = store.rows("SELECT run_id, outcome FROM runs")
        results = list(store.rows("SELECT r.host, t.name FROM results r JOIN tasks t ON t.seq = r.task"))
        store.close()
        assert run_id == (done.summary["run_id"], "changed")
        assert sorted(results) == sorted((host, task["name"]) for host in HOSTS for task in tasks)
        assert opsflow("audit", "verify").code == 0


def _opsflow(directory: Path, server: Server) -> Opsflow:
    (directory / "opsflow.yml").write_text(f"state: {_url(server)}\ninventory: {','.join(HOSTS)},\n")
    return Opsflow(directory)


def _url(server: Server) -> str:
    return f"postgresql://postgres@/postgres?host={server.socket}&port={server.port}"
