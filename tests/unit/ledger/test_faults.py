"""A ledger survives what happens to it, and a run survives its ledger."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.core.events import TaskStarted
from opsflow.core.results import Status
from opsflow.ledger import place, writer
from opsflow.ledger.chain import broken
from opsflow.ledger.place import LedgerError, file_of, refuse_network
from opsflow.ledger.record import Recorder
from opsflow.ledger.runs import find_run
from opsflow.ledger.sqlite import SQLite
from opsflow.ledger.store import Store, open_store

from .conftest import Record, header
from .events import HOSTS, begun, ended, task, whole_run

ROOT = Path(__file__).parents[3]


def start(url: str, directory: Path, run_id: str) -> subprocess.Popen[str]:
    """Start a process that records results until it is killed."""
    command = [sys.executable, "-m", "tests.unit.ledger.killed", url, str(directory), run_id]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def committed(process: subprocess.Popen[str], batches: int) -> int:
    """Read of so many transactions and return how many jobs they had."""
    assert process.stdout is not None
    return sum(int(process.stdout.readline()) for _ in range(batches))


def test_nothing_that_was_committed_is_lost_by_a_kill(url: str, tmp_path: Path) -> None:
    moments = random.Random(7)
    for number in range(8):
        process = start(url, tmp_path, f"20261121-120000-{number:06}")
        jobs = committed(process, moments.randrange(1, 12))
        process.kill()
        rest, _ = process.communicate()
        jobs += sum(map(int, rest.split()))
        store = open_store(url)
        ((rows,),) = store.rows(
            "SELECT count(*) FROM results JOIN runs ON run = number WHERE run_id LIKE ?", (f"%-{number:06}",)
        )
        frame = 4  # the run, the play, the wave, the task
        assert rows >= jobs - frame
        assert (store.check(), list(broken(store))) == ([], [])
        run = find_run(store, f"{number:06}")
        assert (run.state, run.ended) == ("lost", None)
        store.close()


def test_two_processes_write_at_once(url: str, tmp_path: Path) -> None:
    open_store(url).close()
    processes = [start(url, tmp_path, f"20261121-120000-00000{number}") for number in (1, 2)]
    jobs = [committed(process, 10) for process in processes]
    for process in processes:
        process.kill()
        process.communicate()
    store = open_store(url)
    counted = dict(
        store.rows("SELECT run_id, count(*) FROM results JOIN runs ON run = number GROUP BY run_id")
    )
    assert len(counted) == 2
    assert min(counted.values()) >= min(jobs) - 4
    assert (store.check(), list(broken(store))) == ([], [])
    store.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with a mebibyte of room."""
    point = tmp_path / "small"
    point.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(point)]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield point
    subprocess.run(["umount", str(point)], check=True)


def test_a_full_disk_is_told_of_and_the_ledger_stays_whole(small: Path, tmp_path: Path) -> None:
    url = f"sqlite://{small}/ledger.db"
    recorder = Recorder(open_store(url), header(tmp_path), outputs=tmp_path)
    info = task(1, "Loop")
    for event in [*begun(HOSTS), TaskStarted(info, HOSTS)]:
        recorder(event)
    noise = random.Random(7)
    for _ in range(400):
        recorder(ended(info, "web1", Status.OK, {"stdout": noise.randbytes(4000).hex()}))
    error = recorder.close()
    assert error
    assert "disk is full" in error.message
    store = open_store(url)
    assert (store.check(), list(broken(store))) == ([], [])
    store.close()


def test_long_output_without_room_is_told_of(url: str, small: Path, tmp_path: Path) -> None:
    recorder = Recorder(open_store(url), header(tmp_path), outputs=small / "output")
    info = task(1, "Loop")
    for event in [*begun(HOSTS), TaskStarted(info, HOSTS)]:
        recorder(event)
    recorder(ended(info, "web1", Status.OK, {"stdout": random.Random(7).randbytes(2_000_000).hex()}))
    error = recorder.close()
    assert error
    assert "No space left" in error.message


def test_a_locked_ledger_is_waited_for(url: str, tmp_path: Path) -> None:
    store = SQLite(url, patience=0.0)
    open_store(url).close()
    other = sqlite3.connect(file_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    recorder = Recorder(store, header(tmp_path), patience=60.0)
    for event in whole_run():
        recorder(event)
    recorder._writer._thread.join(0.3)
    assert other.execute("SELECT count(*) FROM runs").fetchone() == (0,)
    other.execute("COMMIT")
    assert recorder.close() is None
    assert other.execute("SELECT outcome FROM runs").fetchone() == ("failed",)
    other.close()


def test_a_ledger_that_stays_locked_is_told_of(url: str, tmp_path: Path) -> None:
    open_store(url).close()
    other = sqlite3.connect(file_of(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    recorder = Recorder(SQLite(url, patience=0.0), header(tmp_path), patience=0.1)
    for event in whole_run():
        recorder(event)
    error = recorder.close()
    other.close()
    assert error
    assert "locked by another process" in error.message
    assert error.hint


def test_a_file_that_is_no_database(url: str) -> None:
    file = file_of(url)
    file.parent.mkdir()
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError, match="is damaged") as caught:
        open_store(url)
    assert "move the file away" in str(caught.value.hint)


def test_a_damaged_page_is_found(store: Store, record: Record, url: str) -> None:
    for number in range(20):
        record(whole_run(f"20261121-120000-{number:06}"))
    store.close()
    file = file_of(url)
    content = bytearray(file.read_bytes())
    content[-10 * 4096 :] = bytes(10 * 4096)  # far from the first pages, which say what tables there are
    file.write_bytes(content)
    damaged = open_store(url)
    assert damaged.check() != []
    damaged.close()


def test_another_database_is_no_ledger(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(LedgerError, match="is no ledger"):
        open_store(f"sqlite://{tmp_path}/x.db", read_only=True)


def test_reading_makes_no_ledger(url: str) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        open_store(url, read_only=True)
    assert not file_of(url).exists()


def test_a_directory_that_nobody_may_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place_ in (f"{tmp_path}/file/ledger.db", "/proc/ledger.db", "/proc/new/ledger.db"):
        with pytest.raises(LedgerError, match="can't be used") as caught:
            open_store(f"sqlite://{place_}")
        assert "--state" in str(caught.value.hint)


def test_a_ledger_in_a_directory_that_is_read_only_can_be_read(
    record: Record, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(whole_run())
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    store = open_store(url, read_only=True)
    assert find_run(store, "last").outcome == "failed"
    with pytest.raises(LedgerError), store.transaction() as execute:
        execute("DELETE FROM runs")
    store.close()


def test_a_ledger_of_a_newer_version(store: Store, url: str) -> None:
    with store.transaction() as execute:
        execute("UPDATE meta SET value = '99' WHERE name = 'version'")
    with pytest.raises(LedgerError, match="was written by a newer OpsFlow"):
        open_store(url)


def test_a_bug_in_a_job_ends_the_record_and_not_the_run(store: Store) -> None:
    def job(transaction: writer.Transaction) -> None:
        raise RuntimeError("oops")

    one = writer.Writer(store)
    one.put(job)
    error = one.close()
    assert error
    assert "RuntimeError: oops" in error.message


def test_a_second_connection_takes_no_lock_from_the_first(store: Store, url: str, tmp_path: Path) -> None:
    open_store(url).close()
    another = f"from opsflow.ledger.store import open_store; open_store({url!r}).close()"
    subprocess.run([sys.executable, "-c", another], check=True, cwd=Path(__file__).parents[3])
    assert file_of(url).with_name("ledger.db-wal").exists()  # the last one that closes the file removes it
    with store.transaction() as execute:
        execute("INSERT INTO meta (name, value) VALUES ('here', 'yes')")
    reader = open_store(url, read_only=True)
    assert list(reader.rows("SELECT value FROM meta WHERE name = 'here'")) == [("yes",)]
    reader.close()


def test_files_are_for_us_alone(store: Store, url: str) -> None:
    file = file_of(url)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


MOUNTS = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
30 22 0:40 / /mnt/my\\040share rw - nfs4 server:/x rw
31 30 0:41 / /mnt/my\\040share/local rw - xfs /dev/sdb rw
"""


def test_network_file_systems_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda path: True)
    with pytest.raises(LedgerError, match=r"network file system \(nfs4\)"):
        refuse_network(Path("/mnt/my share/ledger.db"), MOUNTS)
    refuse_network(Path("/mnt/my share/local/ledger.db"), MOUNTS)
    refuse_network(Path("/var/lib/ledger.db"), MOUNTS)
    refuse_network(Path("/var/lib/ledger.db"), "")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ledger.db", "is no URL"),
        ("sqlite://ledger.db", "names no file"),
        ("sqlite:///dir/", "names no file"),
        ("mysql://user:hunter2@host/db", "can't be kept in 'mysql'"),
        ("user:hunter2@host", "is no URL"),
    ],
)
def test_bad_urls(url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as caught:
        open_store(url)
    assert caught.value.hint


def test_passwords_in_urls_are_not_shown() -> None:
    assert place.shown("postgresql://ops:hunter2@db/x") == "postgresql://ops:********@db/x"
