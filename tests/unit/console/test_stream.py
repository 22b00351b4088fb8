"""What programs read of a run."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from opsflow.cli.console.stream import event_name
from opsflow.core.events import (
    Event,
    HostFinished,
    HostOutput,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunStarted,
    Warned,
)
from opsflow.core.results import Status, TaskResult

from .runs import ended, finished, item, streamed, task, whole

INFO = {
    "key": 1,
    "name": "Install",
    "module": "apt",
    "origin": {"file": "site.yml", "line": 12, "column": 7},
    "handler": False,
    "section": "tasks",
    "trail": [],
}


def lines(*events: Event) -> list[dict[str, Any]]:
    return [json.loads(line) for line in streamed("ndjson", events).splitlines()]


def test_each_event_is_a_line_with_its_name_and_an_iso_time() -> None:
    start, end = lines(RunStarted("r", ["site.yml"], 1.5, False), ended(task(), "a", Status.CHANGED, rc=0))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", start.pop("time"))
    assert start == {
        "event": "run_started",
        "run_id": "r",
        "playbooks": ["site.yml"],
        "started": "1970-01-01T00:00:01.500Z",
        "check": False,
        "resumes": None,
    }
    end.pop("time")
    assert end == {
        "event": "host_finished",
        "task": INFO,
        "host": "a",
        "result": {"status": "changed", "duration": 0.1, "data": {"rc": 0}},
        "rescued": False,
        "delegated_to": None,
        "retries": 0,
    }


def test_every_event_has_a_name_of_its_own() -> None:
    names = [event_name(event) for event in get_args(Event)]
    assert len(set(names)) == len(names) == 18


def test_a_line_that_a_host_printed_comes_as_it_is() -> None:
    (told,) = lines(HostOutput(task(), "a", "stdout", 'x\n\x1b"\u2028'))
    assert told["line"] == 'x\n\x1b"\u2028'


def test_values_that_json_lacks_become_text_or_null() -> None:
    (told,) = lines(ended(task(), "a", Status.OK, b=b"\xff", f=float("nan"), s={1}, k={2: None}))
    assert told["result"]["data"] == {"b": "\ufffd", "f": None, "s": [1], "k": {"2": None}}


def test_a_censored_result_and_its_items_are_hidden() -> None:
    hidden = TaskResult(Status.CHANGED, {"msg": "s3cret", "changed": True}, censored=True)
    events = [ItemFinished(task(), "a", "s3cret", hidden), HostFinished(task(), "a", hidden)]
    for output in ("json", "ndjson"):
        told = streamed(output, finished(events))
        assert "s3cret" not in told
        assert "no_log" in told


def test_the_document_holds_plays_tasks_results_of_hosts_and_the_summary() -> None:
    info = task()
    events = [
        RunStarted("r", ["site.yml"], 0.0, False),
        PlayStarted("Update", ["a"], 1),
        *whole(info, item(info, "a", "x", Status.CHANGED), ended(info, "a", Status.FAILED, msg="no")),
        PlayFinished("Update", "too many failed"),
        Warned("odd"),
    ]
    document = json.loads(streamed("json", finished(events, stopped="too many failed")))
    assert document["run"]["run_id"] == "r"
    assert document["warnings"] == [{"message": "odd", "origin": None, "hint": None}]
    (play,) = document["plays"]
    assert (play["name"], play["hosts"], play["stopped"]) == ("Update", ["a"], "too many failed")
    (told,) = play["tasks"]
    result = told.pop("hosts")["a"]
    assert told == INFO
    assert (result["status"], result["data"], result["rescued"]) == ("failed", {"msg": "no"}, False)
    assert result["items"] == [{"label": "x", "status": "changed", "duration": 0.0, "data": {}}]
    summary = document["summary"]
    assert (summary["outcome"], summary["exit_code"], summary["stopped"]) == ("stopped", 6, "too many failed")
    assert summary["hosts"]["a"]["failures"][0]["message"] == "no"


def test_a_run_that_broke_off_has_a_document_too() -> None:
    document = json.loads(streamed("json", [RunStarted("r", [], 0.0, False)]))
    assert document["summary"] is None
