"""A document from the ledger has what the run's own has, who ran it, and the proof of it."""

from __future__ import annotations

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from opsflow.ledger.replay import Wanted
from opsflow.ledger.runs import find_run
from opsflow.ledger.store import open_store
from opsflow.report import kept
from opsflow.report.document import Document
from tests.support.cli import Opsflow
from tests.unit.report.documents import gathered

from .conftest import Record
from .events import RUN_ID, whole_run


def document(url: str, wanted: Wanted | None = None) -> Document:
    store = open_store(url, read_only=True)
    try:
        return kept.document_of(store, find_run(store, RUN_ID), wanted)
    finally:
        store.close()


def test_the_record_says_what_the_run_said(url: str, record: Record) -> None:
    events = whole_run()
    record(events)
    found = document(url)
    live = gathered(events)
    assert [play.data()["tasks"][0]["results"] for play in found.plays] == [
        play.data()["tasks"][0]["results"] for play in live.plays
    ]
    assert found.warnings == live.warnings
    assert found.summary.outcome == live.summary.outcome
    assert found.record
    assert found.record["command"] == "opsflow play site.yml"
    assert found.proof
    assert (found.proof.rows, found.proof.whole, found.proof.problems) == (7, True, [])
    assert found.proof.last == found.proof.head


def test_only_what_failed(url: str, record: Record) -> None:
    record(whole_run())
    found = document(url, Wanted(failed=True))
    assert [task.info.name for play in found.plays for task in play.tasks] == ["Upgrade"]
    assert list(found.summary.hosts) == ["web2"]


@pytest.mark.parametrize("checked", [0, kept.CHECKED])
def test_an_altered_row_shows(
    url: str,
    record: Record,
    checked: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "CHECKED", checked)
    record(whole_run("20261120-000000-aaaaaa"))
    record(whole_run())
    found = document(url).proof
    assert found
    assert (found.whole, found.problems) == (checked > 0, [])
    connection = sqlite3.connect(Path(url.removeprefix("sqlite://")), isolation_level=None)
    connection.execute("DROP TRIGGER audit_is_never_changed")
    connection.execute("UPDATE audit SET old = '0.9' WHERE run_id = ? AND old = '1.0'", (RUN_ID,))
    connection.close()
    found = document(url).proof
    assert found
    assert "is not as it was written" in found.problems[0]


PLAY = """\
- name: Web servers
  hosts: all
  gather_facts: false
  tasks:
    - name: Write
      copy: {content: "<b>\\n", dest: "DIRECTORY/{{ inventory_hostname }}.txt"}
    - name: Break
      command: sh -c 'echo "<script>" >&2; exit 3'
      when: inventory_hostname == 'web2'
"""


def test_the_command_writes_each_format(tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text(
        f"state: sqlite://{tmp_path}/state/ledger.db\ninventory: web1,web2,\n"
    )
    opsflow = Opsflow(tmp_path)
    assert opsflow("report").code == 1
    assert opsflow.play(PLAY.replace("DIRECTORY", str(tmp_path)), "-c", "local", "--diff").code == 2

    ticket = opsflow("report")
    assert (ticket.code, ticket.out.startswith("# play.yml failed")) == (0, True)
    assert "+<b>" in ticket.out
    assert opsflow("report", "last", "-o", "report.html").out == ""
    page = (tmp_path / "report.html").read_text()
    assert "&lt;script&gt;" in page
    assert "Verified." in page
    assert "<code>opsflow play play.yml -c local --diff" in page
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600
    assert "<testcase " in opsflow("report", "--format", "junit").out
    data = json.loads(opsflow("report", "--format", "json", "--host", "web2").out)
    assert (data["format"], data["state"], list(data["summary"]["hosts"])) == (1, "failed", ["web2"])
    write = data["plays"][0]["tasks"][0]["results"][0]
    assert write["diffs"][0]["after"] == "<b>\n"
    assert data["audit"]["problems"] == []
    assert opsflow("report", "--format", "pdf").code == 5
    assert opsflow("report", "-o", "/proc/nowhere/x.html").code == 1
