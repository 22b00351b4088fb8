"""chattr's letters are read as lsattr(1) reads them, without it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from opsflow.target import attributes

lsattr = shutil.which("lsattr", path="/usr/bin:/bin:/sbin:/usr/sbin")


@pytest.mark.skipif(not lsattr, reason="needs e2fsprogs")
@pytest.mark.parametrize("letters", ["", "A", "d", "S", "Ad", "i", "a"])
def test_they_are_those_of_lsattr(tmp_path: Path, letters: str) -> None:
    path = tmp_path / "file"
    path.touch()
    set_ = subprocess.run(["chattr", f"+{letters}", path], capture_output=True, check=False)
    if letters and set_.returncode:
        pytest.skip(f"chattr +{letters} is not possible here")
    try:
        told = subprocess.run(["lsattr", "-vd", path], capture_output=True, text=True, check=False)
        words = told.stdout.split()
        expected = (words[1].replace("-", ""), words[0]) if told.returncode == 0 else ("", None)
        assert attributes.flags(str(path)) == expected
        assert set(letters) <= set(attributes.flags(str(path))[0])
    finally:
        if letters:
            subprocess.run(["chattr", f"-{letters}", path], check=True)


def test_what_has_none_has_none(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    for place in ("/dev/null", "/proc/self/stat", str(tmp_path / "link"), str(tmp_path / "none")):
        assert attributes.flags(place) == ("", None)
