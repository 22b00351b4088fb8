"""Help and completion must be quick: nothing imports asyncssh before a host is connected over SSH."""

from __future__ import annotations

import subprocess
import sys


def test_the_pool_and_the_settings_do_not_import_asyncssh() -> None:
    code = (
        "import sys, opsflow.connection.pool, opsflow.connection.settings;sys.exit('asyncssh' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_asyncssh_finds_its_libraries_without_asking_compilers() -> None:
    code = (
        "import subprocess, sys\n"
        "from opsflow.connection.asyncssh_import import find_library, import_asyncssh\n"
        "subprocess.Popen = None\n"
        "import_asyncssh()\n"
        "import ctypes; assert ctypes.CDLL(find_library('c')).getpid()\n"
        "assert find_library('no-such') is None\n"
        "sys.exit('asyncssh' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
