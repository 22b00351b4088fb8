"""Facts about what guards a host: SELinux, AppArmor, FIPS mode, SSH host keys."""

from __future__ import annotations

import glob
import os

from opsflow.target.facts import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather

_KEY_TYPES = ("dsa", "rsa", "ecdsa", "ed25519")


def selinux(gather: Gather) -> dict[str, Any]:
    """Return the state of SELinux."""
    libraries = ("/lib/*/libselinux.so.1", "/lib64/libselinux.so.1", "/lib/libselinux.so.1")
    facts: dict[str, Any] = {"selinux_python_present": any(glob.glob(path) for path in libraries)}
    enforce = read("/sys/fs/selinux/enforce")
    if not enforce:
        facts["selinux"] = {"status": "disabled"}
        return facts
    config = dict(
        line.split("=", 1) for line in read("/etc/selinux/config").splitlines() if line.startswith("SELINUX")
    )
    facts["selinux"] = {
        "status": "enabled",
        "mode": "enforcing" if enforce == "1" else "permissive",
        "config_mode": config.get("SELINUX", "unknown"),
        "policyvers": int(read("/sys/fs/selinux/policyvers", "0")),
        "type": config.get("SELINUXTYPE", "unknown"),
    }
    return facts


def apparmor(gather: Gather) -> dict[str, Any]:
    """Return whether AppArmor is in the kernel and mounted."""
    enabled = os.path.exists("/sys/kernel/security/apparmor")
    return {"apparmor": {"status": "enabled" if enabled else "disabled"}}


def fips(gather: Gather) -> dict[str, Any]:
    """Return whether the kernel is in FIPS mode."""
    return {"fips": read("/proc/sys/crypto/fips_enabled") == "1"}


def ssh_pub_keys(gather: Gather) -> dict[str, Any]:
    """Return the host's public SSH keys."""
    facts: dict[str, Any] = {}
    for kind in _KEY_TYPES:
        for folder in ("/etc/ssh", "/etc/openssh", "/etc"):
            words = read("%s/ssh_host_%s_key.pub" % (folder, kind)).split()
            if len(words) > 1:
                facts["ssh_host_key_%s_public" % kind] = words[1]
                facts["ssh_host_key_%s_public_keytype" % kind] = words[0]
                break
    return facts
