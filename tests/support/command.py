"""`opsflow play` in a process of its own, as a person or a cron job runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def play(playbook: str, inventory: Path, *more: str | Path) -> tuple[int, dict[str, Any]]:
    """Run a playbook of this repository; return the exit code and the summary of the JSON document."""
    command = [sys.executable, "-m", "opsflow", "play", ROOT / playbook, "-i", inventory, "--output", "json"]
    done = subprocess.run(
        [*command, *more], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.stderr == ""
    summary: dict[str, Any] = json.loads(done.stdout)["summary"]
    return done.returncode, summary
