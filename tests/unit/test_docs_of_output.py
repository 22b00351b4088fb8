"""What is documented of events, notifiers and the configuration is what there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from opsflow.cli.console.stream import event_name
from opsflow.core.events import Event
from opsflow.notifiers.base import NotifierConfig, notifiers
from opsflow.source.config import Config

DOCS = Path(__file__).parents[2] / "docs"


def first_cells(text: str) -> set[str]:
    """The names in the first column of all tables."""
    return {
        name for cell in re.findall(r"^\| (`.*?) \|", text, re.M) for name in re.findall(r"`([^`]+)`", cell)
    }


def option_names(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_every_event_is_documented_with_its_keys() -> None:
    text = (DOCS / "output.md").read_text()
    for event in get_args(Event):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{event_name(event)}` |"))
        assert re.findall(r"`([^`]+)`", row.split("|")[2]) == list(event._fields)


@pytest.mark.parametrize("kind", ["email", "apprise", "webhook", "file", "console"])
def test_every_option_of_a_notifier_is_documented(kind: str) -> None:
    text = (DOCS / "notifiers.md").read_text()
    section = text.split(f"\n## {kind}\n")[1].split("\n## ")[0]
    own = option_names(notifiers.get(kind).Config) - option_names(NotifierConfig)
    assert first_cells(section) == own
    assert first_cells(text.split("\n## Every notifier\n")[1].split("\n## ")[0]) == option_names(
        NotifierConfig
    )


def test_every_key_of_the_configuration_is_documented() -> None:
    assert first_cells((DOCS / "configuration.md").read_text()) == set(option_names(Config))
