"""Privileges of users of MySQL and MariaDB: what is wanted, what they have, and the steps between."""

from __future__ import annotations

import re

from opsflow.target.mysql_values import identifier
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.mysql import Session

    Privileges = dict[str, list[str]]  # by what they are for, such as *.* or `db`.`table`

_COMMA = re.compile(r",(?![^(]*\))")
_WORD = re.compile(r"([A-Za-z_ ]+?)\s*(?:\(([^()]*)\))?$")
_COLUMN = re.compile(r"[\w$ ]+$")
_GRANT = re.compile(r"GRANT (.+) ON (.+) TO (['`]).*?\3@(['`]).*?\4(.*)$", re.DOTALL)


class Step:
    """Privileges that are granted and revoked for one thing."""

    def __init__(self, place: str, granted: list[str], revoked: list[str], said: str) -> None:
        self.place = place
        self.granted = granted
        self.revoked = revoked
        self.said = said


def unpack(text: str, case_sensitive: bool, usage: bool) -> Privileges:
    """Return privileges that are written as `db.table:PRIV,PRIV/db.*:PRIV`. Raises Fail for what is none.

    Args:
        text: the privileges.
        case_sensitive: names of columns stay as they are, else they are written in capitals.
        usage: the server's own *.*:USAGE is meant too.
    """
    found: Privileges = {}
    for item in text.strip().split("/"):
        place, colon, words = item.strip().rpartition(":")
        if not colon:
            raise Fail("'%s' is not privileges such as db.table:SELECT,INSERT" % item)
        found[_place(place)] = [_word(word, case_sensitive) for word in _COMMA.split(words)]
    if usage:
        found.setdefault("*.*", ["USAGE"])
    return found


def _place(text: str) -> str:
    """Return `db`.`table` in quotes; a star stays one."""
    head, space, rest = text.partition(" ")
    kind = head + " " if space and head in ("FUNCTION", "PROCEDURE") else ""
    parts = (rest if kind else text).rsplit(".", 1)
    return kind + ".".join("*" if part.strip("`") == "*" else identifier(part.strip("`")) for part in parts)


def _word(text: str, case_sensitive: bool) -> str:
    """Return a privilege as the server writes it, its columns in order."""
    found = _WORD.match(text.strip())
    if not found:
        raise Fail("'%s' is not a privilege" % text.strip())
    name = found.group(1).strip().upper()
    name = "ALL" if name == "ALL PRIVILEGES" else name
    if found.group(2) is None:
        return name
    columns = sorted(column.strip().strip("`") for column in found.group(2).split(","))
    bad = [column for column in columns if not _COLUMN.match(column)]
    if bad:
        raise Fail("'%s' is not the name of a column" % bad[0])
    columns = columns if case_sensitive else sorted(column.upper() for column in columns)
    return "%s (%s)" % (name, ", ".join(columns))


def current(session: Session, account: str) -> Privileges:
    """Return what an account may do; roles are passed over."""
    found: Privileges = {}
    for row in session.rows("SHOW GRANTS FOR " + account):
        (line,) = row.values()
        match = _GRANT.match(line)
        if match:
            words = [_word(word, True) for word in _COMMA.split(match.group(1))]
            words += ["GRANT"] if "WITH GRANT OPTION" in match.group(5) else []
            found.setdefault(match.group(2), []).extend(words)
    return found


def plan(now: Privileges, wanted: Privileges, append: bool, subtract: bool, keep: bool) -> list[Step]:
    """Return the steps from what is to what is wanted.

    Args:
        now: what the user has.
        wanted: what is asked for.
        append: nothing is revoked.
        subtract: what is asked for is revoked, and nothing is granted.
        keep: what is not spoken of is kept, as for root.
    """
    steps: list[Step] = []
    for place, words in now.items():
        if place not in wanted and not (append or subtract or keep or "PROXY" in words):
            steps.append(Step(place, [], words, "Privileges updated"))
    for place, words in wanted.items():
        if place not in now and not subtract:
            steps.append(Step(place, words, [], "New privileges granted"))
    for place, words in wanted.items():
        if place in now:
            steps += _between(place, now[place], words, append, subtract)
    return steps


def _between(place: str, now: list[str], wanted: list[str], append: bool, subtract: bool) -> list[Step]:
    granted = [] if subtract else [word for word in wanted if word not in now]
    revoked = [word for word in now if word not in wanted] if not append else []
    if subtract:
        revoked = [word for word in now if word in wanted]
    if "ALL" in granted:
        revoked = [word for word in revoked if word in ("GRANT", "PROXY")]
    if granted == ["GRANT"]:
        granted.append("USAGE")  # WITH GRANT OPTION can't stand alone
    said = "Privileges updated: granted %s, revoked %s" % (granted, revoked)
    return [Step(place, granted, revoked, said)] if granted or revoked else []


def statements(step: Step, account: str) -> list[str]:
    """Return the statements of a step, revoking first."""
    found: list[str] = []
    if "GRANT" in step.revoked and "GRANT" not in step.granted:
        found.append("REVOKE GRANT OPTION ON %s FROM %s" % (step.place, account))
    gone = [word for word in step.revoked if word not in ("GRANT", "USAGE")]
    if gone:
        found.append("REVOKE %s ON %s FROM %s" % (",".join(map(_quoted, gone)), step.place, account))
    if step.granted:
        words = ",".join(_quoted(word) for word in step.granted if word != "GRANT") or "USAGE"
        option = " WITH GRANT OPTION" if "GRANT" in step.granted else ""
        found.append("GRANT %s ON %s TO %s%s" % (words, step.place, account, option))
    return found


def _quoted(word: str) -> str:
    """Return a privilege with the names of its columns in quotes."""
    name, bracket, columns = word.partition(" (")
    if not bracket:
        return word
    return "%s (%s)" % (name, ", ".join(map(identifier, columns[:-1].split(", "))))


def as_text(given: Any) -> str:
    """Return privileges as text, which a mapping of places to privileges may stand for."""
    return "/".join("%s:%s" % pair for pair in given.items()) if isinstance(given, dict) else str(given)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
