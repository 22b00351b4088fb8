"""Which runs there are, what is kept of them, and how the results of old ones go."""

from __future__ import annotations

import time
from pathlib import Path

from opsflow.core.events import TaskStarted
from opsflow.core.results import Status
from opsflow.ledger.audit import Question, entries
from opsflow.ledger.record import Recorder
from opsflow.ledger.runs import list_runs
from opsflow.ledger.store import Store, open_store

from .conftest import BOTH, Record, header
from .events import HOSTS, START, begun, ended, task, whole_run

pytestmark = BOTH

DAY = 86_400.0


def ids(store: Store, **wanted: object) -> list[str]:
    return [run.run_id[-6:] for run in list_runs(store, limit=10, **wanted)]  # type: ignore[arg-type]


def test_runs_are_listed_newest_first(store: Store, record: Record) -> None:
    record(whole_run("20261121-120000-aaaaaa"))
    record(begun(HOSTS, "20261121-120000-bbbbbb"))
    assert ids(store) == ["bbbbbb", "aaaaaa"]
    assert ids(store, host="web1") == ["aaaaaa"]
    assert ids(store, host="db9") == []
    assert ids(store, failed=True) == ["aaaaaa"]
    assert ids(store, live=True) == ["bbbbbb"]


def test_a_run_on_another_machine_lives_while_it_shows_itself(store: Store, record: Record) -> None:
    record(begun(HOSTS, "20261121-120000-bbbbbb", at=time.time() - 100))
    with store.transaction() as execute:
        execute("UPDATE runs SET node = 'elsewhere', seen = ?", (time.time(),))
    assert [run.state for run in list_runs(store, limit=1)] == ["running"]
    with store.transaction() as execute:
        execute("UPDATE runs SET seen = started + 5")
    (run,) = list_runs(store, limit=1)
    assert (run.state, run.duration) == ("lost", 5.0)


def test_old_results_go_and_the_audit_stays(store: Store, url: str, tmp_path: Path) -> None:
    info = task(1, "Loop")
    long = ended(info, "web1", Status.CHANGED, {"changed": True, "stdout": "x" * 300_000})
    for number, age in enumerate((400, 10)):
        recorder = Recorder(
            open_store(url), header(tmp_path), keep=365 * DAY, clock=lambda: START, outputs=tmp_path / "out"
        )
        at = START - age * DAY
        for event in [
            *begun(HOSTS, f"2026112{number}-120000-aaaaa{number}", at=at),
            TaskStarted(info, HOSTS),
            long,
        ]:
            recorder(event)
        assert recorder.close() is None
    assert ids(store) == ["aaaaa1"]
    assert list(store.rows("SELECT count(*) FROM results")) == [(1,)]
    assert [path.name[-6:] for path in (tmp_path / "out").iterdir()] == ["aaaaa1"]
    assert len(list(entries(store, Question(changes=True)))) == 2
    store.shrink()
