"""Messages to the log of the host."""

from __future__ import annotations

import syslog

from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(
    request: Request, ident: str, msg: str, priority: str, facility: str, log_pid: bool
) -> dict[str, Any]:
    """Write one message."""
    result = {"ident": ident, "priority": priority, "facility": facility, "log_pid": log_pid, "msg": msg}
    try:
        syslog.openlog(ident, syslog.LOG_PID if log_pid else 0, getattr(syslog, "LOG_" + facility.upper()))
        syslog.syslog(getattr(syslog, "LOG_" + priority.upper()), msg)
    except ValueError as error:
        raise Fail("cannot write to the log: %s" % error, **result) from None
    finally:
        syslog.closelog()
    return dict(result, changed=True)
