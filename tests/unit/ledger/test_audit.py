"""The audit says who changed what, and shows that nobody tampered with it."""

from __future__ import annotations

import pytest

from opsflow.ledger.audit import Question, entries
from opsflow.ledger.chain import COLUMNS, Head, broken, kept_head
from opsflow.ledger.place import LedgerError, scheme_of
from opsflow.ledger.store import Store, open_store

from .conftest import BOTH, Record
from .events import RUN_ID, START, whole_run

pytestmark = BOTH


def rows(store: Store, **question: object) -> list[tuple[object, ...]]:
    found = entries(store, Question(**question))  # type: ignore[arg-type]
    return [(e.entry.kind, e.entry.host, e.entry.task, e.entry.what, e.entry.name) for e in found]


def head_of(store: Store) -> Head:
    head = kept_head(store.rows("SELECT value FROM meta WHERE name = 'audit'"))
    assert head
    return head


def test_each_change_is_a_row(store: Store, record: Record) -> None:
    record(whole_run())
    assert rows(store) == [
        ("started", None, "opsflow play site.yml", None, None),
        ("changed", "web1", "Loop", None, None),
        ("changed", "web1", "Upgrade", "package", "nginx"),
        ("changed", "web1", "Upgrade", "package", "curl"),
        ("failed", "web2", "Upgrade", None, None),
        ("changed", "db1", "Hidden", None, None),
        ("finished", None, None, None, None),
    ]


def test_check_mode_changes_nothing(store: Store, record: Record) -> None:
    record(whole_run(check=True))
    assert [kind for kind, *_ in rows(store)] == ["started", "finished"]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ({"host": "web1"}, 3),
        ({"host": "web*"}, 4),
        ({"host": "WEB*"}, 0),
        ({"package": "nginx"}, 1),
        ({"package": "ngin_"}, 0),
        ({"package": "*"}, 2),
        ({"path": "/etc/hunter2"}, 0),
        ({"changes": True}, 4),
        ({"changes": True, "limit": 1}, 1),
        ({"run_id": RUN_ID}, 7),
        ({"run_id": "other"}, 0),
        ({"who": "nobody-of-that-name"}, 0),
        ({"until": START + 1}, 1),
        ({"since": START + 1}, 6),
    ],
)
def test_questions(store: Store, record: Record, question: dict[str, object], count: int) -> None:
    record(whole_run())
    assert len(rows(store, **question)) == count


def test_an_untouched_audit_is_whole(store: Store, record: Record) -> None:
    assert list(broken(store)) == []
    record(whole_run())
    noted = head_of(store)
    record(whole_run("20261121-130000-fedcba"))
    assert noted.number == 7
    assert list(broken(store, noted)) == []


@pytest.mark.parametrize("column", ["who", "host", "name", "new", "time", "run_id", "hash"])
def test_an_altered_row_is_found(store: Store, record: Record, url: str, column: str) -> None:
    record(whole_run())
    tamper(url, f"UPDATE audit SET {column} = '1' WHERE id = 3")
    assert "row 3 is not as it was written, or one was put in or removed just before it" in list(
        broken(store)
    )


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM audit WHERE id = 3", "row 3 removed"),
        ("DELETE FROM audit WHERE id IN (3, 4)", "rows 3 to 4 removed"),
        ("DELETE FROM audit WHERE id > 5", "the rows after 5 are gone: there were 7"),
        ("DELETE FROM audit", "the rows after 0 are gone: there were 7"),
        (
            f"INSERT INTO audit SELECT 8, {', '.join(COLUMNS)}, hash FROM audit WHERE id = 7",
            "the newest row is 8, but the last one written was 7",
        ),
        ("DELETE FROM meta WHERE name = 'audit'", "the newest row is 7, but the last one written was 0"),
    ],
)
def test_removed_and_inserted_rows_are_found(
    store: Store, record: Record, url: str, statement: str, said: str
) -> None:
    record(whole_run())
    tamper(url, statement)
    assert said in list(broken(store))


def test_a_row_put_in_between_is_found(store: Store, record: Record, url: str) -> None:
    record(whole_run())
    tamper(
        url,
        "UPDATE audit SET id = -id WHERE id >= 4",
        "UPDATE audit SET id = 1 - id WHERE id < 0",
        f"INSERT INTO audit SELECT 4, {', '.join(COLUMNS)}, hash FROM audit WHERE id = 3",
    )
    assert list(broken(store)) != []


def test_a_chain_made_anew_is_found_by_a_noted_head(store: Store, record: Record) -> None:
    record(whole_run())
    noted = head_of(store)
    other = Head(noted.number, "0" * 64)
    assert "row 7 has another hash than the one that was noted" in next(broken(store, other))
    assert list(broken(store, Head(99, noted.hash))) == ["row 99, which was noted, is gone"]


def test_the_database_itself_refuses_changes(store: Store, record: Record) -> None:
    record(whole_run())
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(LedgerError, match="rows of the audit are never"), store.transaction() as execute:
            execute(statement)


def tamper(url: str, *statements: str) -> None:
    """Write to the database as somebody would who owns it."""
    triggers = ["audit_is_never_changed", "audit_is_never_removed"]
    if scheme_of(url) == "postgresql":
        triggers = ["audit_is_sealed ON audit"]
    store = open_store(url)
    with store.transaction() as execute:
        for statement in (*(f"DROP TRIGGER {trigger}" for trigger in triggers), *statements):
            execute(statement)
    store.close()
