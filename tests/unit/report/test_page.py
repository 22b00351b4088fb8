"""The page: what is on it, that hosts can put nothing into it, that a thousand hosts are no trouble."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

from opsflow.core.events import Decided
from opsflow.report.document import Notification, Proof
from opsflow.report.page import html
from opsflow.report.shown import WIDTH
from tests.unit.ledger.events import whole_run

from .documents import fleet_run, gathered, hostile_run

_VOID = {"meta", "br"}
_OURS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "nav", "section", "h1",
    "h2", "h3", "p", "span", "small", "a", "ul", "li", "dl", "dt", "dd", "div", "table", "caption",
    "thead", "tbody", "tr", "th", "td", "pre", "code", "details", "summary", "br",
}  # fmt: skip


class Page(HTMLParser):
    """Reads a page: its text, and whether each element is closed and one of those that we use."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = ""
        self.ids: list[str] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _OURS, tag
        known = dict(attrs)
        assert not {"src", "style", "onclick", "onerror"} & known.keys()
        self.ids += [known["id"] or ""] if "id" in known else []
        self.links += [known["href"] or ""] if "href" in known else []
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data


def test_what_a_manager_reads() -> None:
    page = Page(html(gathered(whole_run())))
    text = " ".join(page.text.split())
    for part in (
        "site.yml failed",
        "Of 2 hosts, 1 changed and 1 failed.",
        "opsflow play site.yml -i hosts.yml --limit web2",
        "no room (rc 100)",
        "nginx1.0 → 1.1web1",
        "curlnew 8web1",
    ):
        assert part in text
    assert "hunter2" not in text
    assert [link for link in page.links if link[0] != "#" or link[1:] not in page.ids] == []
    assert "Proof" not in text


def test_what_an_auditor_reads() -> None:
    document = gathered(whole_run())
    document.record = {
        "run_id": "r1", "who": "anna as root", "node": "control", "client": "10.0.0.9", "state": "failed",
        "started": "2026-11-21T12:00:00.000Z", "ended": "2026-11-21T12:01:00.000Z", "exit_code": 2,
        "command": "opsflow play site.yml", "directory": "/srv", "playbooks": ["site.yml"],
        "playbooks_digest": "abc", "git_commit": "f00d", "git_dirty": True, "inventory": ["hosts.yml"],
        "inventory_digest": "def", "versions": {"opsflow": "0.1.0"},
    }  # fmt: skip
    document.decisions = [Decided("pause", "ben", "desk", 1.0, "lunch", ["web1"])]
    document.notifications = [Notification(2.0, "mail", "finished", "failed", "no answer")]
    document.proof = Proof(7, "9:beef", "12:cafe", True, [])
    text = " ".join(Page(html(document)).text.split())
    who = "anna as root at control, from 10.0.0.9"
    git = "f00d, with changes that were not committed"
    told = ("ben at desk", "lunch", "failed: no answer")
    for part in (who, git, *told, "Verified. 7 rows", "--head 12:cafe"):
        assert part in text
    document.proof = Proof(7, "9:beef", "12:cafe", True, ["row 3 is not as it was written"])
    broken = Page(html(document)).text
    assert "NOT as it was written" in broken
    assert "row 3 is not" in broken
    assert "Verified" not in broken


def test_before_and_after_are_there() -> None:
    text = Page(html(gathered(fleet_run(1, 2)))).text
    assert "+host = web0001" in text
    assert "file /etc/x" in text


def test_what_hosts_say_is_text_and_nothing_else() -> None:
    page = html(gathered(hostile_run()))
    Page(page)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", page)
    page.encode()
    assert "default-src 'none'" in page


def test_huge_output_is_cut() -> None:
    page = html(gathered(hostile_run("x" * 5_000_000)))
    assert len(page) < 300_000
    assert "x" * (WIDTH + 1) not in page
    assert len(html(gathered(hostile_run("x\n" * 1_000_000)))) < 300_000


def test_a_thousand_hosts_are_folded_and_quick() -> None:
    document = gathered(fleet_run(1000, 20))
    html(document)
    begun = time.process_time()
    page = html(document)
    assert time.process_time() - begun < 2
    assert len(page) < 1_500_000
    assert "web[0001:1000]" in page
    assert "… 81 more, each host with its own" in page
