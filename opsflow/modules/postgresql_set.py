"""postgresql_set: settings of a PostgreSQL server."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from .base.module import Module, modules
from .base.postgresql import PostgresqlArgs
from .base.types import Bool, Text, arg


@modules.register("postgresql_set")
class PostgresqlSet(Module):
    """Set a setting of a PostgreSQL server by ALTER SYSTEM, or reset it, and have the server read it.

    The server is not restarted: where that is needed, `restart_required` and a warning say so.

    Returns:
        name, context: the setting, and when it takes effect.
        prev_val_pretty, value_pretty: before and now.
        value: now, as `value` and `unit`.
        restart_required: whether a change waits for a restart.
        queries: the statements that were run.

    Examples:
        - name: More memory for sorting
          postgresql_set:
            name: work_mem
            value: 64MB
          become: true
          become_user: postgres
    """

    class Args(PostgresqlArgs):
        name: Text
        """The setting."""
        value: Text | None = None
        """Its value."""
        reset: Bool = False
        """Put it back to its default."""
        login_db: Text | None = arg(None, "db")
        """The database."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if self.value is not None and self.reset:
                raise ValueError("value and reset params are mutually exclusive")
            if self.value is None and not self.reset:
                raise ValueError("at least one of value or reset param must be specified")
            if self.name == "shared_preload_libraries" and self.value == "":
                raise ValueError("an empty shared_preload_libraries hurts the server: use reset")
            return self

    target = "postgresql_set.run"
