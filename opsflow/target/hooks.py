"""Hooks: commands of a playbook and programs in a directory on the host, run one after the other."""

from __future__ import annotations

import os

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.request import Request

ROOT = "/etc/opsflow"


def run(request: Request, stage: str, commands: Sequence[str] = (), root: str = ROOT) -> dict[str, Any]:
    """Run shell commands, then the executables in ROOT/STAGE.d in the order of their names.

    Returns `hooks`: {command, rc, stdout, stderr} of each. Raises Fail at the first that fails.
    """
    done: list[dict[str, Any]] = []
    programs = [(path, [path]) for path in programs_in(os.path.join(root, stage + ".d"))]
    for name, argv in [(command, ["/bin/sh", "-c", command]) for command in commands] + programs:
        request.event("progress", message="Running the %s hook %s" % (stage, name), percent=None)
        result = request.command(
            argv,
            on_line=lambda stream, line: request.event("output", stream=stream, line=line),
            own_locale=True,
        )
        done.append({"command": name, "rc": result.rc, "stdout": result.stdout, "stderr": result.stderr})
        if result.rc:
            last = (result.stderr.strip() or result.stdout.strip()).splitlines()[-1:]
            why = ": " + last[0] if last else ""
            raise Fail(
                "the %s hook '%s' failed with exit code %d%s" % (stage, name, result.rc, why), hooks=done
            )
    return {"changed": bool(done), "hooks": done}


def programs_in(folder: str) -> list[str]:
    """Return the executable files in a directory; editors' and dpkg's leftovers are none."""
    if not os.path.isdir(folder):
        return []
    found = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if _is_hook(name)]
    return [path for path in found if os.path.isfile(path) and os.access(path, os.X_OK)]


def _is_hook(name: str) -> bool:
    leftovers = ("~", ".bak", ".swp", ".dpkg-old", ".dpkg-dist", ".dpkg-new", ".dpkg-tmp")
    return not name.startswith(".") and not name.endswith(leftovers)
