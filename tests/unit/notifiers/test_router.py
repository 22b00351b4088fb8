"""Notifiers get the report at the end of a run, and none can hurt a run or another notifier."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.core.results import Failure, HostSummary, RunSummary, Stats, Status
from opsflow.notifiers.base import Notifier, NotifierConfig, NotifyError, notifiers
from opsflow.notifiers.configured import read_notifiers
from opsflow.notifiers.message import Message
from opsflow.notifiers.report import Report
from opsflow.source.loader import load_text
from tests.support.telling import START, told


class _Broken(Notifier[NotifierConfig]):
    Config = NotifierConfig

    async def send(self, message: Message) -> None:
        raise (
            NotifyError("no way", hint="pave one") if self.config.when == "always" else RuntimeError("s3cret")
        )


@pytest.fixture(autouse=True)
def _broken() -> None:
    if "broken" not in notifiers:
        notifiers.register("broken")(_Broken)


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_notifiers(load_text(text, "opsflow.yml"), START)
    return [f"{p.origin}: {p.message} → {p.hint}" for p in caught.value.problems]


async def test_a_notifier_that_fails_is_told_and_stops_no_other(tmp_path: Path, summary: RunSummary) -> None:
    path = tmp_path / "runs" / "all.ndjson"
    text = f"[{{type: broken, name: first}}, {{type: broken, when: change}}, {{type: file, path: {path}}}]"
    assert await told(text, summary) == [
        "first: no way → pave one (1)",
        "broken: RuntimeError in its code → None (1)",
    ]
    assert json.loads(path.read_text())["run_id"] == "r-1"


@pytest.mark.parametrize(
    ("stats", "stopped", "names"),
    [
        (Stats(ok=1), None, ["always"]),
        (Stats(ok=1, changed=1), None, ["always", "change"]),
        (Stats(failed=1), None, ["always", "change", "failure"]),
        (Stats(unreachable=1), None, ["always", "change", "failure"]),
        (Stats(ok=1), "by a person", ["always", "change", "failure"]),
    ],
)
def test_a_notifier_is_only_told_what_it_wants(
    tmp_path: Path, summary: RunSummary, stats: Stats, stopped: str | None, names: list[str]
) -> None:
    entries = [
        f"{{type: file, path: {tmp_path}/{when}, when: {when}}}" for when in ("always", "change", "failure")
    ]
    status = Status.UNREACHABLE if stats.unreachable else Status.FAILED
    failures = [Failure("t", None, "no", status)] if stats.failed or stats.unreachable else []
    changed = replace(summary, hosts={"a": HostSummary(stats, failures)}, stopped=stopped)
    assert asyncio.run(told(f"[{', '.join(entries)}]", changed)) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == names


async def test_files_are_private_and_grow_by_a_line_a_run(tmp_path: Path, summary: RunSummary) -> None:
    for _ in range(2):
        await told(f"[{{type: file, path: {tmp_path}/runs}}]", summary)
    await told(f"[{{type: file, path: {tmp_path}/last, format: text, append: no}}]", summary)
    await told(f"[{{type: file, path: {tmp_path}/last, format: text, append: no}}]", summary)
    assert [json.loads(line)["run_id"] for line in (tmp_path / "runs").read_text().splitlines()] == [
        "r-1"
    ] * 2
    assert (tmp_path / "last").read_text() == Report(summary).text()
    assert stat.S_IMODE((tmp_path / "runs").stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, summary: RunSummary) -> None:
    (warning,) = await told(f"[{{type: file, path: {tmp_path}}}]", summary)
    assert warning == f"file: cannot write {tmp_path}: Is a directory → None (1)"


async def test_the_console_prints_the_report(summary: RunSummary, capsys: pytest.CaptureFixture[str]) -> None:
    assert await told("[{type: console}, {type: console, stream: stdout}]", summary) == []
    captured = capsys.readouterr()
    assert captured.out == captured.err == Report(summary).text()


def test_all_problems_are_told_at_once_at_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOOK", raising=False)
    text = """\
- type: emial
- type: webhook
  url: http://x/
  retires: 3
- type: email
  host: mx
  to: a@x
- name: none
- type: webhook
  url_env: HOOK
- type: webhook
  url: http://x/
  secret: !vault |
    $ANSIBLE_VAULT;1.1;AES256
"""
    assert problems(text) == [
        "opsflow.yml:1:9: there is no notifier named 'emial' → did you mean 'email'?",
        "opsflow.yml:4:3: unknown option 'retires' → did you mean 'retries'?",
        "opsflow.yml:5:3: 'from' is required → None",
        f"opsflow.yml:8:3: a notifier needs a 'type': {', '.join(notifiers)} → None",
        "opsflow.yml:9:3: webhook: the environment variable HOOK is not set → None",
        "opsflow.yml:13:11: damaged: this is not what the vault writes →"
        " take it again from where it was encrypted",
    ]
