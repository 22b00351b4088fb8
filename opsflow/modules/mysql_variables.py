"""mysql_variables: variables of a MySQL or MariaDB server."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, modules
from .base.mysql import MysqlArgs
from .base.types import Text


@modules.register("mysql_variables")
class MysqlVariables(Module):
    """Tell a global variable of a MySQL or MariaDB server, or set it.

    `mode` persist and persist_only, which also count after a restart, are those of MySQL 8.

    Returns:
        msg: the value, or what was done.
        queries: the statement that was run.

    Examples:
        - name: Allow more connections
          mysql_variables:
            login_unix_socket: /run/mysqld/mysqld.sock
            variable: max_connections
            value: 300
    """

    class Args(MysqlArgs):
        variable: Text
        """The variable."""
        value: Text | None = None
        """Its value; without one it is only told."""
        mode: Literal["global", "persist", "persist_only"] = "global"
        """Set it now, for the next start, or both."""

        @model_validator(mode="after")
        def _sensible(self) -> Self:
            if not re.fullmatch(r"[0-9A-Za-z_.]+", self.variable):
                raise ValueError(f'invalid variable name "{self.variable}"')
            return self

    target = "mysql_variables.run"
