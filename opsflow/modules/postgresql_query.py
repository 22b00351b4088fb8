"""postgresql_query: queries to a PostgreSQL server."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from opsflow.core.errors import TaskError

from .base.module import Module, Result, TaskContext, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Dict, List, StrList, Text, arg, to_items


@modules.register("postgresql_query")
class PostgresqlQuery(Module):
    """Run queries on a PostgreSQL server, in one transaction; check mode runs them and undoes it.

    Values of `positional_args` (for `%s`) and `named_args` (for `%(name)s`) are bound as literals, so that
    none can become a part of the query. Lists are arrays.

    Returns:
        query: the last query, with its values.
        query_list: the queries.
        query_result: rows of the last query, as mappings.
        query_all_results: rows of each query.
        rowcount: rows that were returned or changed.
        statusmessage: what the server says of the last query, such as INSERT 0 1.
        execution_time_ms: how long each took.

    Examples:
        - name: Whose account is it?
          postgresql_query:
            login_db: acme
            query: SELECT name FROM accounts WHERE id = %(id)s
            named_args:
              id: 42
          register: account

        - name: Clean up
          postgresql_query:
            login_db: acme
            query: VACUUM
            autocommit: true
    """

    class Args(PostgresqlArgs):
        query: Any
        """The query, or several."""
        positional_args: List | None = None
        """Values for `%s` in the query."""
        named_args: Dict | None = None
        """Values for `%(name)s` in the query."""
        login_db: Text | None = arg(None, "db")
        """The database."""
        autocommit: Bool = False
        """Run it in no transaction."""
        encoding: Text | None = None
        """The encoding of the client."""
        search_path: StrList | None = None
        """Schemas to look names up in."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.positional_args and self.named_args:
                raise ValueError("give positional_args or named_args, not both")
            if not self.queries():
                raise ValueError("query argument must be of type string or list")
            return self

        def queries(self) -> list[str]:
            """Return the queries, none where they are not text."""
            given = [self.query] if isinstance(self.query, str) else to_items(self.query)
            return [str(one) for one in given] if all(isinstance(one, str) and one for one in given) else []

    repeatable = False
    target = "postgresql_query.run"

    async def run(self, task: TaskContext, args: Args) -> Result:
        if args.autocommit and task.check:
            raise TaskError("Using autocommit is mutually exclusive with check_mode")
        sent = args.sent()
        bound = sent.pop("positional_args", None) or sent.pop("named_args", None)
        sent.pop("named_args", None)
        return await task.call(self.target, {**sent, "query": args.queries(), "args": bound})
