"""The order of all tests, and what they share."""

from __future__ import annotations

from pathlib import Path

import pytest

LAB = Path(__file__).parent / "lab"


@pytest.fixture(autouse=True, scope="session")
def _state_directory(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Runs of tests are recorded far from the ledger of whoever runs the tests."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: at the end no worker waits for another one."""
    items.sort(key=_length, reverse=True)


def _length(item: pytest.Item) -> tuple[bool, float]:
    limit = item.get_closest_marker("timeout")
    return LAB in item.path.parents, limit.args[0] if limit else 0
