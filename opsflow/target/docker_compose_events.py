"""What `docker compose` tells of its work: lines of text, and from version 2.29 on lines of JSON."""

from __future__ import annotations

import json
import re

from opsflow.target.docker_api import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

WORKING = {
    "Creating", "Starting", "Restarting", "Stopping", "Killing", "Removing", "Recreate", "Pulling",
    "Building",
}  # fmt: skip
_DONE = {
    "Started", "Healthy", "Exited", "Restarted", "Running", "Created", "Stopped", "Killed", "Removed",
    "Recreated", "Pulled", "Built", "Waiting", "Error", "Warning",
}  # fmt: skip
_STATUS = WORKING | _DONE
_LAYER_WORKING = {
    "Pulling fs layer", "Waiting", "Downloading", "Verifying Checksum", "Extracting", "Working",
}  # fmt: skip
_LAYER = (_LAYER_WORKING - {"Working"}) | {"Already exists", "Download complete", "Pull complete"}

_RESOURCE = re.compile(r"(Network|Image|Volume|Container|Service)\s+(\S+)\s+(\S.*)$")
_PULL = re.compile(r"(\S+)\s+(Pulled|Pulling)$")
_TROUBLE = re.compile(r"(\S+)\s+(Error|Warning)\s*(.*)$")
_PROGRESS = re.compile(r"(\S+)\s+(%s)\b" % "|".join(sorted(_LAYER, reverse=True)))
_SKIPPED = re.compile(r"(\S+)\s+Skipped(?:\s+-\s*(.*))?$")
_BUILD = re.compile(r"build service\s+(\S+)$")
_LOG = re.compile(r'time="[^"]*"\s+level=(\w+)\s+msg="((?:[^"\\]|\\.)*)"')


class Event:
    """Something that happened, or is about to: to what, of which name, and a message if there is one."""

    def __init__(self, what: str, name: str | None, status: str | None, text: str | None = None) -> None:
        self.what = what
        self.name = name
        self.status = status
        self.text = text

    def action(self) -> dict[str, Any] | None:
        """Return it as something that was done, None where it only tells of an end or a state."""
        layer = self.what == "image-layer"
        if self.status not in (_LAYER_WORKING if layer else WORKING):
            return None
        return {"what": self.what, "id": self.name, "status": self.status}

    def error(self) -> str | None:
        """Return what went wrong, None where nothing did."""
        if self.status != "Error":
            return None
        about = "Error when processing %s: " % self.name if self.name else "General error: "
        return about + (self.text or "Error")

    def warning(self) -> str | None:
        """Return what compose warns of, None where it does not."""
        if self.status != "Warning" and not (self.status is None and self.text):
            return None
        return "Docker compose: %s %s: %s" % (self.what, self.name, self.text)


def read(text: str, as_json: bool, failed: bool) -> list[Event]:
    """Return the events of what compose wrote; `failed` says whether its last words are an error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _read_json(lines) if as_json else _read_text(lines, failed)


def _read_text(lines: list[str], failed: bool) -> list[Event]:
    events: list[Event] = []
    wrong: Event | None = None  # what lines that are no events belong to
    for number, line in enumerate(lines):
        line = re.sub(r"^DRY-RUN MODE -\s*", "", line)
        event = _of_line(line)
        last = failed and number == len(lines) - 1
        if event is None and wrong is not None:
            wrong.text = "%s\n%s" % (wrong.text, line) if wrong.text else line
        elif event is None and (line.startswith("Error ") or last):
            event = Event("unknown", None, "Error", line)
        if event is not None:
            events.append(event)
            wrong = event if event.status == "Error" else None
    return events


def _of_line(line: str) -> Event | None:
    found = _RESOURCE.match(line)
    if found:
        what, name, status = found.groups()
        return Event(what.lower(), name, *((status,) if status in _STATUS else (None, status)))
    for pattern, what in ((_PULL, "service"), (_TROUBLE, "unknown"), (_PROGRESS, "image-layer")):
        found = pattern.match(line)
        if found:
            text = found.group(3) if pattern is _TROUBLE else None
            return Event(what, found.group(1), found.group(2), text or None)
    found = _SKIPPED.match(line)
    if found:
        return Event("unknown", found.group(1), "Skipped", found.group(2))
    found = _BUILD.match(line)
    if found:
        return Event("service", found.group(1), "Building")
    found = _LOG.match(line)
    if found and found.group(1) == "warning":
        return Event("unknown", None, "Warning", found.group(2).replace('\\"', '"'))
    return None


def _read_json(lines: list[str]) -> list[Event]:
    events: list[Event] = []
    for line in lines:
        if line.startswith("Warning: "):
            events.append(Event("unknown", None, "Warning", line[len("Warning: ") :]))
            continue
        try:
            told = mapping(json.loads(line))
        except ValueError:  # what a plugin or a build writes between
            continue
        event = _of_object(told)
        if event is not None:
            events.append(event)
    return events


def _of_object(told: dict[str, Any]) -> Event | None:
    name, status, text = told.get("id"), told.get("status"), told.get("text")
    if told.get("tail"):
        return _of_tail(str(text))
    if told.get("error"):
        return Event("unknown", name, "Error", told.get("message"))
    if told.get("level") in ("warning", "error"):
        return Event("unknown", name, str(told["level"]).capitalize(), told.get("msg"))
    if isinstance(text, str) and text.startswith("build service "):
        return Event("service", text[len("build service ") :], "Building")
    if isinstance(name, str) and name.endswith("==>"):
        return None  # steps of a build
    if str(told.get("parent_id", "")).startswith("Image ") and status in ("Working", "Done"):
        return Event("image-layer", str(told["parent_id"])[len("Image ") :], status)
    if text in _LAYER:
        return Event("image-layer", name, text, status)
    if status is None and str(text).startswith("Skipped - "):
        return Event("unknown", name, "Skipped", str(text)[len("Skipped - ") :])
    what = "image" if text in ("Pulled", "Pulling") else "unknown"
    if isinstance(name, str) and " " in name:
        kind, name = name.split(" ", 1)
        what = kind.lower() if kind in ("Network", "Image", "Volume", "Container", "Service") else "unknown"
    if text in _STATUS and (status not in _STATUS or what == "image"):
        status, text = text, status
    return Event(what, name, status, text)


def _of_tail(text: str) -> Event:
    """Return what compose says at last: an error, unless it begins as a warning."""
    if text.lower().startswith("warning:"):
        return Event("unknown", None, "Warning", text[len("warning:") :].lstrip())
    return Event("unknown", None, "Error", text)
