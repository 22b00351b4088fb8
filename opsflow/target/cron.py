"""Jobs of cron, each under a comment with its name: in a user's table or in a file of /etc/cron.d."""

from __future__ import annotations

import os
import re

from opsflow.target import files
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_MARK = "#Ansible: "
_ENV = re.compile(r"\s*(\w+)\s*=")


def run(request: Request, name: str, **want: Any) -> dict[str, Any]:
    """Bring a job, or with `env` a variable, to what is wanted."""
    table = Table(request, want.get("user"), want.get("cron_file"))
    before = table.read()
    if want["state"] == "absent" and want["env"]:
        after = _without_env(before, name)
    elif want["state"] == "absent":
        after = _without_job(before, name)
    elif want["env"]:
        after = _with_env(before, name, want)
    else:
        after = _with_job(before, name, _job(want, table))
    result: dict[str, Any] = {"changed": after != before, "jobs": _names(after), "envs": _envs(after)}
    if table.path:
        result["cron_file"] = want["cron_file"]
    if after != before:
        if not request.check:
            if want["backup"]:
                result["backup_file"] = table.back_up(before)
            table.write(after)
        if request.diff:
            old, new = ("".join(line + "\n" for line in lines).encode() for lines in (before, after))
            result["diff"] = files.diff(old, new, "crontab", "crontab")
    return result


class Table:
    """Where jobs are: a user's crontab, or a file."""

    def __init__(self, request: Request, user: str | None, cron_file: str | None) -> None:
        self.request = request
        self.user = user
        self.path = os.path.join("/etc/cron.d", cron_file) if cron_file else None
        self.argv = ["crontab", *(["-u", user] if user else [])]

    def read(self) -> list[str]:
        if self.path:
            try:
                with open(self.path, errors="surrogateescape") as file:
                    return file.read().splitlines()
            except FileNotFoundError:
                return []
        done = self.request.command([*self.argv, "-l"])
        if done.rc != 0 and "no crontab" not in done.stderr:
            done.check("crontab -l")
        return done.stdout.splitlines() if done.rc == 0 else []

    def write(self, lines: list[str]) -> None:
        text = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
        if not self.path:
            self.request.command([*self.argv, "-"], stdin=text or b"\n").check("crontab")
        elif lines:
            mode = None if os.path.exists(self.path) else "0644"  # cron ignores what others may write
            files.replace(self.request, self.path, [text], {"mode": mode})
        elif os.path.exists(self.path):
            os.unlink(self.path)

    def back_up(self, lines: list[str]) -> str | None:
        if self.path:
            return files.back_up(self.path)
        path = "/var/backups/crontab.%s.opsflow" % (self.user or "root")
        text = "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")
        files.replace(self.request, path, [text], {"mode": "0600"})
        return path


def _job(want: dict[str, Any], table: Table) -> str:
    """Return a job's line."""
    if want.get("special_time"):
        when = "@" + want["special_time"]
    else:
        when = " ".join(want[field] for field in ("minute", "hour", "day", "month", "weekday"))
    user = "%s " % (table.user or "root") if table.path else ""
    line = "%s %s%s" % (when, user, want["job"].strip("\r\n"))
    return "#" + line if want["disabled"] else line


def _without_job(lines: list[str], name: str) -> list[str]:
    kept: list[str] = []
    skip = False
    for line in lines:
        if skip:
            skip = False
        elif line == _MARK + name:
            skip = True
        else:
            kept.append(line)
    return kept


def _with_job(lines: list[str], name: str, job: str) -> list[str]:
    mark = _MARK + name
    if mark not in lines:
        return [*lines, mark, job]
    at = lines.index(mark)
    return [*lines[: at + 1], job, *_without_job(lines[at + 2 :], name)]


def _without_env(lines: list[str], name: str) -> list[str]:
    return [line for line in lines if not _is_env(line, name)]


def _is_env(line: str, name: str) -> bool:
    match = _ENV.match(line)
    return bool(match) and match.group(1) == name  # type: ignore[union-attr]


def _with_env(lines: list[str], name: str, want: dict[str, Any]) -> list[str]:
    line = '%s="%s"' % (name, want["job"])
    at = next((index for index, old in enumerate(lines) if _is_env(old, name)), None)
    if at is not None:
        return [*lines[:at], line, *_without_env(lines[at + 1 :], name)]
    place = want.get("insertafter") or want.get("insertbefore")
    if not place:
        return [line, *lines]
    at = next((index for index, old in enumerate(lines) if _is_env(old, place)), None)
    if at is None:
        raise Fail("there is no variable '%s' to insert '%s' beside" % (place, name))
    at += bool(want.get("insertafter"))
    return [*lines[:at], line, *lines[at:]]


def _names(lines: list[str]) -> list[str]:
    return [line[len(_MARK) :] for line in lines if line.startswith(_MARK)]


def _envs(lines: list[str]) -> list[str]:
    return [match.group(1) for match in map(_ENV.match, lines) if match]
