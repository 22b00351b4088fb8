"""How small files were and are is told for the record, and of no others."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.target.before_after import LIMIT, difference

ROOM = 2 * LIMIT


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that every account may enter."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        directory = Path(name)
        directory.chmod(0o755)
        yield directory


def file(directory: Path, name: str, content: str | bytes, mode: int = 0o644) -> str:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return str(path)


def test_a_text_file_is_told_of(place: Path) -> None:
    old, new = file(place, "a", "1\n"), file(place, ".a", "2ü\n")
    assert difference(old, new, ROOM) == {"path": old, "before": "1\n", "after": "2ü\n"}


def test_of_a_new_file_there_was_nothing(place: Path) -> None:
    path = str(place / "a")
    assert difference(path, file(place, ".a", "2\n"), ROOM) == {"path": path, "before": "", "after": "2\n"}


@pytest.mark.parametrize("modes", [(0o600, 0o644), (0o644, 0o600), (0o640, 0o640)])
def test_what_not_everyone_may_read_is_left_out(place: Path, modes: tuple[int, int]) -> None:
    old, new = file(place, "a", "1\n", modes[0]), file(place, ".a", "2\n", modes[1])
    assert difference(old, new, ROOM) is None


def test_what_is_in_a_closed_directory_is_left_out(place: Path) -> None:
    closed = place / "closed" / "open"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    assert difference(file(closed, "a", "1\n"), file(closed, ".a", "2\n"), ROOM) is None


def test_what_is_long_or_no_text_or_equal_is_left_out(place: Path) -> None:
    old = file(place, "a", "1\n")
    for content in ("x" * (LIMIT + 1), b"a\0b", b"\xff\xfe", "1\n"):
        assert difference(old, file(place, ".a", content), ROOM) is None
    assert difference(old, file(place, ".a", "2\n"), 3) is None
    link = place / "link"
    link.symlink_to(old)
    assert difference(str(link), file(place, ".a", "2\n"), ROOM) is None
