"""What is kept of target modules is used as long as they are the same, and only where nobody else writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.connection import stripped


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield the directory of a cache that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    _forget()
    yield tmp_path / "opsflow" / "target"
    _forget()


def _forget() -> None:
    stripped.read.cache_clear()
    stripped._directory.cache_clear()


def again(module: str) -> stripped.Stripped:
    """Return a module as another process would get it."""
    _forget()
    return stripped.read(module)


def alter(file: Path, text: str) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), "text": text}))


def test_a_module_is_parsed_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stripped.read("copy")
    assert "files" in made.needs
    monkeypatch.delattr(stripped, "strip")
    assert again("copy") == made
    assert cache.stat().st_mode & 0o777 == 0o700


def test_another_version_of_a_module_is_parsed_anew(cache: Path) -> None:
    made = stripped.read("ping")
    file = cache / "ping.json"
    alter(file, "kept")
    assert again("ping").text == "kept"
    file.write_text(json.dumps({**json.loads(file.read_text()), "of": [1, "elsewhere/ping.py", 1, 1]}))
    assert again("ping") == made


@pytest.mark.parametrize("text", ["", "[]", '{"of": [', "{}"])
def test_a_torn_file_is_made_anew(cache: Path, text: str) -> None:
    made = stripped.read("ping")
    (cache / "ping.json").write_text(text)
    assert again("ping") == made
    assert json.loads((cache / "ping.json").read_text())["text"] == made.text


def test_what_others_may_write_is_not_used(cache: Path) -> None:
    made = stripped.read("ping")
    alter(cache / "ping.json", "evil")
    cache.chmod(0o777)
    assert again("ping") == made


def test_without_a_cache_it_works_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for place in (str(tmp_path / "file"), "relative", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", place)
        monkeypatch.setenv("HOME", "")
        assert "def run" in again("ping").text
    _forget()
