"""The part of an AnsibleModule that tells people and logs something."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import syslog
from collections.abc import Mapping

from opsflow.target.compat.common import warnings as told
from opsflow.target.compat.common.parameters import remove_values
from opsflow.target.compat.common.text.converters import to_native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Words:
    """Warnings, deprecations and lines in the host's log; mixed into AnsibleModule."""

    _name: str
    no_log: bool
    no_log_values: set[str]

    if TYPE_CHECKING:

        def fail_json(self, msg: Any, **kwargs: Any) -> Any: ...

    def warn(self, warning: str, **_: Any) -> None:
        """Add a warning to the result."""
        told.warn(warning)

    def deprecate(
        self,
        msg: str,
        version: str | None = None,
        date: str | None = None,
        collection_name: str | None = None,
        **_: Any,
    ) -> None:
        """Add to the result what will go, and with which version or on which day."""
        if version is not None and date is not None:
            raise AssertionError("implementation error -- version and date must not both be set")
        told.deprecate(msg, version=version, date=date, collection_name=collection_name)

    def debug(self, msg: Any) -> None:
        """Log a line, if the task asks for it."""
        if getattr(self, "_debug", False):
            self.log("[debug] %s" % msg)

    def log(self, msg: Any, log_args: Any = None) -> None:
        """Write a line to the host's log, secrets masked, unless the task says `no_log`."""
        if self.no_log:
            return
        facility = getattr(syslog, str(getattr(self, "_syslog_facility", "")), syslog.LOG_USER)
        text = remove_values(to_native(msg), self.no_log_values)
        syslog.openlog("ansible-%s" % self._name, 0, facility)
        try:
            syslog.syslog(syslog.LOG_INFO, text.replace("\0", "\\0"))
        except (OSError, ValueError) as error:
            self.fail_json(msg="Failed to log to syslog (%s)." % to_native(error), msg_to_log=text)

    def _add_deprecation(self, item: Any) -> None:
        if isinstance(item, (list, tuple)):
            self.deprecate(item[0], version=item[1])
        elif isinstance(item, Mapping):
            self.deprecate(
                item["msg"],
                version=item.get("version"),
                date=item.get("date"),
                collection_name=item.get("collection_name"),
            )
        else:
            self.deprecate(item)
