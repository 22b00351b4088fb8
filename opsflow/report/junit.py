"""A document as the XML of JUnit that CI systems take: a case for each task on each host.

What failed is a failure, what was unreachable an error; what the playbook ignores or rescues is neither. A
run that did not come to its end has a case of its own, so that it is never green.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .document import Document, Play, Task, Told
from .shown import shown

_BAD = {"failed": "failure", "unreachable": "error"}


def junit(document: Document) -> str:
    """Return a document as JUnit's XML."""
    root = Element("testsuites", {"name": _name(document)})
    for number, play in enumerate(document.plays):
        _suite(root, document, number, play.name or "tasks", list(_cases(play)))
    if broken := _broken_off(document):
        _suite(root, document, len(document.plays), "the run itself", [broken])
    cases = [case for suite in root for case in suite.iter("testcase")]
    root.attrib.update(_counts(cases))
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _name(document: Document) -> str:
    return shown(", ".join(document.summary.playbooks) or "a command")


def _suite(root: Element, document: Document, number: int, name: str, cases: list[Element]) -> None:
    moment = datetime.fromtimestamp(document.summary.started, UTC)
    node = document.record["node"] if document.record else "localhost"
    suite = SubElement(root, "testsuite", {
        "name": shown(name), "id": str(number), "package": _name(document), "hostname": shown(node),
        "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S"), **_counts(cases),
        "skipped": str(sum(1 for case in cases if case.find("skipped") is not None)),
    })  # fmt: skip
    properties = SubElement(suite, "properties")
    for key, value in (("run", document.summary.run_id), ("outcome", document.state)):
        SubElement(properties, "property", {"name": key, "value": shown(value)})
    suite.extend(cases)
    SubElement(suite, "system-out")
    SubElement(suite, "system-err").text = shown("\n".join(one.message for one in document.warnings))


def _counts(cases: list[Element]) -> dict[str, str]:
    kinds = {"failures": "failure", "errors": "error"}
    found = {
        name: str(sum(1 for case in cases if case.find(kind) is not None)) for name, kind in kinds.items()
    }
    return {
        "tests": str(len(cases)),
        **found,
        "time": f"{sum(float(case.attrib['time']) for case in cases):.3f}",
    }


def _cases(play: Play) -> Iterator[Element]:
    for task in play.tasks:
        for group in task.groups.values():
            for host, seconds in group.hosts.items():
                yield _case(play, task, group.told, host, seconds)


def _case(play: Play, task: Task, told: Told, host: str, seconds: float) -> Element:
    case = Element("testcase", {
        "name": shown(f"{task.info.name} [{host}]"), "classname": shown(play.name or "tasks"),
        "time": f"{seconds:.3f}",
    })  # fmt: skip
    if told.status == "skipped":
        SubElement(case, "skipped")
    elif kind := _BAD.get(told.status):
        first = shown(told.message.strip(), lines=1) or told.status
        bad = SubElement(case, kind, {"message": first, "type": told.status})
        place = f"at {task.info.origin}" if task.info.origin else ""
        bad.text = shown("\n".join(filter(None, [told.message, told.log, told.hint, place])))
    return case


def _broken_off(document: Document) -> Element | None:
    summary = document.summary
    if not (summary.stopped or summary.interrupted or summary.not_reached):
        return None
    why = summary.stopped or ("interrupted" if summary.interrupted else "hosts were not reached")
    case = Element("testcase", {"name": "every host had its turn", "classname": "run", "time": "0.000"})
    bad = SubElement(case, "error", {"message": shown(why, lines=1), "type": document.state})
    hosts = f"not reached: {', '.join(summary.not_reached)}" if summary.not_reached else ""
    bad.text = shown("\n".join(filter(None, [why, hosts])))
    return case
