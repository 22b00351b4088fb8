"""What is recorded can be shown again as it was."""

from __future__ import annotations

import io
import json

import pytest

from opsflow.cli.console import console_for
from opsflow.cli.console.plain import Plain
from opsflow.cli.console.shown import Options
from opsflow.cli.console.transcript import Transcript
from opsflow.core.events import BatchFinished, Event, HostFinished, RunFinished, TaskFinished, TaskStarted
from opsflow.core.results import Status
from opsflow.ledger.replay import Replay, Wanted
from opsflow.ledger.runs import find_run
from opsflow.ledger.store import Store

from .conftest import BOTH, Record
from .events import HOSTS, begun, ended, task, whole_run

pytestmark = BOTH


def told(store: Store, wanted: Wanted | None = None) -> list[Event]:
    """Return what the newest run's record tells."""
    events: list[Event] = []
    Replay(store, find_run(store, "last"), wanted).tell(events.append)
    return events


def shown(events: list[Event], **options: object) -> str:
    """Return events as text; durations are the record's, so that of the run itself is taken out."""
    stream = io.StringIO()
    console = Plain(Transcript(Options(**options)), stream, color=False)  # type: ignore[arg-type]
    for event in events:
        if isinstance(event, RunFinished):
            event.summary.duration = 0.0
        console(event)
    console.close()
    return stream.getvalue()


@pytest.mark.parametrize("options", [{}, {"verbosity": 2, "diff": True}])
def test_a_run_looks_as_it_did(store: Store, record: Record, options: dict[str, object]) -> None:
    events = whole_run()
    assert record(events) is None
    assert shown(told(store), **options) == shown(events, **options)


def test_a_run_is_told_in_parts_as_it_is_as_a_whole(store: Store, record: Record) -> None:
    original = whole_run()
    record(original)
    events: list[Event] = []
    replay = Replay(store, find_run(store, "last"))
    busy = [(event.task.name, event.host) for event in replay.running()]
    for newest in range(len(original)):
        replay._newest = lambda newest=newest: newest  # type: ignore[method-assign]
        replay.advance(events.append)
        busy += [(event.task.name, event.host) for event in replay.running()]
    replay.end(events.append)
    assert [type(event) for event in events] == [type(event) for event in original]
    assert [event for event in events if isinstance(event, TaskStarted | TaskFinished | BatchFinished)] == [
        event for event in original if isinstance(event, TaskStarted | TaskFinished | BatchFinished)
    ]
    assert busy == [
        (name, host) for name in ("Loop", "Upgrade", "Hidden") for host in HOSTS
        if (name, host) != ("Hidden", "web2")
    ]  # fmt: skip


def test_json_is_the_same_too(store: Store, record: Record) -> None:
    def document(events: list[Event]) -> object:
        stream = io.StringIO()
        console = console_for("json", stream=stream)
        for event in events:
            console(event)
        console.close()
        found = json.loads(stream.getvalue())
        for one in found["summary"]["tasks"]:
            del one["duration"]
        del found["summary"]["duration"]
        return found

    events = whole_run()
    record(events)
    assert document(told(store)) == document(events)


def test_one_host_only(store: Store, record: Record) -> None:
    record(whole_run())
    events = told(store, Wanted(host="*2"))
    assert [e.host for e in events if isinstance(e, HostFinished)] == ["web2", "web2"]
    text = shown(events)
    assert "web1" not in text
    assert "Hidden" not in text
    assert "no room" in text


def test_failures_only(store: Store, record: Record) -> None:
    record(whole_run())
    text = shown(told(store, Wanted(failed=True)))
    assert "no room" in text
    assert "TASK  Loop" not in text
    assert "TASK  Upgrade" in text


def test_a_run_that_was_killed_is_told_as_far_as_it_got(store: Store, record: Record) -> None:
    info = task(1, "Loop")
    record([*begun(HOSTS), TaskStarted(info, HOSTS), ended(info, "web1", Status.OK, {"changed": False})])
    store_row = find_run(store, "last")
    assert store_row.ended is None
    with_end = told(store)[-1]
    assert isinstance(with_end, RunFinished)
    assert with_end.summary.hosts["web1"].stats.ok == 1
