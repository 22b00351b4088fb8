"""When a host was last upgraded, whether it upgrades itself, and until when its release is supported."""

from __future__ import annotations

import gzip
import time
from pathlib import Path

import pytest

from opsflow.target import patch_state, releases

HISTORY = """
Start-Date: 2026-11-01  10:00:00
Commandline: apt-get dist-upgrade
Upgrade: curl:amd64 (7.88, 7.89), libssl3:amd64 (3.0.1, 3.0.2)
End-Date: 2026-11-01  10:00:07

Start-Date: 2026-11-02  11:00:00
Commandline: apt install nginx
Install: nginx:amd64 (1.22)
End-Date: 2026-11-02  11:00:02
"""


def test_the_last_upgrade_is_read_from_the_history_of_apt(tmp_path: Path) -> None:
    log = tmp_path / "history.log"
    log.write_text(HISTORY)
    ended = int(time.mktime((2026, 11, 1, 10, 0, 7, 0, 0, -1)))
    found = {"time": ended, "packages": 2, "command": "apt-get dist-upgrade"}
    assert patch_state.last_upgrade((str(log),)) == found
    rotated = tmp_path / "history.log.1.gz"
    rotated.write_bytes(gzip.compress(HISTORY.encode()))
    log.write_text("")
    assert patch_state.last_upgrade((str(log), str(rotated))) == found


@pytest.mark.parametrize("text", ["", "Upgrade: a:amd64 (1, 2)\n", "End-Date: never\nUpgrade: a (1, 2)\n"])
def test_a_history_that_says_nothing_is_no_upgrade(tmp_path: Path, text: str) -> None:
    log = tmp_path / "history.log"
    log.write_text(text)
    assert patch_state.last_upgrade((str(log), str(tmp_path / "absent"))) is None


def test_the_end_of_support_comes_from_the_hosts_own_data(tmp_path: Path) -> None:
    assert releases.end_of_life("debian", "trixie", str(tmp_path)) == "2030-06-30"
    assert releases.end_of_life("debian", "unheard-of", str(tmp_path)) is None
    columns = "version,codename,series,created,release,eol,eol-lts,eol-elts"
    rows = "13,Trixie,trixie,2023-06-10,2025-08-09,2028-08-09,2031-01-01,\n14,Forky,forky,2025-08-09,,,,"
    (tmp_path / "debian.csv").write_text(f"{columns}\n{rows}\n")
    assert releases.end_of_life("debian", "trixie", str(tmp_path)) == "2031-01-01"
    assert releases.end_of_life("debian", "forky", str(tmp_path)) is None
