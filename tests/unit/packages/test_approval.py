"""A file of approved plans is read as it was written, or refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import InputError, OpsFlowError
from opsflow.core.origin import Origin
from opsflow.core.upgrades import UpgradeRequest
from opsflow.packages.approval import (
    Approval,
    Change,
    Document,
    HostPlan,
    HostState,
    bound,
    digests,
    read,
)

STATE = HostState(packages={"app": "1.0"}, holds=[], unfinished=[], sources={})


def host_plan(**more: Any) -> HostPlan:
    change = Change(name="app", old="1.0", new="1:1.1~rc1-2+b1", origin="Debian:12", security=True)
    given = {"task": "play.yml:5", "name": "upgrade", "upgrade": [change], "install": [], "remove": []}
    return HostPlan.model_validate({**given, "conffiles": "keep", "purge": False, "fingerprint": "f", **more})


def document(directory: Path, **hosts: HostPlan) -> Document:
    (directory / "play.yml").write_text("- hosts: all\n")
    return Document(
        made=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        by="me@here",
        opsflow="0.1.0",
        playbooks=digests([str(directory / "play.yml")], directory),
        inventory=["hosts.yml"],
        hosts=hosts or {"h1": host_plan()},
        states={"f": STATE},
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    document(tmp_path).write(path)
    return path


def test_what_is_written_is_read_again(tmp_path: Path, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert read(path).model_copy(update={"digest": ""}) == document(tmp_path)
    document(tmp_path).write(path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["plan.json", "play.yml"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OpsFlowError, match=r"cannot write the plan to .*gone/plan.json: No such file"):
        document(tmp_path).write(tmp_path / "gone" / "plan.json")


def edited(path: Path, change: Callable[[Any], object]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(by="you"), "the plan was changed after it was written"),
        (lambda d: d.pop("digest"), "the plan was changed after it was written"),
        (lambda d: d.update(format="x"), "this is no plan"),
        (lambda d: d.update(version=2), "version 2 of the format, and only 1 is known"),
        (lambda d: d.update(more=1), "unknown option 'more'"),
        (lambda d: d.pop("hosts"), "'hosts' is required"),
        (lambda d: d["states"].clear(), "the state that the plan of h1 rests on is missing"),
        (lambda d: d["hosts"]["h1"]["upgrade"][0].update(name="-o"), r"hosts.h1.upgrade\[0\].name"),
        (lambda d: d["hosts"]["h1"]["upgrade"][0].update(new="1 --x"), r"hosts.h1.upgrade\[0\].new"),
        (lambda d: d["hosts"]["h1"]["upgrade"][0].update(new=None), "do not say what is done with app"),
    ],
)
def test_a_file_that_is_not_as_it_was_written_is_refused(path: Path, change: Any, message: str) -> None:
    edited(path, change)
    with pytest.raises(InputError, match=message):
        read(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"hosts: x"])
def test_what_is_no_plan_at_all_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match="this is no plan"):
        read(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read the plan .*x.json: No such file"):
        read(tmp_path / "x.json")


def approval(path: Path) -> Approval:
    return Approval(read(path), path, path.parent)


def test_a_plan_belongs_to_its_playbooks(path: Path) -> None:
    play, role = path.with_name("play.yml"), path.with_name("role.yml")
    role.touch()
    approval(path).check([str(play)])
    with pytest.raises(InputError, match=r"role.yml is not part of the plan"):
        approval(path).check([str(play), str(role)])
    play.write_text("- hosts: web\n")
    with pytest.raises(InputError, match=r"play.yml is not what it was"):
        approval(path).check([str(play)])
    with pytest.raises(InputError, match=r"play.yml is not there any more"):
        approval(path).check([])


def test_a_task_may_do_what_was_approved_of_it_and_nothing_else(path: Path) -> None:
    plans = approval(path)
    origin = Origin(str(path.with_name("play.yml")), 5, 3)
    other = plans.of("h1", origin._replace(line=9))
    assert (other["upgrade"], plans.of("h2", origin)["upgrade"], plans.left) == ([], [], {"h1"})
    found = plans.of("h1", origin)
    assert [(one["name"], one["new"]) for one in found["upgrade"]] == [("app", "1:1.1~rc1-2+b1")]
    assert (found["fingerprint"], found["state"]["packages"], plans.left) == ("f", {"app": "1.0"}, set())


def test_the_policies_of_the_plan_count_more_than_those_of_the_task() -> None:
    approved = {"upgrade": [], "install": [], "remove": [], "conffiles": "new", "purge": True}
    request = bound(UpgradeRequest(autoremove=True, conffiles="keep"), approved)
    assert (request.conffiles, request.purge, request.autoremove) == ("new", True, False)
    assert request.approved == approved


def test_hosts_without_changes_need_no_state(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    document(tmp_path, h1=host_plan(upgrade=[], fingerprint="unknown")).write(path)
    assert approval(path).left == set()
