"""The record of a run, line by line."""

from __future__ import annotations

import io
import os

import pytest

from opsflow.cli.console import console_for
from opsflow.cli.console.plain import SILENCE, Plain
from opsflow.cli.console.shown import Options
from opsflow.cli.console.transcript import PATIENCE, Transcript
from opsflow.core.errors import UsageError
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Decided,
    HostFinished,
    HostProgress,
    ItemFinished,
    PlayFinished,
    PlayStarted,
    RunStarted,
    TaskInfo,
    TaskStarted,
    Warned,
)
from opsflow.core.origin import COMMAND_LINE, Origin
from opsflow.core.results import Status, TaskResult

from .runs import HOSTS, ended, item, said, task, whole


def test_the_same_result_of_many_hosts_is_one_line() -> None:
    ends = [ended(task(), host, Status.CHANGED) for host in HOSTS]
    assert said(whole(task(), *ends)) == "\nTASK  Install\n  changed      web[01:40]  (40 hosts)\n"


def test_different_results_are_shown_apart_and_trouble_comes_last() -> None:
    info = task()
    ends = [
        ended(info, "a", Status.UNREACHABLE, msg="connection refused"),
        ended(info, "b", Status.CHANGED, msg="line added"),
        ended(info, "c", Status.CHANGED, msg="line removed"),
        ended(info, "d", Status.OK, msg="said by no one"),
    ]
    assert said(whole(info, *ends)).splitlines() == [
        "",
        "TASK  Install",
        "  ok           d",
        "  changed      b  line added",
        "  changed      c  line removed",
        "  UNREACHABLE  a",
        "               connection refused",
        "               at site.yml:12:7",
    ]


def test_a_failure_has_message_exit_code_end_of_the_error_text_hint_and_place() -> None:
    stderr = "".join(f"E: {number}\n" for number in range(25))
    end = ended(task(), "a", Status.FAILED, 3.2, msg="apt failed", rc=100, stderr=stderr, hint="repair it")
    shown = said(whole(task(), end)).splitlines()
    assert shown[2] == "  FAILED       a  3.2 s"
    assert [line.strip() for line in shown[3:6]] == ["apt failed (rc 100)", "| … (5 lines before)", "| E: 5"]
    assert [line.strip() for line in shown[-3:]] == ["| E: 24", "→ repair it", "at site.yml:12:7"]


def test_a_rescued_and_an_ignored_failure_are_named_so() -> None:
    info = task()
    rescued = HostFinished(info, "a", TaskResult(Status.FAILED, {"msg": "no"}), rescued=True)
    shown = said(whole(info, rescued, ended(info, "b", Status.IGNORED, msg="no")))
    assert "  rescued      a\n               no\n" in shown
    assert "  ignored      b\n               no\n" in shown


def test_what_debug_says_is_printed_as_it_is_meant() -> None:
    info = task("Say", "ansible.builtin.debug")
    ends = [ended(info, host, Status.OK, msg="Hello\n  world") for host in HOSTS]
    assert said(whole(info, *ends)).endswith(
        "  ok           web[01:40]  (40 hosts)\n               Hello\n                 world\n"
    )
    assert said(whole(info, ended(info, "a", Status.OK, msg=["x", {"y": 1}]))).endswith(
        "               - x\n               - y: 1\n"
    )
    assert said(whole(info, ended(info, "a", Status.OK, changed=False, name="value"))).endswith(
        "               name: value\n"
    )


def test_items_that_changed_are_named_and_failed_ones_explained() -> None:
    info = task("Dirs", "file")
    ends = [
        item(info, "a", "/x", Status.CHANGED),
        item(info, "a", "/y", Status.OK),
        item(info, "a", "/z", Status.FAILED, msg="no space", rc=1, stderr="full"),
        ended(info, "a", Status.FAILED, msg="1 item failed", results=[]),
    ]
    assert said(whole(info, *ends)).splitlines()[2:] == [
        "  FAILED       a  items: 1 changed, 1 ok, 1 failed",
        "               changed /x",
        "               failed /z",
        "                 no space (rc 1)",
        "                 | full",
        "               at site.yml:12:7",
    ]


def test_a_diff_is_shown_once_for_all_hosts_that_share_it() -> None:
    info = task()
    diff = {"before": "a\nb\n", "after": "a\nc\n", "before_header": "/etc/x", "after_header": "/etc/x (new)"}
    events = whole(info, *(ended(info, host, Status.CHANGED, diff=diff) for host in HOSTS))
    shown = [line.strip() for line in said(events, diff=True).splitlines()]
    assert shown[3:] == ["--- /etc/x", "+++ /etc/x (new)", "@@ -1,2 +1,2 @@", "a", "-b", "+c"]
    assert "/etc/x" not in said(events)
    assert "\x1b[32m+c\x1b[0m" in said(events, diff=True, color=True)


def test_diffs_of_attributes_and_prepared_ones_are_shown() -> None:
    info = task()
    diffs = [{"before": {"mode": "0600"}, "after": {"mode": "0644"}}, {"prepared": "1 newly installed"}]
    shown = said(whole(info, ended(info, "a", Status.CHANGED, diff=diffs)), diff=True)
    assert "-mode: '0600'" in shown
    assert "+mode: '0644'" in shown
    assert "1 newly installed" in shown


def test_verbosity_shows_values_and_then_all_of_them_with_the_tasks_place() -> None:
    info = task("Run", "command")
    data = {"cmd": ["ls"], "stdout": "a\nb", "stdout_lines": ["a", "b"], "start": "now", "_ansible_x": 1}
    events = whole(info, ended(info, "a", Status.CHANGED, **data))
    once, twice = said(events, verbosity=1), said(events, verbosity=2)
    assert "stdout: |-\n" in once
    assert "start" not in once
    assert "site.yml" not in once
    assert "start: now" in twice
    assert "stdout_lines" in twice
    assert "TASK  Run  site.yml:12:7" in twice
    assert "_ansible" not in twice


def test_nothing_of_a_censored_result_is_shown() -> None:
    info = task("Say", "debug")
    data = {
        "msg": "s3cret",
        "stderr": "s3cret",
        "diff": {"after": "s3cret"},
        "warnings": ["s3cret"],
        "hint": "s3cret",
    }
    for status in Status:
        events = whole(
            info,
            ItemFinished(info, "b", "s3cret", TaskResult(status, {**data, "results": [data]}, censored=True)),
            *(HostFinished(info, host, TaskResult(status, data, censored=True)) for host in "ab"),
        )
        assert "s3cret" not in said(events, verbosity=3, diff=True)


def test_no_output_of_a_host_can_drive_the_terminal() -> None:
    evil = "\x1b[2J\x1b]0;title\x07bad\x1b[31m\x08\x9b5m\u202egnp\r"
    end = ended(task(), "a", Status.FAILED, msg=evil)
    for color in (False, True):
        shown = said(whole(task(), end), color=color, verbosity=2)
        assert "badgnp" in shown.replace("5m", "")
        assert not set("\x08\x9b\u202e\x07\r") & set(shown)
        assert "\x1b[2J" not in shown


def test_warnings_of_results_and_of_the_run_are_shown() -> None:
    end = ended(task(), "a", Status.OK, warnings=["old"], deprecations=[{"msg": "older", "version": "9"}])
    shown = said([*whole(task(), end), Warned("odd", Origin("h.yml", 3, 1))])
    assert "warning: old\n" in shown
    assert "warning: older\n" in shown
    assert "warning: odd\n  at h.yml:3:1\n" in shown


def test_plays_waves_and_stops_frame_the_tasks() -> None:
    events = [
        RunStarted("r", ["site.yml"], 0.0, True),
        PlayStarted("Update", HOSTS, 2),
        BatchStarted(1, 2, HOSTS[:20]),
        *whole(task(), ended(task(), "web01", Status.FAILED, msg="no")),
        BatchFinished(1, 2, ["web01"]),
        PlayFinished("Update", "too many failed"),
    ]
    frame = [line for line in said(events).splitlines() if line and line[0] != " "]
    assert frame == [
        "CHECK MODE  nothing is changed on any host",
        "PLAY  Update  web[01:40]  (40 hosts)",
        "WAVE 1 of 2  web[01:20]  (20 hosts)",
        "TASK  Install",
        "WAVE 1 of 2 ended with failures  web01",
        "STOPPED  too many failed",
    ]


def test_results_wait_for_their_like_but_not_for_ever() -> None:
    now = [0.0]
    transcript = Transcript(Options(), clock=lambda: now[0])
    transcript(TaskStarted(task(), HOSTS))
    assert transcript(ended(task(), "web01", Status.OK)) == []
    now[0] = PATIENCE
    lines = transcript(ended(task(), "web02", Status.OK))
    assert ["".join(part for part, _ in line) for line in lines] == ["  ok           web01,web02"]


def test_a_task_between_the_results_of_another_is_headed_again() -> None:
    first, second = task("One"), task("Two", key=2)
    now = [0.0]
    transcript = Transcript(Options(), clock=lambda: now[0])
    events = [TaskStarted(first, ["a", "b"]), TaskStarted(second, ["a"])]
    heads: list[str] = []
    for event in [*events, *(ended(info, "a", Status.OK) for info in (first, second, first))]:
        now[0] += PATIENCE
        heads += [line[1][0] for line in transcript(event) if line and line[0][0].startswith("TASK")]
        heads += [line[1][0] for line in transcript.due() if line and line[0][0].startswith("TASK")]
    now[0] += PATIENCE
    heads += [line[1][0] for line in transcript.flush() if line and line[0][0].startswith("TASK")]
    assert heads[0] == "One"
    assert sorted(set(heads)) == ["One", "Two"]


def test_a_long_task_says_how_far_it_is_when_nothing_else_was_said() -> None:
    now = [0.0]
    stream = io.StringIO()
    console = Plain(Transcript(Options()), stream, color=False, clock=lambda: now[0])
    for at in (1.0, SILENCE, SILENCE + 1, 2 * SILENCE):
        now[0] = at
        console(HostProgress(task(), "a", "Unpacking vim", at))
    assert stream.getvalue() == "".join(
        f"  …            a  {percent} %  Unpacking vim\n" for percent in (30, 60)
    )


def test_a_pause_that_waits_for_a_person_is_told_at_once() -> None:
    asks = HostProgress(task("Wait", "ansible.builtin.pause"), "a", "Press Enter to continue")
    counts = HostProgress(task("Wait", "pause"), "a", "Pausing: 3 s left", 10.0)
    assert said([asks, counts]) == "  …            a  Press Enter to continue\n"


def test_characters_that_a_stream_lacks_do_not_end_it() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = console_for("text", stream=stream)
    console(Warned("1.0 → 1.1"))
    console.close()
    assert raw.getvalue() == b"warning: 1.0 ? 1.1\n"


def test_a_reader_that_went_away_does_not_disturb_the_run() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w", encoding="utf-8") as stream:
        console = console_for("text", stream=stream)
        console(Warned("one"))
        console(Warned("two"))
        console.close()


def test_a_single_task_shows_what_it_came_to_say() -> None:
    typed = TaskInfo(1, "command", "command", Origin(COMMAND_LINE, 1, 1))
    start = [RunStarted("r", [], 0.0, False), PlayStarted("all", ["a", "b"], 1)]
    ends = [
        ended(typed, "a", Status.CHANGED, stdout="up 3 days", stderr="odd", rc=0),
        ended(typed, "b", Status.FAILED, msg="no", stdout="x", stderr="y"),
        ended(typed, "c", Status.OK, ping="pong", changed=False),
    ]
    assert said([*start, *whole(typed, *ends)]).splitlines() == [
        "  ok           c",
        "               ping: pong",
        "  changed      a",
        "               up 3 days",
        "               | odd",
        "  FAILED       b",
        "               no",
        "               | y",
    ]


def test_an_unknown_output_is_told() -> None:
    with pytest.raises(UsageError, match="'jsn'") as caught:
        console_for("jsn")
    assert caught.value.hint == "did you mean 'json'?"


def test_colour_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def shown(color: bool | None) -> str:
        stream = io.StringIO()
        console_for("text", stream=stream, color=color)(Warned("odd"))
        return stream.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in shown(None)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in shown(None)
    assert "\x1b[" in shown(True)


def test_what_people_decide_stands_between_the_results() -> None:
    where = ("anna", "ops1 from 10.0.0.9", 0.0)
    text = said(
        [
            *whole(task(), ended(task(), "web01", Status.OK))[:-1],
            Decided("pause", *where, reason="look first"),
            Decided("skip", *where, hosts=["web02", "web03"]),
            Decided("resume", *where),
            Decided("abort", *where, now=True),
        ]
    )
    assert text.splitlines()[3:] == [
        "",
        "PAUSED  by anna at ops1 from 10.0.0.9: look first",
        "",
        "SKIPPED  web02,web03  by anna at ops1 from 10.0.0.9",
        "",
        "GOES ON  by anna at ops1 from 10.0.0.9",
        "",
        "ABORTED, at once  by anna at ops1 from 10.0.0.9",
    ]
