"""mysql_query: queries to a MySQL or MariaDB server."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from .base.module import Module, Result, TaskContext, modules
from .base.mysql import MysqlArgs
from .base.types import Bool, Dict, List, Text, to_items


@modules.register("mysql_query")
class MysqlQuery(Module):
    """Run queries on a MySQL or MariaDB server. Check mode skips it.

    Values of `positional_args` (for `%s`) and `named_args` (for `%(name)s`) are bound as literals, so that
    none can become a part of the query.

    Returns:
        executed_queries: the queries with their values.
        query_result: rows of each query, as mappings.
        rowcount: for each query, rows that were returned or changed.
        execution_time_ms: how long each took.

    Examples:
        - name: Whose account is it?
          mysql_query:
            login_unix_socket: /run/mysqld/mysqld.sock
            login_db: acme
            query: SELECT name FROM accounts WHERE id = %(id)s
            named_args:
              id: 42
          register: account
    """

    class Args(MysqlArgs):
        query: Any
        """The query, or several."""
        login_db: Text | None = None
        """The database."""
        positional_args: List | None = None
        """Values for `%s` in the query."""
        named_args: Dict | None = None
        """Values for `%(name)s` in the query."""
        single_transaction: Bool = False
        """Do all in one transaction."""
        session_vars: Dict | None = None
        """Settings of the session."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.positional_args and self.named_args:
                raise ValueError("give positional_args or named_args, not both")
            if not self.queries():
                raise ValueError("the query option value must be a string or list of strings")
            return self

        def queries(self) -> list[str]:
            """Return the queries, none where they are not text."""
            given = [self.query] if isinstance(self.query, str) else to_items(self.query)
            return [str(one) for one in given] if all(isinstance(one, str) and one for one in given) else []

    repeatable = False
    target = "mysql_query.run"
    check_mode = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        sent = args.sent()
        bound = sent.pop("positional_args", None) or sent.pop("named_args", None)
        sent.pop("named_args", None)
        return await task.call(self.target, {**sent, "query": args.queries(), "args": bound})
