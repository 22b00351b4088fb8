"""syslogger: a line in the log of a host."""

from __future__ import annotations

from typing import Literal

from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, Text

Facility = Literal[
    "kern", "user", "mail", "daemon", "auth", "lpr", "news", "uucp", "cron", "syslog",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
]  # fmt: skip
Priority = Literal["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"]


@modules.register("syslogger")
class SysLogger(Module):
    """Write a message to the log of the host, by syslog.

    Returns:
        ident, priority, facility, log_pid, msg: as asked for.

    Examples:
        - name: Leave a note of the maintenance
          syslogger:
            msg: "Maintenance by OpsFlow begins"
            ident: maintenance
            priority: notice
    """

    class Args(ModuleArgs):
        msg: Text
        """The message, one line."""
        ident: Text = "ansible_syslogger"
        """The name of the program that the log is told."""
        priority: Priority = "info"
        """How grave it is."""
        facility: Facility = "daemon"
        """What part of the system it comes from."""
        log_pid: Bool = False
        """Write the number of the process behind the name."""

    target = "syslogger.run"
    check_mode = False
