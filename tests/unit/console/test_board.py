"""What is going on right now, as lines."""

from __future__ import annotations

from opsflow.cli.console.board import Board
from opsflow.core.events import (
    BatchStarted,
    Decided,
    Event,
    HostOutput,
    HostProgress,
    HostRetry,
    HostStarted,
    PlayStarted,
    TaskFinished,
    TaskStarted,
)
from opsflow.core.results import Status, TaskResult
from opsflow.report.lines import render

from .runs import HOSTS, ended, task


class Shown:
    """A board with a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.board = Board(clock=lambda: self.now)

    def after(self, *events: Event, at: float = 0.0, rows: int = 8) -> list[str]:
        self.now = at
        for event in events:
            self.board(event)
        return [render(line, color=False) for line in self.board.lines(rows)]


def test_play_wave_task_and_hosts_are_shown_with_their_times() -> None:
    shown = Shown()
    hosts = HOSTS[:4]
    shown.after(PlayStarted("Update", hosts, 2), BatchStarted(1, 2, hosts), TaskStarted(task(), hosts))
    shown.after(*(HostStarted(task(), host) for host in hosts), at=1.0)
    shown.after(ended(task(), "web01", Status.OK), ended(task(), "web02", Status.FAILED, msg="no"))
    lines = shown.after(HostProgress(task(), "web04", "Unpacking vim", 50.0), at=65.0)
    assert lines == [
        "Update  wave 1 of 2  1:05",
        "━━━━━━━━━━──────────  Install  2 of 4 hosts  1 failed  1:05",
        f"  {'web04':<24}  ━━━━━━━━━━──────────  50 %   1:04  Unpacking vim",
        f"  {'web03':<24}     1:04",
    ]
    assert "Install" not in "".join(shown.after(TaskFinished(task()), at=65.0))


def test_no_more_hosts_are_shown_than_there_is_room_for() -> None:
    lines = Shown().after(*(HostStarted(task(), host) for host in HOSTS), rows=3)
    assert len(lines) == 5
    assert lines[-1] == "  … 37 more hosts"


def test_the_last_line_of_a_command_and_its_tries_are_shown() -> None:
    shown = Shown()
    shown.after(HostStarted(task(), "a"), HostProgress(task(), "a", "", 12.0))
    assert shown.after(HostOutput(task(), "a", "stdout", "\x1b[2Jline"))[-1].endswith("12 %   0:00  line")
    retry = HostRetry(task(), "a", 2, 5, TaskResult(Status.FAILED))
    assert shown.after(retry)[-1].endswith("try 2 of 5 failed")


def test_of_many_tasks_the_first_are_shown() -> None:
    tasks = [TaskStarted(task(f"T{key}", key=key), ["a"]) for key in range(5)]
    lines = Shown().after(*tasks)
    assert ["T0" in lines[1], "T2" in lines[3], lines[4]] == [True, True, "… 2 more tasks"]


def test_a_paused_run_says_by_whom_and_for_how_long() -> None:
    shown = Shown()
    shown.after(PlayStarted("Update", HOSTS[:1], 1), TaskStarted(task(), HOSTS[:1]))
    shown.after(Decided("pause", "anna", "ops1", 0.0), at=5.0)
    assert shown.after(Decided("pause", "ben", "ops1", 0.0), at=65.0)[1] == "PAUSED  by anna at ops1  1:00"
    assert "PAUSED" not in "".join(shown.after(Decided("resume", "ben", "ops1", 0.0), at=66.0))


def test_a_host_that_comes_to_another_task_has_left_the_one_before() -> None:
    shown = Shown()
    shown.after(TaskStarted(task(), HOSTS[:1]), HostStarted(task(), "web01"), TaskFinished(task()))
    assert "web01" not in "".join(shown.after(TaskStarted(task(key=2), HOSTS[:1])))
