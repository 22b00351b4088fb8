"""Going on with another Python that has a library this one does not have."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import os
import subprocess
import sys

from opsflow.target.compat.common.text.converters import to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

_MARK = "OPSFLOW_RESPAWNED"


def has_respawned() -> bool:
    """Tell whether this process was started by `respawn_module`."""
    return bool(os.environ.get(_MARK))


def probe_interpreters_for_module(interpreter_paths: Any, module_name: str) -> str | None:
    """Return the first interpreter that can import a module, None where none can."""
    for path in interpreter_paths:
        if not os.path.exists(path):
            continue
        try:
            code = "import %s" % module_name
            if subprocess.call([path, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
                return path
        except OSError:
            continue
    return None


def respawn_module(interpreter_path: str) -> NoReturn:
    """Run the module once more, by another Python, and end with what that says.

    Raises Exception when this is that other Python already.
    """
    if has_respawned():
        raise Exception("module has already been respawned")  # noqa: TRY002
    loader: Any = sys.modules["__main__"].__loader__
    env = dict(os.environ, **{_MARK: "1"})
    done = subprocess.run([interpreter_path, "-"], input=to_bytes(loader.script()), env=env, check=False)
    sys.exit(done.returncode)
