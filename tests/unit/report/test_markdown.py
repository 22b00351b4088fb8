"""Markdown for tickets: complete, and nothing in it that a host could have put there as a mark."""

from __future__ import annotations

import re

from opsflow.report.markdown import block, code, markdown, plain
from tests.unit.ledger.events import whole_run

from .documents import fleet_run, gathered, hostile_run


def outside_of_code(text: str) -> str:
    """Return what is left of Markdown when code is taken out."""
    fenced = re.sub(r"^(`{3,})[a-z]*\n.*?\n\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", fenced)


def test_a_ticket_has_the_outcome_the_failures_the_packages_and_what_to_do() -> None:
    text = markdown(gathered(whole_run()))
    assert text.startswith("# site.yml failed\n\n**failed**: Of 2 hosts, 1 changed and 1 failed.\n\n")
    assert "```\nopsflow play site.yml -i hosts.yml --limit web2\n```" in text
    assert "**Upgrade** at `site.yml:12:7`\n\n`web2`: failed\n\n```\nno room (rc 100)\nE: x\ny\n```" in text
    assert "| `nginx` | `1.0 → 1.1` | `web1` |" in text
    assert "| Upgrade | 1 changed, 1 failed | 0.0 s |" in text
    assert "- take care" in text


def test_what_hosts_say_is_code() -> None:
    text = markdown(gathered(hostile_run()))
    rest = outside_of_code(text)
    for mark in ("<script", "@everyone", "javascript:", "![", "\x1b", "\u202e"):
        assert mark not in rest
    assert "\x1b" not in text
    assert "\ud800" not in text
    assert all(line.count("|") == 4 for line in text.splitlines() if line.startswith("| `<script>"))


def test_marks_lose_their_meaning() -> None:
    assert code("a|b `c` ``d``") == "``` a¦b `c` ``d`` ```"
    assert code("") == "` `"
    assert plain("*a* <b> @c [d](e)") == "\\*a\\* \\<b\\> @\u2060c \\[d\\]\\(e\\)"
    assert block("```\nx\n````") == "`````\n```\nx\n````\n`````"


def test_a_thousand_hosts_fit_into_a_ticket() -> None:
    text = markdown(gathered(fleet_run(1000, 20)))
    assert len(text) < 65_536
    assert "… 96 more, each with its own" in text
