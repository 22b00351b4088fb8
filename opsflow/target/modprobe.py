"""Kernel modules: loaded, unloaded, and loaded at each boot."""

from __future__ import annotations

import os

from opsflow.target import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request, name: str, state: str = "present", params: str = "", persistent: str = "disabled"
) -> dict[str, Any]:
    """Load or unload a module where it is not so; `persistent` is for the next boots."""
    result: dict[str, Any] = {"changed": False, "name": name, "params": params, "state": state}
    result.update(rc=0, stdout="", stderr="")
    if _loaded(name) != (state == "present"):
        result["changed"] = True
        if not request.check:
            argv = ["modprobe", name, *params.split()] if state == "present" else ["modprobe", "-r", name]
            request.command(argv).check(" ".join(argv))
    if persistent != "disabled":
        wanted = persistent == "present"
        options = "options %s %s\n" % (name, params) if wanted and params else ""
        load = _keep(request, "/etc/modules-load.d/%s.conf" % name, name + "\n" if wanted else "")
        result["changed"] |= load | _keep(request, "/etc/modprobe.d/%s.conf" % name, options)
    return result


def _loaded(name: str) -> bool:
    """Tell whether a module is loaded, or a part of the kernel itself."""
    wanted = name.replace("-", "_")
    if os.path.isdir("/sys/module/%s" % wanted) and os.path.exists("/sys/module/%s/initstate" % wanted):
        return True
    try:
        with open("/lib/modules/%s/modules.builtin" % os.uname().release) as file:
            return any(os.path.basename(line).split(".")[0].replace("-", "_") == wanted for line in file)
    except OSError:
        return False


def _keep(request: Request, path: str, text: str) -> bool:
    """Give a file its text, or remove it where there is none; return whether that is a change."""
    try:
        with open(path) as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    if before == text:
        return False
    if not request.check:
        if text:
            files.replace(request, path, [text.encode()], {"mode": "0644"})
        else:
            os.unlink(path)
    return True
