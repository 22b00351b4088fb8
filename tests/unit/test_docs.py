"""What the documents point at exists, and what they list is all there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsflow.core.errors import (
    EXIT_BAD_INPUT,
    EXIT_ERROR,
    EXIT_HOSTS_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_STOPPED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
)
from opsflow.modules.base.module import is_module

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
CODES = {
    EXIT_OK, EXIT_ERROR, EXIT_HOSTS_FAILED, EXIT_BAD_INPUT, EXIT_UNREACHABLE, EXIT_USAGE, EXIT_STOPPED,
    EXIT_INTERRUPTED,
}  # fmt: skip


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    names = {path.name for path in ROOT.glob("docs/*.md")} - {"README.md"}
    assert set(re.findall(r"\]\((\w+\.md)\)", index)) == names


def test_modules_in_the_readme_exist() -> None:
    (row,) = re.findall(r"^\| modules \| (.*) \|$", (ROOT / "README.md").read_text(), re.M)
    names = re.findall(r"`(\w+)`", row)
    assert names == sorted(names)
    assert [name for name in names if not is_module(name)] == []


@pytest.mark.parametrize("document", ["README.md", "docs/output.md"])
def test_every_exit_code_is_documented(document: str) -> None:
    codes = re.findall(r"^\| (\d+) \|", (ROOT / document).read_text(), re.M)
    assert {int(code) for code in codes} == CODES
