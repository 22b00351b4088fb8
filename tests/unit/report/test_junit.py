"""XML that CI systems take: as JUnit's schemas want it, whatever hosts say."""

from __future__ import annotations

import re
import time
from xml.etree.ElementTree import Element, fromstring

from opsflow.core.events import Event, TaskFinished, TaskStarted
from opsflow.core.results import Status
from opsflow.report.junit import junit
from tests.unit.ledger.events import begun, ended, over, task, whole_run

from .documents import fleet_run, gathered, hostile_run

# What the strictest schema in use (that of Ant's JUnit task) asks for, as far as all others allow it:
# element → attributes that must be there, attributes that may, children in their order.
_SCHEMA: dict[str, tuple[set[str], set[str], list[str]]] = {
    "testsuites": (set(), {"name", "tests", "failures", "errors", "time"}, ["testsuite"]),
    "testsuite": (
        {"name", "timestamp", "hostname", "tests", "failures", "errors", "time", "id", "package"},
        {"skipped"},
        ["properties", "testcase", "system-out", "system-err"],
    ),
    "properties": (set(), set(), ["property"]),
    "property": ({"name", "value"}, set(), []),
    "testcase": ({"name", "classname", "time"}, set(), ["skipped", "error", "failure"]),
    "failure": ({"type"}, {"message"}, []),
    "error": ({"type"}, {"message"}, []),
    "skipped": (set(), {"message"}, []),
    "system-out": (set(), set(), []),
    "system-err": (set(), set(), []),
}


def checked(text: str) -> Element:
    """Return the root of a report that is as the schema wants it."""
    root = fromstring(text.encode())
    assert root.tag == "testsuites"
    for element in root.iter():
        needed, allowed, children = _SCHEMA[element.tag]
        assert needed <= set(element.keys()) <= needed | allowed, element.tag
        places = [children.index(child.tag) for child in element]
        assert places == sorted(places)
        if element.tag == "testcase":
            assert len(element) <= 1
        if element.tag == "testsuite":
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
            assert [element.find(name) is not None for name in ("system-out", "system-err")] == [True, True]
            assert int(element.attrib["tests"]) == len(element.findall("testcase"))
    return root


def test_a_case_for_each_task_on_each_host() -> None:
    root = checked(junit(gathered(whole_run())))
    cases = {case.attrib["name"]: [child.tag for child in case] for case in root.iter("testcase")}
    assert cases == {
        "Loop [web1]": [],
        "Loop [web2]": ["skipped"],
        "Upgrade [web1]": [],
        "Upgrade [web2]": ["failure"],
        "Hidden [web1]": [],
    }
    assert {name: root.attrib[name] for name in ("tests", "failures", "errors")} == {
        "tests": "5",
        "failures": "1",
        "errors": "0",
    }
    (failure,) = root.iter("failure")
    assert failure.attrib["message"] == "no room (rc 100)"
    assert failure.text == "no room (rc 100)\nE: x\ny\nat site.yml:12:7"
    assert "hunter2" not in junit(gathered(whole_run()))


def test_unreachable_is_an_error_and_what_is_ignored_or_rescued_is_none() -> None:
    info = task(1, "Ask")
    hosts = ["a", "b", "c"]
    events: list[Event] = [
        *begun(hosts),
        TaskStarted(info, hosts),
        ended(info, "a", Status.UNREACHABLE, {"unreachable": True, "msg": "no route"}),
        ended(info, "b", Status.IGNORED, {"failed": True, "msg": "no"}),
        ended(info, "c", Status.FAILED, {"failed": True, "msg": "no"}, rescued=True),
        TaskFinished(info),
    ]
    root = checked(junit(gathered(over(events, hosts))))
    assert [[child.tag for child in case] for case in root.iter("testcase")] == [["error"], [], []]


def test_a_run_that_was_stopped_is_never_green() -> None:
    events = over(begun(["a"]), ["a"], stopped="too many failures", not_reached=["b"])
    root = checked(junit(gathered(events)))
    (error,) = root.iter("error")
    assert error.attrib["message"] == "too many failures"
    assert "not reached: b" in (error.text or "")
    assert root.attrib["errors"] == "1"


def test_what_is_no_character_of_xml_is_not_in_it() -> None:
    text = junit(gathered(hostile_run()))
    (failure,) = checked(text).iter("failure")
    assert "<script>alert(1)</script>" in failure.attrib["message"]
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", text)


def test_a_thousand_hosts_are_quick() -> None:
    document = gathered(fleet_run(1000, 20))
    begun = time.process_time()
    text = junit(document)
    assert time.process_time() - begun < 2
    assert text.count("<testcase ") == 20_000
