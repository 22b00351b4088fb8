"""The floor does the work that it is compared by."""

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.floor.client import RUNNER


def _answers(frames: list[dict[str, Any]]) -> list[Any]:
    said = b"".join(
        struct.pack(">I", len(body)) + body for body in (json.dumps(one).encode() for one in frames)
    )
    command = [sys.executable, "-I", "-S", "-c", RUNNER.read_text()]
    rest = subprocess.run(command, input=said, capture_output=True, check=True).stdout
    found: list[Any] = []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        found.append(json.loads(rest[4 : 4 + length]))
        rest = rest[4 + length :]
    return found


def test_the_runner_does_what_the_frames_say_and_answers_each(tmp_path: Path):
    place, file = tmp_path / "a" / "b", tmp_path / "a" / "b" / "file"
    (tmp_path / "old").write_text("")
    answers = _answers(
        [
            {"do": "directories", "paths": [str(place)], "mode": 0o750},
            {"do": "write", "path": str(file), "text": "x=1\n", "mode": 0o600},
            {"do": "line", "path": str(file), "regexp": "^x=", "text": "x=2", "mode": 0o644},
            {"do": "link", "path": str(tmp_path / "link"), "target": "a"},
            {"do": "absent", "path": str(tmp_path / "old")},
            {"do": "command", "argv": ["echo", "said"]},
            {"do": "ping"},
        ]
    )
    assert answers == [None, None, None, None, None, "said\n", "pong"]
    assert file.read_text() == "x=2\n"
    assert (file.stat().st_mode & 0o777, place.stat().st_mode & 0o777) == (0o644, 0o750)
    assert (tmp_path / "link").readlink() == Path("a")
    assert not (tmp_path / "old").exists()
