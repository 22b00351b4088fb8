"""Services of old, which modules start and look at by their files."""

from __future__ import annotations

import glob
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def sysv_exists(name: str) -> bool:
    """Tell whether there is an init script of this name."""
    return os.path.exists("/etc/init.d/%s" % name)


def get_sysv_script(name: str) -> str:
    """Return the init script of a service, given by name or path."""
    return name if name.startswith("/") else "/etc/init.d/%s" % name


def sysv_is_enabled(name: str, runlevel: Any = None) -> bool:
    """Tell whether a service is started in a run level, in any by default."""
    return bool(glob.glob("/etc/rc%s.d/S??%s" % ("?" if runlevel is None else runlevel, name)))


def fail_if_missing(module: Any, found: bool, service: str, msg: str = "") -> None:
    """End the module when a service was not found."""
    if not found:
        module.fail_json(msg="Could not find the requested service %s: %s" % (service, msg))


def is_systemd_managed(module: Any) -> bool:
    """Tell whether systemd has started this host."""
    return any(os.path.exists(path) for path in ("/run/systemd/system", "/dev/.run/systemd", "/dev/.systemd"))


def get_ps(module: Any, pattern: str) -> bool:
    """Tell whether a process has this in its command line."""
    rc, out, _ = module.run_command(["ps", "auxww"])
    return rc == 0 and any(pattern in line for line in out.splitlines())


def check_ps(module: Any, pattern: str) -> bool:
    """Tell the same."""
    return get_ps(module, pattern)
