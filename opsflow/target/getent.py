"""Entries of the name service's databases, as facts."""

from __future__ import annotations

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_COLON = ("passwd", "shadow", "group", "gshadow")
_PROBLEMS = {
    1: "there is no database '%s'",
    2: "the key was not found in the database %s",
    3: "the database %s can't be listed: give a key",
}


def run(
    request: Request,
    database: str,
    key: str | None = None,
    service: str | None = None,
    split: str | None = None,
    fail_key: bool = True,
) -> dict[str, Any]:
    """Return the entry of a key, or all entries, under `getent_DATABASE`."""
    argv = ["getent", *(["-s", service] if service else []), database, *([key] if key is not None else [])]
    done = request.command(argv)
    fact = "getent_" + database
    if done.rc == 2 and not fail_key:
        return {"changed": False, "ansible_facts": {fact: {key: None}}}
    if done.rc != 0:
        problem = _PROBLEMS.get(done.rc)
        raise Fail(problem % database if problem else "getent failed: %s" % done.stderr.strip(), rc=done.rc)
    separator = split if split is not None else ":" if database in _COLON else None
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        fields = line.split(separator)
        if fields:
            found.setdefault(fields[0], []).extend(fields[1:])
    return {"changed": False, "ansible_facts": {fact: found}}
