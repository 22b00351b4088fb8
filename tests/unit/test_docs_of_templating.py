"""Every filter, test and lookup is documented, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsflow.templating.conditions import TESTS
from opsflow.templating.filters import FILTERS
from opsflow.templating.filters.net import QUERIES
from opsflow.templating.lookups import LOOKUPS

TEXT = (Path(__file__).parents[2] / "docs" / "templating.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize(("title", "table"), [("Filters", FILTERS), ("Tests", TESTS), ("Lookups", LOOKUPS)])
def test_all_names_are_in_the_table_and_no_others(title: str, table: dict[str, object]) -> None:
    rows = [line.split("|")[2] for line in section(title).splitlines() if line.startswith("| ")][1:]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert sorted(names) == sorted(table)


def test_all_questions_about_addresses_are_named() -> None:
    words = section("Filters").split("They answer")[1]
    assert set(re.findall(r"`([^`]+)`", words)) == {*QUERIES, "wrap"}
