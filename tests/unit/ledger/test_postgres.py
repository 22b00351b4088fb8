"""A ledger in PostgreSQL survives what happens to the server and to the way there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.events import TaskStarted
from opsflow.core.results import Status
from opsflow.ledger.chain import broken
from opsflow.ledger.place import LedgerError
from opsflow.ledger.record import Recorder
from opsflow.ledger.runs import find_run, list_runs
from opsflow.ledger.store import Busy, Store, open_store

from .conftest import Record, cut, header
from .events import HOSTS, begun, ended, task, whole_run

psycopg = pytest.importorskip("psycopg")

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def test_reading_makes_no_ledger(url: str) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        open_store(url, read_only=True)


def test_who_only_reads_changes_nothing(store: Store, url: str) -> None:
    reader = open_store(url, read_only=True)
    with pytest.raises(LedgerError, match="read-only"), reader.transaction() as execute:
        execute("DELETE FROM runs")
    reader.close()


def test_a_run_goes_on_when_its_connections_are_cut(store: Store, url: str, tmp_path: Path) -> None:
    recorder = Recorder(open_store(url), header(tmp_path), outputs=tmp_path)
    info = task(1, "Loop")
    for event in [*begun(HOSTS), TaskStarted(info, HOSTS)]:
        recorder(event)
    for _ in range(3):
        cut(url)
        for _ in range(60):
            recorder(ended(info, "web1", Status.CHANGED, {"changed": True}))
        recorder._writer._thread.join(0.1)
    assert recorder.close() is None
    reader = open_store(url)
    assert list(reader.rows("SELECT count(*) FROM results")) == [(180,)]
    assert list(broken(reader)) == []
    reader.close()


def test_a_transaction_is_lost_with_its_connection(store: Store, url: str) -> None:
    def half() -> None:
        with store.transaction() as execute:
            execute("INSERT INTO meta (name, value) VALUES ('x', 'y')")
            cut(url)
            execute("SELECT 1")

    with pytest.raises(Busy, match="can't be reached"):
        half()
    with store.transaction() as execute:
        assert execute("SELECT count(*) FROM meta WHERE name = 'x'") == [(0,)]


@pytest.mark.parametrize("arrived", [True, False])
def test_what_became_of_a_commit_without_an_answer_is_asked(
    store: Any, url: str, monkeypatch: pytest.MonkeyPatch, arrived: bool
) -> None:
    execute: Callable[..., list[Any]] = store._execute

    def lost(sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        if sql != "COMMIT":
            return execute(sql, parameters)
        if arrived:
            execute(sql)
        cut(url)
        monkeypatch.undo()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def insert() -> None:
        with store.transaction() as run:
            run("INSERT INTO meta (name, value) VALUES ('x', 'y')")

    monkeypatch.setattr(store, "_execute", lost)
    if arrived:
        insert()
    else:
        with pytest.raises(Busy):
            insert()
    assert list(store.rows("SELECT count(*) FROM meta WHERE name = 'x'")) == [(int(arrived),)]


def test_runs_of_several_machines_keep_one_chain(store: Store, url: str, tmp_path: Path) -> None:
    recorders = [Recorder(open_store(url), header(tmp_path), outputs=tmp_path) for _ in range(3)]
    runs = [whole_run(f"20261121-120000-00000{number}") for number in range(3)]
    for events in zip(*runs, strict=True):
        for recorder, event in zip(recorders, events, strict=True):
            recorder(event)
    assert [recorder.close() for recorder in recorders] == [None] * 3
    assert len(list_runs(store, limit=9)) == 3
    assert list(broken(store)) == []


def test_text_that_no_database_takes(store: Store, url: str, tmp_path: Path) -> None:
    recorder = Recorder(open_store(url), header(tmp_path), outputs=tmp_path)
    info = task(1, "a\0b \udcff")
    message = {"failed": True, "msg": "a\0b \udcff", "stdout": "a\0b \udcff"}
    for event in [*begun(HOSTS), TaskStarted(info, HOSTS), ended(info, "web1", Status.FAILED, message)]:
        recorder(event)
    assert recorder.close() is None
    assert list(store.rows("SELECT new FROM audit WHERE kind = 'failed'")) == [("a\ufffdb ?",)]
    assert list(broken(store)) == []


def test_a_server_that_is_not_there(url: str) -> None:
    with pytest.raises(LedgerError, match="can't be reached") as caught:
        open_store("postgresql://ops:hunter2@127.0.0.1:1/ledger")
    assert "hunter2" not in caught.value.message + str(caught.value.hint)


def test_a_wrong_password_is_not_shown(url: str) -> None:
    port = url.rpartition("=")[2]
    with pytest.raises(LedgerError) as caught:
        open_store(f"postgresql://nobody-here:hunter2@127.0.0.1:{port}/postgres")
    assert "hunter2" not in caught.value.message + str(caught.value.hint)


def test_the_whole_of_a_run(store: Store, record: Record) -> None:
    assert record(whole_run()) is None
    assert find_run(store, "last").state == "failed"
    assert (store.check(), store.size() > 0) == ([], True)
    store.shrink()
