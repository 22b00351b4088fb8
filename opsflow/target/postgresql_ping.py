"""Whether a PostgreSQL server answers, and its version."""

from __future__ import annotations

import re

from opsflow.target import postgresql
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, **options: Any) -> dict[str, Any]:
    """Ask the server for its version; a server that is not there is no failure."""
    if not options.get("trust_input", True):
        postgresql.refuse_dangerous(options.get("session_role"))
    nothing: dict[str, Any] = {"changed": False, "is_available": False, "server_version": {}}
    try:
        session = postgresql.connect(request, options)
    except Fail as error:
        if error.msg.startswith("Could not switch role"):
            raise
        return dict(nothing, conn_err_msg=error.msg.replace("unable to connect to database: ", "", 1))
    with session:
        row = session.one("SELECT version()")
        assert row
        return dict(nothing, conn_err_msg="", is_available=True, server_version=_version(row["version"]))


def _version(raw: str) -> dict[str, Any]:
    full = raw.split()[1]
    numbers = [int(number) for number in re.findall(r"\d+", full.split("-")[0])[:3]] + [0, 0]
    found = {"major": numbers[0], "minor": numbers[1], "full": full, "raw": raw}
    return dict(found, patch=numbers[2]) if len(numbers) == 5 else found
