"""Facts about the system as it runs: names, kernel, user, time, environment, init."""

from __future__ import annotations

import datetime
import getpass
import os
import pwd
import shlex
import socket
import struct
import sys
import threading
import time

from opsflow.target.facts import names, read, which

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.facts import Gather


def platform(gather: Gather) -> dict[str, Any]:
    """Return the system's names, its kernel and its architecture."""
    uname = os.uname()
    fqdn = _fqdn(gather, uname.nodename)
    bits = struct.calcsize("P") * 8
    facts: dict[str, Any] = {
        "system": uname.sysname,
        "kernel": uname.release,
        "kernel_version": uname.version,
        "machine": uname.machine,
        "architecture": uname.machine,
        "nodename": uname.nodename,
        "hostname": uname.nodename.split(".")[0],
        "fqdn": fqdn,
        "domain": ".".join(fqdn.split(".")[1:]),
        "python_version": "%d.%d.%d" % sys.version_info[:3],
        "userspace_bits": str(bits),
    }
    if uname.machine in ("x86_64", "i386", "i486", "i586", "i686"):
        facts["architecture"] = "x86_64" if uname.machine == "x86_64" else "i386"
        facts["userspace_architecture"] = "x86_64" if bits == 64 else "i386"
    machine_id = read("/var/lib/dbus/machine-id") or read("/etc/machine-id")
    if machine_id:
        facts["machine_id"] = machine_id.splitlines()[0]
    return facts


def _fqdn(gather: Gather, nodename: str) -> str:
    """Return the full name; a name server that does not answer must not hold us."""
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(socket.getfqdn()), daemon=True)
    thread.start()
    thread.join(gather.timeout)
    if not found:
        gather.warnings.append("the host's full name could not be looked up in time: its name server is slow")
    return found[0] if found else nodename


def python(gather: Gather) -> dict[str, Any]:
    """Return the Python that runs this."""
    fields = ("major", "minor", "micro", "releaselevel", "serial")
    return {
        "python": {
            "version": dict(zip(fields, sys.version_info)),
            "version_info": list(sys.version_info),
            "executable": sys.executable,
            "has_sslcontext": True,
            "type": sys.implementation.name,
        }
    }


def user(gather: Gather) -> dict[str, Any]:
    """Return the user that we are on the host."""
    try:
        name = getpass.getuser()
        entry = pwd.getpwnam(name)
    except KeyError:
        entry = pwd.getpwuid(os.getuid())
        name = entry.pw_name
    return {
        "user_id": name,
        "user_uid": entry.pw_uid,
        "user_gid": entry.pw_gid,
        "user_gecos": entry.pw_gecos,
        "user_dir": entry.pw_dir,
        "user_shell": entry.pw_shell,
        "real_user_id": os.getuid(),
        "effective_user_id": os.geteuid(),
        "real_group_id": os.getgid(),
        "effective_group_id": os.getegid(),
    }


def env(gather: Gather) -> dict[str, Any]:
    """Return the environment, the task's own included."""
    return {"env": dict(os.environ, **gather.request.env)}


def date_time(gather: Gather) -> dict[str, Any]:
    """Return the moment, taken apart as Ansible does."""
    moment = time.time()
    now = datetime.datetime.fromtimestamp(moment)
    utc = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    formats = {
        "year": "%Y",
        "month": "%m",
        "weekday": "%A",
        "weekday_number": "%w",
        "weeknumber": "%W",
        "day": "%d",
        "hour": "%H",
        "minute": "%M",
        "second": "%S",
        "date": "%Y-%m-%d",
        "time": "%H:%M:%S",
        "iso8601_basic": "%Y%m%dT%H%M%S%f",
        "iso8601_basic_short": "%Y%m%dT%H%M%S",
    }
    found = {name: now.strftime(form) for name, form in formats.items()}
    found["epoch"] = found["epoch_int"] = str(int(moment))
    found["iso8601"] = utc.strftime("%Y-%m-%dT%H:%M:%SZ")
    found["iso8601_micro"] = utc.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    found["tz"] = time.strftime("%Z")
    found["tz_dst"] = time.tzname[1]
    found["tz_offset"] = time.strftime("%z")
    return {"date_time": found}


def cmdline(gather: Gather) -> dict[str, Any]:
    """Return the kernel's command line: the last value of each parameter, and all of them."""
    try:
        words = shlex.split(read("/proc/cmdline"), posix=False)
    except ValueError:  # a quote that is never closed
        words = read("/proc/cmdline").split()
    last: dict[str, Any] = {}
    every: dict[str, Any] = {}
    for word in words:
        key, sign, text = word.partition("=")
        value = text if sign else True
        last[key] = value
        if key not in every:
            every[key] = value
        else:
            before = every[key]
            every[key] = (before if isinstance(before, list) else [before]) + [value]
    return {"cmdline": last, "proc_cmdline": every}


def dns(gather: Gather) -> dict[str, Any]:
    """Return what /etc/resolv.conf says."""
    found: dict[str, Any] = {}
    for line in read("/etc/resolv.conf").splitlines():
        words = line.split()
        if not words or line.lstrip()[0] in "#;":
            continue
        key, values = words[0], words[1:]
        if key == "nameserver":
            found.setdefault("nameservers", []).extend(values)
        elif key == "domain" and values:
            found["domain"] = values[0]
        elif key in ("search", "sortlist"):
            found[key] = values
        elif key == "options":
            for option in values:
                name, sign, value = option.partition(":")
                found.setdefault("options", {})[name] = value if sign else True
    return {"dns": found}


def service_mgr(gather: Gather) -> dict[str, Any]:
    """Return Ansible's name of what manages services."""
    first = os.path.basename(read("/proc/1/comm"))
    known = {"runit-init": "runit", "svscan": "svc", "openrc-init": "openrc"}
    if first and first != "init" and not first.endswith("sh"):
        return {"service_mgr": known.get(first, first)}
    if os.path.isdir("/run/systemd/system") or os.path.basename(os.path.realpath("/sbin/init")) == "systemd":
        return {"service_mgr": "systemd"}
    for path, name in (("/etc/init/", "upstart"), ("/sbin/openrc", "openrc"), ("/etc/init.d/", "sysvinit")):
        if os.path.exists(path):
            return {"service_mgr": name}
    return {"service_mgr": "service"}


def systemd(gather: Gather) -> dict[str, Any]:
    """Return systemd's version and what it was built with, where it runs."""
    if not os.path.isdir("/run/systemd/system"):
        return {}
    lines = gather.request.command(["systemctl", "--version"]).stdout.splitlines()
    if len(lines) < 2:
        return {}
    return {"systemd": {"version": int(lines[0].split()[1]), "features": lines[1]}}


def caps(gather: Gather) -> dict[str, Any]:
    """Return the capabilities that we have."""
    capsh = which("capsh")
    if not capsh:
        return {"system_capabilities": "N/A", "system_capabilities_enforced": "N/A"}
    for line in gather.request.command([capsh, "--print"]).stdout.splitlines():
        if line.startswith("Current:"):
            current = line.split(":", 1)[1].strip()
            if current == "=ep":
                return {"system_capabilities": [], "system_capabilities_enforced": "False"}
            given = [part.strip() for part in current.partition("=")[2].split(",")]
            return {"system_capabilities": given, "system_capabilities_enforced": "True"}
    return {"system_capabilities": "N/A", "system_capabilities_enforced": "N/A"}


def loadavg(gather: Gather) -> dict[str, Any]:
    """Return the load of the last 1, 5 and 15 minutes."""
    return {"loadavg": dict(zip(("1m", "5m", "15m"), os.getloadavg()))}


def chroot(gather: Gather) -> dict[str, Any]:
    """Return whether our root is not that of the first process."""
    if os.environ.get("debian_chroot"):  # noqa: SIM112
        return {"is_chroot": True}
    mine = os.stat("/")
    try:
        first = os.stat("/proc/1/root/.")
    except OSError:  # not ours to see: a file system's root has a well-known inode
        return {"is_chroot": mine.st_ino not in (1, 2, 128, 256)}
    return {"is_chroot": (mine.st_ino, mine.st_dev) != (first.st_ino, first.st_dev)}


def storage_names(gather: Gather) -> dict[str, Any]:
    """Return the names by which storage networks know this host."""
    iqn = ""
    for line in read("/etc/iscsi/initiatorname.iscsi").splitlines():
        if line.startswith("InitiatorName="):
            iqn = line.split("=", 1)[1]
    ports = [read("/sys/class/fc_host/%s/port_name" % host) for host in names("/sys/class/fc_host")]
    return {
        "iscsi_iqn": iqn,
        "hostnqn": read("/etc/nvme/hostnqn"),
        "fibre_channel_wwn": [port[2:] if port.startswith("0x") else port for port in ports],
    }
