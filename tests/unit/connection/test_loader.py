"""What root has run on a host is there compiled for the next run, and nobody else can put anything there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from opsflow.connection.bundle import packed
from opsflow.connection.stripped import Stripped
from opsflow.target import loader

NAME = "opsflow.target.sample"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only what is root's is used: needs root")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the directory in which compiled sources are kept."""
    place = tmp_path / "kept"
    monkeypatch.setattr(loader, "COMPILED", str(place))
    yield place
    sys.modules.pop(NAME, None)


def load(text: str, digest: str = "") -> Any:
    source = digest or sha256(text.encode()).hexdigest(), packed(text.encode())
    loader.load({NAME: source})
    return sys.modules[NAME]


def names(place: Path) -> list[str]:
    return sorted(file.name for file in place.iterdir()) if place.exists() else []


@needs_root
def test_what_was_compiled_once_is_used_again(kept: Path) -> None:
    assert load("value = 1", "same").value == 1
    (name,) = names(kept)
    assert name.startswith("same-cpython-")
    assert kept.stat().st_mode & 0o777 == 0o755
    assert load("value = 2", "same").value == 1  # so it was not compiled
    assert load("value = 2", "other").value == 2


@needs_root
@pytest.mark.parametrize("content", [b"", b"\xe3", b"half of it"])
def test_what_is_torn_is_compiled_anew(kept: Path, content: bytes) -> None:
    load("value = 1", "same")
    (kept / names(kept)[0]).write_bytes(content)
    assert load("value = 2", "same").value == 2
    assert load("value = 3", "same").value == 2


@needs_root
def test_what_another_user_wrote_is_not_used(kept: Path) -> None:
    load("value = 1", "same")
    os.chown(kept / names(kept)[0], 1, 1)
    assert load("value = 2", "same").value == 2


@needs_root
@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_what_others_could_have_written_is_not_used(kept: Path, mode: int) -> None:
    load("value = 1", "same")
    (kept / names(kept)[0]).chmod(mode)
    assert load("value = 2", "same").value == 2


@needs_root
def test_a_directory_of_another_user_is_not_used(kept: Path) -> None:
    load("value = 1", "same")
    os.chown(kept, 1, 1)
    assert load("value = 2", "same").value == 2
    load("value = 3", "other")
    assert len(names(kept)) == 1


@needs_root
def test_a_careless_umask_lets_nobody_write(kept: Path) -> None:
    before = os.umask(0)
    try:
        load("value = 1", "same")
    finally:
        os.umask(before)
    assert (kept / names(kept)[0]).stat().st_mode & 0o777 == 0o644
    assert kept.stat().st_mode & 0o777 == 0o755


@needs_root
def test_what_is_not_whole_is_not_left_behind(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    assert load("value = 1").value == 1
    assert names(kept) == []


def test_other_users_keep_nothing(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert load("value = 1").value == 1
    assert names(kept) == []


@needs_root
def test_there_are_never_many(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "MOST_KEPT", 3)
    for number in range(8):
        load(f"value = {number}")
    assert 1 <= len(names(kept)) <= 3


def test_where_nothing_can_be_kept_it_works_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(loader, "COMPILED", str(tmp_path / "file"))
    assert load("value = 1").value == 1


def test_a_library_is_imported_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    text = "\n\nimport colorsys\nimport os\n"
    made = load(Stripped([], text, [(3, "colorsys"), (4, "os")]).deferred())
    assert made.os is os
    assert "colorsys" not in sys.modules
    assert made.colorsys.rgb_to_hsv(1, 1, 1) == (0.0, 0.0, 1)
    with pytest.raises(AttributeError, match="colorsys"):
        _ = made.colorsys.nonsense


def test_a_tuple_has_its_names() -> None:
    text = 'from typing import NamedTuple\nPair = NamedTuple("Pair", [("one", "int"), ("two", "int")])\n'
    made = load(Stripped([], text, []).deferred())
    assert made.Pair(1, two=2).two == 2
    assert made.Pair.__name__ == "Pair"
