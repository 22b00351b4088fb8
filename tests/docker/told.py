"""What a module told of the tasks of a case, without what is different each time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

CASES = Path(__file__).parent / "cases"
WORDS = {"check_mode", "diff", "ignore_errors"}
LEFT_OUT = {
    "ansible_facts", "deprecations", "exception", "failed", "invocation", "msg", "stdout_lines", "warnings",
    "cmd", "stderr", "stderr_lines", "rc", "com.docker.compose.config-hash",
    "com.docker.compose.project.config_files", "com.docker.compose.project.working_dir",
    "com.docker.compose.version",
}  # fmt: skip
"""Keys that are Ansible's own, or the words for what failed."""
OF_DAEMON = {
    "MaskedPaths",
    "ReadonlyPaths",
    "ConsoleSize",
    "Hostname",
    "host_info",
    "disk_usage",
    "RepoDigests",
}
"""What the daemon says by itself."""
OF_COMPOSE = {"CreatedAt", "RunningFor", "Status"}
"""What Compose says of the age of containers."""
EMPTY = {"images", "ExposedPorts", "PublishAllPorts", "ReadOnly", "Source"}
"""Keys whose emptiness says nothing."""
IN_ORDER = {"actions", "Cmd", "command", "Dns", "DnsSearch", "entrypoint", "Entrypoint"}

RECORDED = "1.41"
"""The version of the API of the daemon whose answers are recorded: others say more, or otherwise."""

Step = dict[str, Any]


def cases() -> list[Path]:
    return sorted(CASES.glob("*.yml"))


def steps(case: Path, registry: str, directory: str) -> list[Step]:
    """Return the tasks of a case: REGISTRY is one that wants a password, DIRECTORY that of the daemon."""
    return yaml.safe_load(case.read_text().replace("REGISTRY", registry).replace("DIRECTORY", directory))


def recording(case: Path) -> Path | None:
    """Return where the answers to a case are, None where Compose is needed and not there."""
    if case.stem != "compose":
        return case.with_suffix(".json")
    if not shutil.which("docker"):
        return None
    command = ["docker", "compose", "version", "--short"]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    version = re.match(r"v?(\d+\.\d+)", said)
    return CASES / f"compose-{version[1]}.json" if version else None


def module_of(step: Step) -> str:
    return next(name for name in step if name not in WORDS)


def plain(told: Any, directory: str, key: str = "") -> Any:
    """Return a result, or a part of it, without what is different each time."""
    if isinstance(told, dict):
        found = {
            _plain_text(key, directory): plain(value, directory, key)
            for key, value in sorted(told.items())
            if value is not None
        }
        found = {
            key: value
            for key, value in found.items()
            if key not in LEFT_OUT | OF_DAEMON and (value or key not in EMPTY)
        }
        if "Publishers" in found:
            return {key: value for key, value in found.items() if key not in OF_COMPOSE}
        return _shortened(found)
    if isinstance(told, list):
        items = [plain(item, directory) for item in told]
        ordered = key in IN_ORDER and not (
            items and "what" in items[0]
        )  # Compose does several things at once
        return items if ordered else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return _plain_text(told, directory) if isinstance(told, str) else told


def _shortened(told: dict[str, Any]) -> dict[str, Any]:
    """Return what `inspect` says of a container without what is empty, and without its surroundings."""
    if "HostConfig" not in told or "State" not in told:
        return told
    kept = {key: {k: v for k, v in told[key].items() if v} for key in ("Config", "HostConfig")}
    networks = {
        name: {key: network[key] for key in ("Aliases", "IPAMConfig") if network.get(key)}
        for name, network in told["NetworkSettings"]["Networks"].items()
    }
    state = {key: told["State"][key] for key in ("Status", "ExitCode")}
    more = {"Output": told["Output"]} if "Output" in told else {}
    return {**kept, "Name": told["Name"], "State": state, "Networks": networks, **more}


def _plain_text(text: str, directory: str) -> str:
    text = text.replace(directory, "DIRECTORY")
    text = re.sub(r"\b127\.0\.0\.1:\d{5}\b", "REGISTRY", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "ID", text)
    text = re.sub(r"\b[0-9a-f]{12}\b", "SHORT", text)
    text = re.sub(r"\b(172|192)(\.\d+){3}", "ADDRESS", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)", "TIME", text)
    return re.sub(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC", text)
