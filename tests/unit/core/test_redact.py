"""Known secrets are masked in whatever leaves a run."""

from __future__ import annotations

import json
import logging

import pytest

from opsflow.core.errors import InputError, OpsFlowError, TaskError
from opsflow.core.events import ErrorsCleared, Event, Events, HostFinished, HostOutput, TaskInfo, Warned
from opsflow.core.origin import Origin
from opsflow.core.redact import MASK, Redactor
from opsflow.core.results import Status, TaskResult


def knowing(*secrets: str) -> Redactor:
    redactor = Redactor()
    for secret in secrets:
        redactor.add(secret)
    return redactor


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("hunter2", "it is hunter2.", f"it is {MASK}."),
        ("hunter2\n", "it is hunter2.", f"it is {MASK}."),
        ('a"b\\c', json.dumps('a"b\\c'), f'"{MASK}"'),
        ("pässwort", '{"x": "p\\u00e4sswort"}', f'{{"x": "{MASK}"}}'),
        ("line one is long\nshort\n", "line one is long", MASK),
        ("line one is long\nshort\n", "line one is long\\nshort", MASK),
        ("line one is long\nshort\n", "short", "short"),
        ("abc", "abc", "abc"),
        ("True", "True", "True"),
        ("   ", "a   b", "a   b"),
    ],
)
def test_a_secret_is_masked_as_it_may_be_written(secret: str, text: str, shown: str) -> None:
    assert knowing(secret).text(text) == shown


def test_the_longer_of_two_secrets_is_masked_as_a_whole() -> None:
    assert knowing("pass", "password").text("password pass") == f"{MASK} {MASK}"


def test_values_are_masked_at_any_depth_and_stay_as_they_are() -> None:
    value = {"a": ["x hunter2", ("hunter2", 1)], "hunter2": {"b": None, "c": 1.5}}
    shown = {"a": [f"x {MASK}", (MASK, 1)], MASK: {"b": None, "c": 1.5}}
    assert knowing("hunter2").value(value) == shown
    assert value["a"][0] == "x hunter2"


def test_what_holds_no_secret_is_the_very_same_value() -> None:
    value = {"a": "x"}
    assert knowing("hunter2").value(value) is value
    assert Redactor().value(value) is value


def test_subscribers_see_masked_events_with_hosts_and_statuses_as_they_are() -> None:
    seen: list[Event] = []
    events = Events(seen.append, redactor=knowing("web1", "failed", "hunter2"))
    info = TaskInfo(1, "Say hunter2", "debug", Origin("p.yml", 1, 1))
    result = TaskResult(Status.FAILED, {"msg": "hunter2", "n": 1})
    events.emit(HostFinished(info, "web1", result))
    events.emit(HostOutput(info, "web1", "stdout", "on web1: hunter2"))
    finished, output = seen
    assert isinstance(finished, HostFinished)
    assert isinstance(output, HostOutput)
    assert (finished.host, finished.result.status) == ("web1", Status.FAILED)
    assert finished.result.data == {"msg": MASK, "n": 1}
    assert finished.task.name == f"Say {MASK}"
    assert output.line == f"on {MASK}: {MASK}"
    assert result.data["msg"] == "hunter2"


def test_records_stay_what_they_are() -> None:
    events: list[Event] = [Warned("it is hunter2"), ErrorsCleared(["hunter2"])]
    masked = knowing("hunter2").value(events)
    assert masked == [Warned(f"it is {MASK}"), ErrorsCleared(["hunter2"])]
    assert [type(event) for event in masked] == [Warned, ErrorsCleared]


def test_errors_that_leave_a_block_are_masked() -> None:
    redactor = knowing("hunter2")
    with pytest.raises(OpsFlowError) as plain, redactor.errors():
        raise OpsFlowError("no hunter2", hint="not hunter2")
    assert (str(plain.value), plain.value.hint) == (f"no {MASK}", f"not {MASK}")
    with pytest.raises(InputError) as several, redactor.errors():
        raise InputError.at(Origin("a.yml", 1, 1), "'hunter2' is no port")
    assert several.value.problems[0].message == f"'{MASK}' is no port"
    assert str(several.value) == f"a.yml:1:1: '{MASK}' is no port"
    with pytest.raises(TaskError) as task, redactor.errors():
        raise TaskError("x", data={"stdout": "hunter2"})
    assert task.value.data == {"stdout": MASK}


def test_log_records_are_masked_with_their_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("opsflow.test")
    caplog.handler.addFilter(redactor := knowing("hunter2"))
    try:
        int("hunter2")
    except ValueError:
        log.exception("login as %s failed", "hunter2")
    caplog.handler.removeFilter(redactor)
    assert f"login as {MASK} failed" in caplog.text
    assert f"invalid literal for int() with base 10: '{MASK}'" in caplog.text
    assert "hunter2" not in caplog.text
