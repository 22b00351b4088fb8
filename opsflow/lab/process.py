"""Running the tools that a lab is made of, and waiting for each other."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .errors import LabError

# A plain user's PATH, which `su` keeps, lacks the directories of debootstrap and chroot.
PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


# Runs a program in process and mount namespaces of its own: when we are killed, all it started dies with
# us, and whatever it mounted is gone when it ends.
CONTAINED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child", "--mount-proc"),
)


def run(
    command: Sequence[str | Path],
    *,
    text: str | None = None,
    cwd: Path | None = None,
) -> str:
    """Run a tool to its end and return what it printed.

    Args:
        command: the program and its arguments.
        text: what the tool reads on its standard input; nothing when None.
        cwd: the directory to run in.

    Raises:
        LabError: the tool failed; the message holds the end of its error output.
    """
    done = subprocess.run(
        [str(part) for part in command],
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        errors="replace",
        cwd=cwd,
        env=environment(),
        check=False,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command[:4])
        raise LabError(f"'{words}' failed ({done.returncode}): {tail(done.stderr or done.stdout)}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return our environment for a tool: with the administrator's directories, in plain English."""
    return {**os.environ, "PATH": PATH, "LC_ALL": "C.UTF-8"}


def tail(output: str, lines: int = 3) -> str:
    """Return the last lines that hold anything, joined into one."""
    return " / ".join([line.strip() for line in output.splitlines() if line.strip()][-lines:]) or "no output"


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold an exclusive lock on a file that is made when missing; other processes wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
