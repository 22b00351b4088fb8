"""wait_for: until a port, a file or a text is there, or gone."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import model_validator

from .base.module import Module, ModuleArgs, modules
from .base.types import Float, Int, Path, StrList, Text, arg

_ACTIVE = ["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"]


@modules.register("wait_for")
class WaitFor(Module):
    r"""Wait on the host for a port to open or close, a file, a text in either, or the end of connections.

    With neither port nor path it waits for `timeout` seconds.

    Returns:
        elapsed: how many seconds it took.
        match_groups, match_groupdict: what the groups of `search_regex` found.

    Examples:
        - name: Wait for a port
          wait_for:
            port: 5432
            timeout: 60

        - name: Wait for a line in a log
          wait_for:
            path: /var/log/app.log
            search_regex: started in (\d+) seconds
    """

    class Args(ModuleArgs):
        host: Text = "127.0.0.1"
        """The host to connect to, as the host of the task sees it."""
        port: Int | None = None
        """The port to wait for."""
        path: Path | None = None
        """The file to wait for."""
        search_regex: Text | None = None
        """A regular expression that the file or what the port says must fit."""
        state: Literal["started", "stopped", "present", "absent", "drained"] = "started"
        """What to wait for; `drained` means that nobody is connected any more."""
        delay: Float = 0.0
        """Seconds before the first look."""
        timeout: Float = 300.0
        """Seconds to wait at most."""
        sleep: Float = 1.0
        """Seconds between looks."""
        connect_timeout: Float = 5.0
        """Seconds to wait for one connection."""
        msg: Text | None = None
        """What to say when it takes too long."""
        active_connection_states: StrList = arg(_ACTIVE)
        """States of TCP that count as connected."""
        exclude_hosts: StrList | None = None
        """Addresses whose connections do not count."""

        @model_validator(mode="after")
        def _one_subject(self) -> Self:
            if self.port is not None and self.path is not None:
                raise ValueError("port and path can't be given together")
            if self.state == "drained" and self.port is None:
                raise ValueError("state drained needs a port")
            if self.state in ("stopped", "absent") and self.port is None and self.path is None:
                raise ValueError(f"state {self.state} needs a port or a path")
            if self.exclude_hosts and self.state != "drained":
                raise ValueError("exclude_hosts is for state drained only")
            try:
                re.compile(self.search_regex or "")
            except re.error as error:
                raise ValueError(f"search_regex is not a regular expression: {error}") from None
            return self

    target = "wait_for.run"
    check_mode = False
