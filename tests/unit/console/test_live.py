"""The live screen: a record above, a region below, and a terminal that is given back."""

from __future__ import annotations

import asyncio
import io
import re

import pytest

from opsflow.cli.console import console_for
from opsflow.cli.console import live as live_module
from opsflow.cli.console.live import Live
from opsflow.cli.console.plain import Plain
from opsflow.cli.console.shown import Options
from opsflow.cli.console.transcript import Transcript
from opsflow.core.events import (
    HostFinished,
    HostProgress,
    HostStarted,
    PlayStarted,
    RunStarted,
    TaskStarted,
    Warned,
)
from opsflow.core.results import Status

from .runs import HOSTS, ended, finished, task, whole

START = RunStarted("r", ["site.yml"], 0.0, False)
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Screen(io.StringIO):
    """A terminal that keeps what it gets, and tells when a text was seen."""

    encoding = "utf-8"

    def __init__(self, expected: str = "") -> None:
        super().__init__()
        self.expected = expected
        self.seen = asyncio.Event()

    def write(self, text: str) -> int:
        if self.expected in text:
            self.seen.set()
        return super().write(text)

    def isatty(self) -> bool:
        return True


def live(screen: Screen) -> Live:
    return Live(Transcript(Options()), screen, color=False)


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "30")
    monkeypatch.setattr(live_module, "INTERVAL", 0.001)


def drawings(screen: Screen) -> int:
    return screen.getvalue().count("Update  ")


async def test_the_region_is_drawn_and_taken_away_and_the_record_stays() -> None:
    screen = Screen("Unpacking vim")
    console = live(screen)
    for event in (START, PlayStarted("Update", HOSTS, 1), TaskStarted(task(), HOSTS)):
        console(event)
    console(HostStarted(task(), "web01"))
    console(HostProgress(task(), "web01", "Unpacking vim", 50.0))
    await screen.seen.wait()
    for event in finished(whole(task(), *(ended(task(), host, Status.CHANGED) for host in HOSTS))):
        console(event)
    console(Warned("told after the end"))
    console.close()
    text = screen.getvalue()
    assert text.count(HIDE) == text.count(SHOW) == 1
    after = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text[text.index(SHOW) :])
    assert "  changed      web[01:40]  (40 hosts)\n" in after
    assert "RECAP  changed" in after
    assert after.endswith("warning: told after the end\n")
    assert "Unpacking" not in after


async def test_events_alone_draw_nothing_however_many_they_are() -> None:
    screen = Screen()
    console = live(screen)
    for event in (START, PlayStarted("Update", HOSTS, 1), TaskStarted(task(), HOSTS)):
        console(event)
    before = drawings(screen)
    for _ in range(2000):
        console(HostProgress(task(), "web01", "x", 1.0))
    assert drawings(screen) == before
    console.close()


async def test_a_question_gets_a_quiet_terminal_with_a_cursor() -> None:
    screen = Screen()
    console = live(screen)
    console(START)
    console(Warned("before"))
    with console.suspended():
        assert screen.getvalue().count(SHOW) == screen.getvalue().count(HIDE) == 1
        assert screen.getvalue().endswith("warning: before\n")
    assert screen.getvalue().count(HIDE) == 2
    console.close()
    assert screen.getvalue().count(SHOW) == 2


async def test_closing_in_the_middle_of_a_run_gives_the_terminal_back_and_loses_no_result() -> None:
    screen = Screen()
    console = live(screen)
    console(START)
    result = ended(task(), "web01", Status.FAILED, msg="no space")
    assert isinstance(result, HostFinished)
    console(result)
    console.close()
    assert screen.getvalue().count(SHOW) == 1
    assert "no space" in screen.getvalue()


def test_a_live_screen_is_only_for_terminals_that_can_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(console_for("text", stream=Screen()), Live)
    assert isinstance(console_for("text", stream=io.StringIO()), Plain)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(console_for("text", stream=Screen()), Plain)
