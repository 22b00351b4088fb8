"""Queries to a PostgreSQL server."""

from __future__ import annotations

import re
import time

from opsflow.target import postgresql
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Session
    from opsflow.target.postgresql_wire import Result
    from opsflow.target.request import Request


def run(
    request: Request, query: list[str], args: Any = None, autocommit: bool = False, **options: Any
) -> dict[str, Any]:
    """Run queries in one transaction, or each for itself with `autocommit`; undo them in check mode."""
    if options.get("encoding"):
        given: dict[str, Any] = options.get("connect_params") or {}
        options["connect_params"] = dict(given, client_encoding=options["encoding"])
    with postgresql.connect(request, options) as session:
        if options.get("search_path"):
            session.run("SET search_path TO %s" % ",".join(name.strip() for name in options["search_path"]))
        if not autocommit:
            session.run("BEGIN")
        result = _all(session, query, args)
        if not autocommit:
            session.run("ROLLBACK" if request.check else "COMMIT")
    return result


def _all(session: Session, queries: list[str], args: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"changed": False, "query_list": queries, "rowcount": 0}
    times: list[float] = []
    answers: list[Any] = []
    for query in queries:
        start = time.time()
        try:
            told["query"] = session.bind(query, args)
            done = session.run(told["query"])
            rows = postgresql.rows_of(done)
        except Fail as error:
            raise Fail("Cannot execute SQL '%s': %s" % (query, error.msg), query_list=queries) from None
        times.append(round((time.time() - start) * 1000, 4))
        answers.append(rows or {})
        told["rowcount"] += max(done.count, 0)
        told["statusmessage"] = done.tag
        told["changed"] = told["changed"] or _changes(done)
    return dict(told, query_result=answers[-1], query_all_results=answers, execution_time_ms=times)


def _changes(done: Result) -> bool:
    """Tell by its tag whether a statement may have changed something."""
    if "SELECT" in done.tag or "SHOW" in done.tag:
        return False
    return done.count != 0 if re.match("UPDATE|INSERT|DELETE", done.tag) else True
