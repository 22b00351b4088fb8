"""What people ask of a run that goes on, from another process of the same ledger."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.core.errors import OpsFlowError
from opsflow.core.events import Decided, Event, RunFinished
from opsflow.ledger import writer
from opsflow.ledger.audit import Question, entries
from opsflow.ledger.control import NotAnswered, NotLive, Refused, Request, decide, is_paused, unpause
from opsflow.ledger.record import Recorder
from opsflow.ledger.replay import Replay
from opsflow.ledger.runs import RunRow, UnknownRun, find_live, find_paused, find_run, list_runs
from opsflow.ledger.store import Store, open_store
from tests.support.ledgers import ledger_text
from tests.support.waiting import until

from .conftest import BOTH, header
from .events import HOSTS, RUN_ID, begun, over

pytestmark = BOTH


class Live:
    """A run of this process, which does what it is asked; `refuse` is why it doesn't."""

    def __init__(self, url: str, tmp_path: Path) -> None:
        self.refuse: OpsFlowError | None = None
        self.recorder = Recorder(open_store(url), header(tmp_path), outputs=tmp_path / "output")
        self.asked: list[Decided] = []
        self.recorder.listen(self.hear)

    def hear(self, request: Request) -> None:
        self.asked.append(request.decided)
        if self.refuse:
            self.recorder.answer(request, self.refuse)
        else:
            self.recorder(request.decided)
            self.recorder.answer(request, f"done: {request.decided.what}")

    def tell(self, *events: Event) -> None:
        for event in events:
            self.recorder(event)


@pytest.fixture
def live(url: str, store: Store, tmp_path: Path) -> Iterator[Live]:
    live = Live(url, tmp_path)
    live.tell(*begun(HOSTS))
    until(lambda: bool(list_runs(store, limit=1)))
    yield live
    assert live.recorder.close() is None


def the_run(store: Store) -> RunRow:
    return find_run(store, RUN_ID)


def test_a_request_is_done_and_answered_within_a_second(live: Live, store: Store) -> None:
    asked = time.monotonic()
    assert decide(store, the_run(store), "pause", reason="look first") == "done: pause"
    assert time.monotonic() - asked < 1
    (decided,) = live.asked
    assert (decided.what, decided.reason, decided.hosts, decided.now) == ("pause", "look first", [], False)
    assert decided.who
    assert decided.where
    assert decided.asked <= time.time()


def test_paused_and_let_go_on(live: Live, store: Store) -> None:
    decide(store, the_run(store), "pause", reason="look first")
    (run,) = list_runs(store, limit=5, live=True)
    assert (run.state, is_paused(run)) == ("paused", True)
    assert run.paused
    assert (run.paused.reason, run.paused.who) == ("look first", live.asked[0].who)
    decide(store, run, "pause", reason="me too")
    assert the_run(store).paused == run.paused  # since the first time
    assert json.loads(json.dumps(run.data()))["paused"]["asked"].endswith("Z")
    assert unpause(store, run) == "done: resume"
    run = the_run(store)
    assert (run.state, run.paused, is_paused(run)) == ("running", None, False)


def test_decisions_are_told_in_order_and_are_in_the_audit(live: Live, store: Store) -> None:
    run = the_run(store)
    decide(store, run, "pause")
    decide(store, run, "skip", hosts=["web1", "web2"], reason="token=hunter2 is ill")
    decide(store, run, "abort", now=True, reason="wrong")
    events: list[Event] = []
    Replay(store, run).tell(events.append)
    told = [event for event in events if isinstance(event, Decided)]
    assert [(one.what, one.hosts, one.now) for one in told] == [
        ("pause", [], False), ("skip", ["web1", "web2"], False), ("abort", [], True),
    ]  # fmt: skip
    assert isinstance(events[-1], RunFinished)
    assert set(events[-1].summary.skipped) == {"web1", "web2"}
    rows = [kept.entry for kept in entries(store, Question()) if kept.entry.kind == "decided"]
    assert [(row.what, row.host, row.name, row.new) for row in rows] == [
        ("pause", None, None, None),
        ("skip", "web1", None, "token=******** is ill"),
        ("skip", "web2", None, "token=******** is ill"),
        ("abort", None, "now", "wrong"),
    ]
    assert {row.who for row in rows} == {live.asked[0].by}
    assert "hunter2" not in ledger_text(store.url)


def test_a_refusal_is_told_to_who_asked_and_to_nobody_else(live: Live, store: Store) -> None:
    live.refuse = OpsFlowError("there is no host 'wbe1'", hint="did you mean 'web1'?")
    with pytest.raises(Refused, match="no host 'wbe1'") as caught:
        decide(store, the_run(store), "skip", hosts=["wbe1"])
    assert caught.value.hint == "did you mean 'web1'?"
    assert [kept.entry.kind for kept in entries(store, Question())] == ["started"]


def test_a_run_that_does_not_answer(live: Live, store: Store) -> None:
    live.recorder.listen(None)
    with pytest.raises(NotAnswered, match=r"has not answered in 0\.1 s"):
        decide(store, the_run(store), "pause", patience=0.1)
    live.recorder.listen(live.hear)  # the request stands
    until(lambda: the_run(store).state == "paused")


def test_two_people_at_once(live: Live, url: str, store: Store) -> None:
    run, said = the_run(store), list[str]()

    def pause() -> None:
        own = open_store(url)
        said.append(decide(own, run, "pause"))
        own.close()

    both = [threading.Thread(target=pause) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert said == ["done: pause"] * 2
    assert len(live.asked) == 2


def test_a_run_that_does_not_go_on_is_asked_nothing(live: Live, store: Store) -> None:
    live.tell(*over([], HOSTS)[-3:])
    until(lambda: the_run(store).ended is not None)
    with pytest.raises(NotLive, match="has ended: ok"):
        decide(store, the_run(store), "pause")
    with store.transaction() as execute:
        execute("UPDATE runs SET ended = NULL, outcome = NULL, pid_started = 1")
    with pytest.raises(NotLive, match="is lost") as caught:
        decide(store, the_run(store), "pause")
    assert f"opsflow resume {RUN_ID}" in str(caught.value.hint)
    assert list(store.rows("SELECT * FROM requests")) == []


def test_a_run_that_ends_before_it_answers(live: Live, store: Store) -> None:
    run = the_run(store)
    live.recorder.listen(lambda _: live.tell(*over([], HOSTS)[-3:]))
    with pytest.raises(NotLive, match="has ended: ok"):
        decide(store, run, "pause")


def test_the_only_run_that_goes_on_needs_no_name(live: Live, url: str, store: Store, tmp_path: Path) -> None:
    assert find_live(store, None).run_id == RUN_ID
    other = Live(url, tmp_path)
    other.tell(*begun(HOSTS, "20261121-130000-bbbbbb"))
    until(lambda: len(list_runs(store, limit=5)) == 2)
    with pytest.raises(UnknownRun, match="2 runs go on") as caught:
        find_live(store, None)
    assert RUN_ID in str(caught.value.hint)
    assert "bbbbbb" in str(caught.value.hint)
    assert find_live(store, "bbbb").run_id.endswith("bbbbbb")
    assert find_paused(store, None) is None
    decide(store, the_run(store), "pause")
    paused = find_paused(store, None)
    assert paused
    assert (paused.run_id, find_paused(store, "bbbb")) == (RUN_ID, None)
    decide(store, find_live(store, "bbbb"), "pause")
    with pytest.raises(UnknownRun, match="2 runs are paused"):
        find_paused(store, None)
    other.tell(*over([], HOSTS)[-3:])
    other.recorder.close()
    live.tell(*over([], HOSTS)[-3:])
    until(lambda: not list_runs(store, limit=5, live=True))
    with pytest.raises(UnknownRun, match="no run goes on"):
        find_live(store, None)


def test_a_busy_run_shows_that_it_is_there(live: Live, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before = the_run(store).seen
    monkeypatch.setattr(writer, "IDLE", 0.05)
    until(lambda: the_run(store).seen > before)
