"""Queries to a MySQL or MariaDB server."""

from __future__ import annotations

import time

from opsflow.target import mysql
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.mysql import Session
    from opsflow.target.mysql_wire import Result
    from opsflow.target.request import Request

_OF_ROWS = ("INSERT", "UPDATE", "DELETE", "REPLACE")
_OF_THINGS = ("CREATE", "DROP", "ALTER", "RENAME", "TRUNCATE")
_THERE_ALREADY = (1007, 1050, 1061, 1304, 1537, 1973)  # notes of CREATE … IF NOT EXISTS


def run(
    request: Request, query: list[str], args: Any = None, single_transaction: bool = False, **options: Any
) -> dict[str, Any]:
    """Run queries, all in one transaction with `single_transaction`."""
    told: dict[str, Any] = {"changed": False, "executed_queries": [], "query_result": [], "rowcount": []}
    times: list[float] = []
    with mysql.connect(request, options, options.get("login_db") or "") as session:
        session.prepare(options)
        session.run("SET AUTOCOMMIT = %d" % (not single_transaction))
        for text in query:
            start = time.time()
            try:
                bound = session.bind(text, args)
                done = session.run(bound)
            except Fail as error:
                raise Fail("Cannot execute SQL '%s': %s" % (text, error.msg)) from None
            times.append(round((time.time() - start) * 1000, 4))
            told["executed_queries"].append(bound)
            told["query_result"].append(mysql.rows_of(done))
            told["rowcount"].append(done.count)
            told["changed"] = told["changed"] or _changes(session, text, done)
        if single_transaction:
            session.run("COMMIT")
    return dict(told, execution_time_ms=times)


def _changes(session: Session, text: str, done: Result) -> bool:
    """Tell by its first word whether a statement has changed something."""
    start = text.lstrip()[:8].upper()
    if any(word in start for word in _OF_ROWS) and done.count > 0:
        return True
    if not any(word in start for word in _OF_THINGS):
        return False
    notes = session.rows("SHOW WARNINGS") if done.warned else []
    return not any(note["Code"] in _THERE_ALREADY for note in notes)
