"""What identifies a system, without gathering facts: its os-release, kernel, architecture, boot."""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
PRO_STATUS = "/var/lib/ubuntu-advantage/status.json"


def run(request: Request) -> dict[str, Any]:
    """Return id, id_like, release, codename, name, kernel, architecture and boot_id."""
    fields = _fields()
    system = os.uname()
    return {
        "id": fields.get("ID", ""),
        "id_like": fields.get("ID_LIKE", "").split(),
        "release": fields.get("VERSION_ID", ""),
        "codename": fields.get("VERSION_CODENAME", ""),
        "name": fields.get("PRETTY_NAME", ""),
        "kernel": system.release,
        "architecture": system.machine,
        "boot_id": _text("/proc/sys/kernel/random/boot_id").strip(),
        "changed": False,
    }


def codename() -> str:
    """Return the code name of the release, such as bookworm."""
    return _fields().get("VERSION_CODENAME", "")


def _fields() -> dict[str, str]:
    return parse_os_release(_text(next((path for path in OS_RELEASE if os.path.exists(path)), "")))


def pro_services(request: Request) -> dict[str, Any]:
    """Return the Ubuntu Pro services that are enabled (`esm-infra`, …), as Pro's own state file says."""
    try:
        status: dict[str, Any] = json.loads(_text(PRO_STATUS) or "{}")
    except ValueError:
        status = {}
    services: list[dict[str, str]] = status.get("services") or []
    return {"services": sorted(one["name"] for one in services if one.get("status") == "enabled")}


def parse_os_release(text: str) -> dict[str, str]:
    """Return the fields of an os-release file, without their quotes."""
    fields = (line.partition("=") for line in text.splitlines() if "=" in line and line[:1] != "#")
    return {key.strip(): value.strip().strip("\"'") for key, _, value in fields}


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
