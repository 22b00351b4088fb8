"""A message that nobody took is kept and sent later, once, whoever sends it; it gives no secret away."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from opsflow.core.events import RunFinished
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary
from opsflow.ledger import outbox
from opsflow.ledger.outbox import Letter, Outbox, Way, letters
from opsflow.ledger.place import file_of
from opsflow.ledger.store import Store, open_store
from opsflow.notifiers.base import Notifier, NotifierConfig, NotifyError, notifiers
from opsflow.notifiers.message import Message
from tests.support.ledgers import ledger_text
from tests.support.servers import Hook, listening
from tests.support.telling import Told
from tests.unit.ledger.conftest import BOTH

WAY = Way("/etc/opsflow.yml", "mail", "route 1")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


class Clock:
    def __init__(self) -> None:
        self.now = 1.7e9

    def __call__(self) -> float:
        return self.now


def letter(number: int, way: Way = WAY, at: float = 1.7e9) -> Letter:
    return Letter(
        f"id{number}", "r-1", way, "failed", "error", f"title {number}", at + number, message=b"%d" % number
    )


def merge(id: str, packed: object) -> tuple[bytes, str, str, str]:
    return repr((id, packed)).encode(), "failed", "error", "several"


def state(store: Store) -> list[tuple[str, str, int]]:
    return [(one.id, one.state, one.attempts) for one in letters(store)]


@BOTH
def test_the_oldest_comes_first_and_belongs_to_who_took_it(store: Store) -> None:
    box = Outbox(store, Clock())
    for number in (2, 1, 3):
        assert box.put(letter(number))
    first = box.take(WAY.source, WAY.notifier)
    assert first is not None
    assert (first.id, bytes(first.message or b"")) == ("id1", b"1")
    second = box.take(WAY.source, WAY.notifier)
    assert second is not None
    assert second.id == "id2"
    box.failed("id1", "no way")
    again = box.take(WAY.source, WAY.notifier, skip={"id3"})
    assert again is not None
    assert (again.id, again.attempts, again.error) == ("id1", 2, "no way")
    box.sent("id1")
    assert state(store) == [("id1", "sent", 2), ("id2", "waiting", 1), ("id3", "waiting", 0)]
    assert list(store.rows("SELECT message FROM notifications WHERE id = 'id1'")) == [(None,)]


@BOTH
def test_only_the_notifier_of_that_name_in_that_file_gets_it(store: Store) -> None:
    box = Outbox(store, Clock())
    box.put(letter(1))
    assert box.take(WAY.source, "other") is None
    assert box.take("/elsewhere/opsflow.yml", WAY.notifier) is None
    assert box.take(WAY.source, WAY.notifier) is not None


@pytest.mark.parametrize(
    ("owner", "free"),
    [("HERE 4194399 1", True), ("HERE 1 0", True), ("elsewhere 1 1", False), ("HERE MINE", False)],
)
def test_what_a_process_had_that_is_gone_is_free(store: Store, owner: str, free: bool) -> None:
    import os
    import socket

    from opsflow.ledger.header import started

    mine = f"{os.getpid()} {started(os.getpid())}"
    clock = Clock()
    box = Outbox(store, clock)
    box.put(letter(1))
    with store.transaction() as execute:
        who = owner.replace("HERE", socket.gethostname()).replace("MINE", mine)
        execute("UPDATE notifications SET owner = ?, until = ?", (who, clock.now + 60))
    assert (box.take(WAY.source, WAY.notifier) is not None) is free
    clock.now += 61
    assert (box.take(WAY.source, WAY.notifier) is not None) is not free


@BOTH
def test_a_limit_holds_back_and_lets_go_when_it_is_time(store: Store) -> None:
    clock = Clock()
    box = Outbox(store, clock)
    assert [box.put(letter(number), at_most=2, per=60) for number in range(5)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert box.put(letter(9, Way(WAY.source, WAY.notifier, "other")), at_most=2, per=60)
    clock.now += 10
    assert not box.release(WAY, "new", merge, at_most=2, per=60)
    assert box.release(WAY, "new", merge, at_most=2, per=60, over=True)
    held = [one.id for one in letters(store, states=["folded"])]
    assert held == ["id2", "id3", "id4"]
    box.put(letter(5, at=clock.now), at_most=2, per=60)
    assert not box.release(WAY, "newer", merge, at_most=2, per=60, over=True)  # one went beyond it already
    clock.now += 70
    assert box.release(WAY, "newer", merge, at_most=2, per=60)
    assert [one.id for one in letters(store, states=["waiting"])] == ["id0", "id1", "id9", "new", "newer"]


@BOTH
def test_what_is_too_old_is_given_up(store: Store) -> None:
    clock = Clock()
    box = Outbox(store, clock)
    box.put(letter(1))
    assert box.give_up() == 0
    clock.now += outbox.GIVE_UP_S + 2
    box.put(letter(2, at=clock.now))
    assert box.give_up() == 1
    assert [one.state for one in letters(store)] == ["given up", "waiting"]


def down(port: int) -> str:
    return f"http://127.0.0.1:{port}/hooks/t0ken?key=t0ken"


def webhook(url: str, more: str = "") -> str:
    return f"[{{type: webhook, url: '{url}', retries: 1, backoff: 0.01{more}}}]"


async def told(text: str, summary: RunSummary, ledger: str | None, **more: Redactor) -> list[str]:
    telling = Told(text, ledger=ledger, **more)
    telling.tell([RunFinished(summary)])
    return [f"{one.error.message} {one.tries} {one.left} {one.kept}" for one in await telling.close()]


@BOTH
async def test_a_notifier_that_was_down_gets_its_messages_from_the_next_run(
    hook: Hook,
    url: str,
    unused_tcp_port: int,
    summary: RunSummary,
) -> None:
    (trouble,) = await told(webhook(down(unused_tcp_port)), summary, url)
    assert trouble == f"http://127.0.0.1:{unused_tcp_port}: Connection refused 2 1 True"
    assert await told(webhook(hook.url), summary, url) == []
    keys = [headers["x-opsflow-message"] for _, headers, _ in hook.requests]
    assert len(set(keys)) == 2
    assert await told(webhook(hook.url), summary, url) == []
    assert len(hook.requests) == 3
    store = open_store(url, read_only=True)
    kept = [(one.state, one.attempts) for one in letters(store)]
    store.close()
    assert kept == [("sent", 3), ("sent", 1), ("sent", 1)]


@BOTH
async def test_a_limit_counts_what_earlier_runs_sent(hook: Hook, url: str, summary: RunSummary) -> None:
    routes = "[{to: webhook, at_most: 1, per: 3600}]"
    for _ in range(4):
        telling = Told(webhook(hook.url), routes, ledger=url)
        telling.tell([RunFinished(summary)])
        assert await telling.close() == []
    titles = [json.loads(body)["title"] for _, _, body in hook.requests]
    assert titles == ["failed: update.yml on 2 hosts"] * 2  # the limit, and one beyond it
    store = open_store(url)
    assert [one.state for one in letters(store, states=["held"])] == ["held"] * 2
    store.close()


class _Partly(Notifier[NotifierConfig]):
    Config = NotifierConfig
    sent: ClassVar[list[str]] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message.key)
        raise NotifyError("nobody@example.org is refused", partly=True)


async def test_what_some_have_got_is_not_sent_again(url: str, summary: RunSummary) -> None:
    if "partly" not in notifiers:
        notifiers.register("partly")(_Partly)
    assert await told("[{type: partly}]", summary, url) == ["nobody@example.org is refused 1 0 False"]
    assert await Told("[{type: partly}]", ledger=url).close() == []
    store = open_store(url)
    assert [(one.state, one.error) for one in letters(store)] == [("sent", "nobody@example.org is refused")]
    store.close()
    assert len(_Partly.sent) == 1


async def test_without_a_ledger_it_is_tried_again_for_a_while_and_lost(
    hook: Hook, summary: RunSummary
) -> None:
    hook.answers = [500, 500, 500]
    (trouble,) = await told(webhook(hook.url), summary, None)
    assert trouble.endswith("answered 500 Internal Server Error 2 1 False")
    hook.answers = [503]
    assert await told(webhook(hook.url), summary, None) == []
    assert len(hook.requests) == 4


@BOTH
async def test_several_that_send_at_once_send_each_message_once(
    hook: Hook,
    url: str,
    unused_tcp_port: int,
    summary: RunSummary,
) -> None:
    telling = Told(webhook(down(unused_tcp_port)), ledger=url)
    for _ in range(12):
        telling.tell([RunFinished(summary)])
    await telling.close()
    await asyncio.gather(*(Told(webhook(hook.url), ledger=url).close() for _ in range(3)))
    keys = [headers["x-opsflow-message"] for _, headers, _ in hook.requests]
    assert len(keys) == len(set(keys)) == 12


class _Slow(Notifier[NotifierConfig]):
    Config = NotifierConfig

    async def send(self, message: Message) -> None:
        time.sleep(30)  # noqa: ASYNC251  as bad as it can be: it holds up its whole thread


async def test_one_that_hangs_holds_up_the_end_for_a_bounded_time(url: str, summary: RunSummary) -> None:
    if "slow" not in notifiers:
        notifiers.register("slow")(_Slow)
    telling = Told("[{type: slow}]", ledger=url)
    begun = time.monotonic()
    telling.tell([RunFinished(summary)])
    assert time.monotonic() - begun < 5
    (trouble,) = await telling.close(wait=0.2)
    assert time.monotonic() - begun < 10
    assert (trouble.error.message, trouble.left, trouble.kept) == ("it took too long", 1, True)


async def test_a_ledger_that_fails_costs_no_message(
    hook: Hook,
    url: str,
    summary: RunSummary,
) -> None:
    file_of(url).parent.mkdir()
    file_of(url).write_bytes(b"not a database at all" * 100)
    telling = Told(webhook(hook.url), ledger=url)
    telling.tell([RunFinished(summary)])
    assert await telling.close() == []
    assert len(hook.requests) == 1
    assert telling.courier.ledger_error is not None


async def test_no_secret_is_kept(url: str, unused_tcp_port: int, summary: RunSummary) -> None:
    redactor = Redactor()
    redactor.add("E: <broken>")
    secrets = ", secret: s1gning-key, headers: {Authorization: Bearer-abcdef}"
    await told(webhook(down(unused_tcp_port), secrets), summary, url, redactor=redactor)
    text = ledger_text(url)
    assert "Connection refused" in text
    assert "update.yml" in text
    for secret in ("E: <broken>", "t0ken", "s1gning-key", "Bearer-abcdef"):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text


def test_a_message_is_the_same_when_it_comes_back(message: Message) -> None:
    assert Message.unpacked(message.packed()) == message


def test_an_unreadable_message_hurts_no_other(
    url: str, hook: Hook, summary: RunSummary, tmp_path: Path
) -> None:
    async def run() -> list[str]:
        store = open_store(url)
        way = Way(str(Path("opsflow.yml").resolve()), "webhook")
        Outbox(store).put(Letter("bad", "r-0", way, "finished", "info", "t", time.time() - 9, message=b"?"))
        store.close()
        return await told(webhook(hook.url), summary, url)

    (trouble,) = asyncio.run(run())
    assert trouble.startswith("the message is damaged")
    assert len(hook.requests) == 1
