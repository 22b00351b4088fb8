"""Settings of a PostgreSQL server, by ALTER SYSTEM."""

from __future__ import annotations

import re
import time

from opsflow.target import postgresql
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.postgresql import Row, Session
    from opsflow.target.request import Request

_LISTS = {
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces",
}  # fmt: skip
_UNITS = {"B": 1, "kB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_RELOAD = 5.0  # seconds in which a server reads its files again


def run(request: Request, name: str, reset: bool, value: str | None = None, **options: Any) -> dict[str, Any]:
    """Set or reset a setting; tell what it was and is."""
    if not options["trust_input"]:
        postgresql.refuse_dangerous(name, value, options.get("session_role"))
    if not re.match(r"[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)*$", name):
        raise Fail("'%s' is not the name of a setting" % name)
    with postgresql.connect(request, options) as session:
        setting = _Setting(session, name)
        now = setting.read()
        if now["context"] == "internal":
            raise Fail("%s: cannot be changed (internal context)" % name)
        told: dict[str, Any] = {
            "name": name,
            "prev_val_pretty": now["pretty"],
            "value_pretty": now["pretty"],
            "queries": [],
        }
        told.update(changed=False, context=now["context"], value={"value": now["raw"], "unit": now["unit"]})
        told["restart_required"] = now["context"] == "postmaster"
        query = setting.reset(now) if reset else setting.query(_word(value), now)
        if query:
            told.update(changed=True, value_pretty=now["pretty"] if reset else _word(value))
            if request.diff:
                told["diff"] = {"prepared": query}
        if query and not request.check:
            told["queries"] = [query]
            setting.change(query, told, now, options)
    if told["changed"] and told["restart_required"] and not request.check:
        told["warnings"] = ["Restart of PostgreSQL is required for setting %s" % name]
    return told


def _word(value: str | None) -> str:
    """Return a value as the server spells it: on and off, 1MB for 1mb."""
    text = {"True": "on", "False": "off"}.get(value or "", value or "")
    return text.upper() if re.match(r"\d+(b|mb|gb|tb)$", text) else text


class _Setting:
    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        self.name = name
        self.is_list = name in _LISTS or (name == "unix_socket_directories" and session.version >= 140000)

    def read(self) -> Row:
        """Return the setting as it is now: pretty, raw (bytes instead of blocks), unit, default, context."""
        row = self.session.one(
            "SELECT setting AS raw, unit, context, boot_val AS boot, current_setting(name) AS pretty"
            " FROM pg_settings WHERE name = %s",
            [self.name],
        )
        if row is None:
            raise Fail("No such parameter: %s. Please check its spelling or presence in your"
                       " PostgreSQL version" % self.name)  # fmt: skip
        if row["unit"] in ("kB", "MB"):
            for key in ("raw", "boot"):
                if int(row[key]) > 0:
                    row[key] = int(row[key]) * _UNITS[row["unit"]]
            row["unit"] = "b"
        if self.is_list:
            for key in ("raw", "pretty"):
                row[key] = ", ".join(part.strip('" ') for part in row[key].split(","))
        return row

    def reset(self, now: Row) -> str:
        return "" if now["raw"] == now["boot"] else "ALTER SYSTEM RESET %s" % self.name

    def query(self, value: str, now: Row) -> str:
        """Return the statement that sets a value, empty where the setting has it."""
        if _amount(value) == _amount(now["pretty"]):
            return ""
        if value == "default":
            return "ALTER SYSTEM SET %s = DEFAULT" % self.name
        parts = [value]
        single = self.name.endswith(("_command", "_prefix")) or self.name == "unix_socket_directories"
        if "," in value and (self.is_list or not single):
            parts = [part.strip() for part in value.split(",")]
        return "ALTER SYSTEM SET %s = %s" % (self.name, ",".join(map(self.session.literal, parts)))

    def change(self, query: str, told: dict[str, Any], before: Row, options: dict[str, Any]) -> None:
        """Run the statement, and tell what the setting is when the server has read it."""
        try:
            self.session.run(query)
        except postgresql.PgError as error:
            raise Fail("Unable to set %s value due to : %s" % (self.name, error.msg)) from None
        if before["context"] == "postmaster":
            return
        self._reload()
        if "backend" in before["context"]:
            self.session.reconnect(options)
        after = self.read()
        told.update(changed=after["raw"] != before["raw"], value_pretty=after["pretty"])
        told["value"] = {"value": after["raw"], "unit": after["unit"]}

    def _reload(self) -> None:
        """Have the server read its files, and wait until this session has heard of it."""
        self.session.run(
            "SELECT set_config('opsflow.loaded', pg_conf_load_time()::text, false), pg_reload_conf()"
        )
        until = time.time() + _RELOAD
        loaded = "SELECT pg_conf_load_time()::text <> current_setting('opsflow.loaded') AS yes"
        while time.time() < until:
            row = self.session.one(loaded)
            if row and row["yes"]:
                return
            time.sleep(0.01)


def _amount(text: str) -> int | float | str:
    """Return a size in bytes, a number, or the text that is neither."""
    found = re.match(r"(\d+)([kMGT]?B)$", text)
    if found:
        return int(found.group(1)) * _UNITS[found.group(2)]
    return float(text) if re.match(r"\d+(\.\d+)?$", text) else text
