"""What functions of `opsflow.target` expect of a request, in the process of a module."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import os
import subprocess
import time

from opsflow.target.request import Completed, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class HostRequest:
    """A request without a runner: nobody listens to its events, and nobody cancels it but by a signal."""

    def __init__(self, check: bool = False, diff: bool = False) -> None:
        self.check = check
        self.diff = diff
        self.env: dict[str, str] = {}
        self.quiet = True
        self.payload = b""

    def event(self, kind: str, **data: Any) -> None:
        """Tell nobody."""

    def raise_if_cancelled(self) -> None:
        """Go on: the whole process ends when its task is cancelled."""

    def environ(self, extra: Any = None) -> dict[str, str]:
        """Return the environment of child processes: output that does not depend on a language."""
        return dict(os.environ, LC_ALL="C.UTF-8", LANG="C.UTF-8", LANGUAGE="C", **(extra or {}))

    def command(
        self, argv: Any, stdin: bytes | None = None, cwd: str | None = None, env: Any = None, **_: Any
    ) -> Completed:
        """Run a command and return it when it has finished. Raises Fail when it can't be started."""
        start = time.time()
        try:
            child = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=self.environ(env),
            )
        except OSError as error:
            raise Fail("cannot run %s: %s" % (argv[0], error.strerror), cmd=argv, rc=error.errno) from error
        out, err = (data.decode("utf-8", "surrogateescape") for data in child.communicate(stdin))
        return Completed(argv, child.returncode, out, err, start, time.time())
