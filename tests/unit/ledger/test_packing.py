"""Values come back as they were, in less room."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from opsflow.ledger.packing import LARGE, TEXT, dumped, loaded, packed

LONG = random.Random(7).randbytes(LARGE).hex()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"stdout": "a\nb", "stdout_lines": ["a", "b"], "rc": 0},
        {"results": [{"stderr": "a\nb", "stderr_lines": ["a", "b"]}, {"x": 1}]},
        {"ansible_facts": {f"fact{n}": "value" * n for n in range(50)}},
        {"stdout": "ä\u2028\x00", "stdout_lines": ["ä", "\x00"]},
        {"stdout": LONG, "stdout_lines": [LONG]},
    ],
)
def test_values_come_back(data: dict[str, Any], tmp_path: Path) -> None:
    assert loaded(*packed(dumped(data), tmp_path / "out", "7")) == data


def test_keys_and_values_that_json_does_not_know(tmp_path: Path) -> None:
    data = {"t": (1, 2), "s": {3}, "m": {(1, 2): b"x"}, "p": Path("/x")}
    kept = loaded(*packed(dumped(data), tmp_path, "7"))
    assert kept == {"t": [1, 2], "s": [3], "m": {"(1, 2)": "x"}, "p": "/x"}


def test_long_output_is_kept_in_a_file_and_its_end_in_the_ledger(tmp_path: Path) -> None:
    data = {"stdout": LONG, "list": list(range(1000)), "rc": 0}
    text, blob, file = packed(dumped(data), tmp_path / "out", "7")
    assert text is None
    assert blob
    assert file
    assert len(blob) < 2 * TEXT
    assert Path(file).stat().st_mode & 0o777 == 0o600
    Path(file).unlink()
    kept = loaded(text, blob, file)
    assert kept["stdout"] == "…" + LONG[-TEXT:]
    assert (kept["rc"], len(kept["list"])) == (0, 100)


def test_small_values_can_be_read_by_anybody(tmp_path: Path) -> None:
    assert packed(dumped({"rc": 0}), tmp_path, "7") == ('{"rc":0}', None, None)
