"""Times as people write them."""

from __future__ import annotations

import pytest

from opsflow.core.errors import UsageError
from opsflow.ledger.audit import moment


def test_times() -> None:
    assert moment("90m", now=10_000.0) == 4600.0
    assert moment("2026-11-21T14:30:00+00:00") == 1_795_271_400.0
    with pytest.raises(UsageError, match="is no time"):
        moment("yesterday")
