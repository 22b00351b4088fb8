"""Routes decide who is told of what, in which words, together with what, and how often."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import InputError
from opsflow.core.events import (
    BatchFinished,
    BatchStarted,
    Event,
    HostFinished,
    RunFinished,
    RunStarted,
    TaskInfo,
)
from opsflow.core.redact import Redactor
from opsflow.core.results import RunSummary, Status, TaskResult
from opsflow.inventory.model import Inventory
from tests.support.servers import Hook, listening
from tests.support.telling import Told, inventory_of

INVENTORY = """\
all:
  children:
    web: {hosts: {web1: , web2: }, vars: {opsflow_environment: "{{ 'prod' + 'uction' }}"}}
    db: {hosts: {db1: {opsflow_environment: staging}}}
    old: {hosts: {old1: }}
"""
TASK = TaskInfo(1, "Upgrade", "command", None)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as server:
        yield server


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return inventory_of(INVENTORY, tmp_path)


def started() -> RunStarted:
    return RunStarted("r-1", ["site.yml"], 1.7e9, check=False)


def failed(host: str, message: str = "no room", **data: Any) -> HostFinished:
    return HostFinished(TASK, host, TaskResult(Status.FAILED, {"failed": True, "msg": message, **data}))


def bodies(hook: Hook) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, body in hook.requests]


def titles(hook: Hook) -> list[str]:
    return [body["title"] for body in bodies(hook)]


def one(hook: Hook, name: str = "hook") -> str:
    return f"[{{type: webhook, name: {name}, url: '{hook.url}', retries: 0}}]"


async def all_told(told: Told, events: list[Event], *, end: bool = True) -> None:
    told.tell(events)
    if end:
        told.tell([RunFinished(told.collector.summary())])
    assert await told.close() == []
    assert told.warnings == []


EVENTS: list[Event] = [
    started(),
    BatchStarted(1, 1, ["web1", "web2", "db1"]),
    failed("web1"),
    failed("db1", rolled_back=True),
    failed("web2", needs_person=True),
    BatchFinished(1, 1, ["web1"]),
]


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("{}", ["failed: site.yml on 3 hosts"]),
        ("{events: started}", ["started: site.yml on 4 hosts"]),
        ("{events: wave_done}", ["wave 1 of 1 is done: 3 hosts, failed: web1"]),
        ("{events: rolled_back}", ["db1 was rolled back: an upgrade failed and was undone at 'Upgrade'"]),
        (
            "{events: needs_person}",
            ["web2 needs a person: an upgrade failed and could not be undone at 'Upgrade'"],
        ),
        ("{events: failed, groups: [db, nowhere]}", ["db1 failed at 'Upgrade': no room"]),
        ("{events: failed, groups: old}", []),
        ("{events: failed, environments: staging}", ["db1 failed at 'Upgrade': no room"]),
        (
            "{events: failed, environments: production, collect: 0}",
            ["web1 failed at 'Upgrade': no room, and 1 more"],
        ),
        ("{events: finished, environments: attic}", ["failed: site.yml on 3 hosts"]),
        ("{events: finished, environments: nowhere}", []),
        ("{events: [started, wave_done, rolled_back], severity: error}", []),
        ("{events: [started, needs_person, failed], severity: critical}",
         ["web2 needs a person: an upgrade failed and could not be undone at 'Upgrade'"]),
        ("{events: [failed, finished]}", ["failed: site.yml on 3 hosts"]),
        ("{events: gate}", []),
    ],
)  # fmt: skip
async def test_a_route_lets_through_what_it_is_for(
    hook: Hook, inventory: Inventory, route: str, expected: list[str]
) -> None:
    told = Told(one(hook), f"[{{to: hook, {route[1:]}]", inventory=inventory, environment="attic")
    await all_told(told, EVENTS)
    assert titles(hook) == expected


async def test_what_happens_within_the_time_becomes_one_message(hook: Hook, inventory: Inventory) -> None:
    told = Told(one(hook), "[{to: hook, events: failed, collect: 0.05}]", inventory=inventory)
    told.tell(EVENTS[:3])
    await asyncio.sleep(0.2)
    await all_told(told, [failed("web2"), failed("old1")])
    assert titles(hook) == [
        "web1 failed at 'Upgrade': no room",
        "web2 failed at 'Upgrade': no room, and 1 more",
    ]
    assert [len(body["happened"]) for body in bodies(hook)] == [1, 2]
    assert bodies(hook)[0]["severity"] == "error"


async def test_more_than_the_limit_becomes_one_message(hook: Hook, inventory: Inventory) -> None:
    told = Told(one(hook), "[{to: hook, events: failed, collect: 0, at_most: 3}]", inventory=inventory)
    for number in range(15):
        told.tell([failed(f"web{number}")])
        await asyncio.sleep(0)  # what was collected for no time is told
        await asyncio.sleep(0)
    await all_told(told, [])
    assert len(hook.requests) == 4
    assert titles(hook)[:3] == [f"web{number} failed at 'Upgrade': no room" for number in range(3)]
    assert titles(hook)[3] == "web14 failed at 'Upgrade': no room, and 11 more"
    assert [more["title"] for more in bodies(hook)[3]["more"]] == [
        f"web{number} failed at 'Upgrade': no room" for number in range(3, 14)
    ]


async def test_a_notifier_is_told_once_and_one_without_a_route_of_the_end(
    hook: Hook, inventory: Inventory, tmp_path: Path
) -> None:
    notifiers = f"[{{type: webhook, url: '{hook.url}'}}, {{type: file, path: {tmp_path}/runs}}]"
    routes = "[{to: webhook, events: started, subject: first}, {to: webhook, events: [started, finished]}]"
    await all_told(Told(notifiers, routes, inventory=inventory), EVENTS)
    assert titles(hook) == ["first", "failed: site.yml on 3 hosts"]
    (line,) = (tmp_path / "runs").read_text().splitlines()
    assert json.loads(line)["event"] == "finished"


async def test_when_counts_for_what_routes_send(hook: Hook, inventory: Inventory) -> None:
    notifiers = f"[{{type: webhook, url: '{hook.url}', when: failure}}]"
    told = Told(notifiers, "[{to: webhook, events: [started, failed], collect: 0}]", inventory=inventory)
    told.tell([started()])
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await all_told(told, EVENTS[2:3])
    assert titles(hook) == ["web1 failed at 'Upgrade': no room"]


async def test_words_of_a_route_know_the_run_and_what_a_host_says_is_no_template(
    hook: Hook, inventory: Inventory
) -> None:
    routes = """\
- to: hook
  events: failed
  subject: "{{ severity | upper }} {{ hosts | join(',') }} in {{ environments | join }}"
  body: |
    {% for one in happened %}
    {{ one.title }}
    {% endfor %}
    {{ groups | join }} {{ run }} {{ report.outcome }}
"""
    told = Told(one(hook), routes, inventory=inventory)
    await all_told(told, [started(), failed("web1", "{{ 7 * 7 }} {% for %}")])
    (body,) = bodies(hook)
    assert body["title"] == "ERROR web1 in production"
    assert body["text"].split("\n") == [
        "web1 failed at 'Upgrade': {{ 7 * 7 }} {% for %}", "web r-1 failed", "",
    ]  # fmt: skip


async def test_a_template_that_fails_is_told_and_the_message_has_our_words(
    hook: Hook, inventory: Inventory
) -> None:
    told = Told(one(hook), "[{to: hook, subject: '{{ report.nothing.more }}'}]", inventory=inventory)
    told.tell([started(), RunFinished(RunSummary("r-1", ["site.yml"], 1.7e9))])
    assert await told.close() == []
    (warning,) = told.warnings
    assert "a template of a route failed" in warning
    assert titles(hook) == ["ok: site.yml on 0 hosts"]


async def test_secrets_are_in_no_message(hook: Hook, inventory: Inventory) -> None:
    redactor = Redactor()
    redactor.add("hunter2hunter2")
    routes = "[{to: hook, events: failed, subject: 'hunter2hunter2 {{ title }}', body: '{{ happened }}'}]"
    told = Told(one(hook), routes, inventory=inventory, redactor=redactor)
    await all_told(told, [failed("web1", "wrong password hunter2hunter2")])
    assert len(hook.requests) == 1
    assert "hunter2" not in json.dumps(bodies(hook))


def test_all_problems_are_told_at_their_places() -> None:
    routes = """\
- to: pagr
  events: [faild]
- to: pager
  severity: high
  evnts: [failed]
- to: [pagr, pager]
  subject: "{{ evnt }} {{ title | uper }}"
- to: pager
  subject: "{{ evnt }}"
  at_most: 0
- name: x
  to: pager
- name: x
  to: pager
- events: failed
- to: pager
  body: |
    one
    {{ tilte }}
"""
    with pytest.raises(InputError) as caught:
        Told("[{type: console, name: pager}]", routes)
    assert [f"{one.origin}: {one.message} → {one.hint}" for one in caught.value.problems] == [
        "opsflow.yml:2:3: 'events': there is no event 'faild': did you mean 'failed'? → None",
        "opsflow.yml:4:3: 'severity' must be 'info', 'warning', 'error' or 'critical' → None",
        "opsflow.yml:5:3: unknown option 'evnts' → did you mean 'events'?",
        "opsflow.yml:6:8: there is no notifier called 'pagr' → did you mean 'pager'?",
        "opsflow.yml:7:12: template: there is no filter named 'uper' → did you mean 'upper'?",
        "opsflow.yml:10:3: 'at_most' must be greater than or equal to 1 → None",
        "opsflow.yml:13:3: two routes are called 'x' → None",
        "opsflow.yml:15:3: 'to' is required → None",
        "opsflow.yml:17:9: the template uses 'tilte', which no message has → did you mean 'title'?",
    ]
