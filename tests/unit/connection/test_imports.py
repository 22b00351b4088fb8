"""Help and completion must be quick: nothing imports asyncssh before a host is connected over SSH."""

from __future__ import annotations

import subprocess
import sys


def test_the_pool_and_the_settings_do_not_import_asyncssh() -> None:
    code = (
        "import sys, opsflow.connection.pool, opsflow.connection.settings;sys.exit('asyncssh' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
