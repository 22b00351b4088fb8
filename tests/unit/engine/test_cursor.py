"""The way through blocks, and places that sort in the order of a playbook."""

from opsflow.core.events import TaskInfo
from opsflow.core.origin import Origin
from opsflow.engine.cursor import Cursor
from opsflow.playbook.model import Block, Task
from opsflow.source.values import Map

HERE = Origin("play.yml", 1, 1)


def task(name: str) -> Task:
    return Task(TaskInfo(0, name, "ping", HERE), HERE, None, Map(HERE), {}, frozenset())


def walk(cursor: Cursor, failing: str = "") -> list[str]:
    names: list[str] = []
    while found := cursor.task():
        names.append(found.name)
        if found.name in failing.split():
            cursor.fail()
        else:
            cursor.advance()
    return names


def play() -> Cursor:
    inner = Block(HERE, [task("i1"), task("i2")], always=[task("ia")])
    outer = Block(HERE, [task("b1"), inner, task("b2")], [task("r1")], [task("a1")])
    return Cursor([task("first"), outer, task("last")])


def test_all_goes_well() -> None:
    assert walk(play()) == ["first", "b1", "i1", "i2", "ia", "b2", "a1", "last"]


def test_a_failure_inside_goes_through_always_to_the_outer_rescue() -> None:
    cursor = play()
    assert walk(cursor, "i1") == ["first", "b1", "i1", "ia", "r1", "a1", "last"]
    assert not cursor.failed


def test_a_failure_in_rescue_still_does_always_and_then_fails() -> None:
    cursor = play()
    assert walk(cursor, "b1 r1") == ["first", "b1", "r1", "a1"]
    assert cursor.failed


def test_a_failure_in_always_is_a_failure() -> None:
    cursor = play()
    assert walk(cursor, "a1") == ["first", "b1", "i1", "i2", "ia", "b2", "a1"]
    assert cursor.failed


def test_positions_grow_on_every_way_through_a_play() -> None:
    for failing in ("", "i1", "b1", "b1 r1"):
        cursor, places = play(), []
        while found := cursor.task():
            places.append(cursor.position)
            if found.name in failing.split():
                cursor.fail()
            else:
                cursor.advance()
        assert places == sorted(places)


def test_what_an_include_brings_comes_before_the_task_behind_it() -> None:
    cursor, other = play(), play()
    cursor.task()
    cursor.include([Block(HERE, [task("x1"), task("x2")], local={"item": 1})])
    other.task()
    other.advance()
    assert cursor.task() is not None
    assert other.task() is not None
    assert cursor.position < other.position
    assert cursor.locals == [{"item": 1}]
    assert walk(cursor)[:3] == ["x1", "x2", "b1"]
    assert cursor.locals == []
