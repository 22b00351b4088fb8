"""Whole sites leave what ansible-core leaves, tell the same of each task, and then change nothing."""

from __future__ import annotations

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.repo import Repository
from tests.conformance.compare import differences
from tests.suites.packages import publish
from tests.suites.players import opsflow
from tests.suites.state import change, look
from tests.suites.suite import SUITES, Suite


@pytest.mark.dirties
@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_site_is_what_ansible_makes_of_it(
    lab: Lab, host: Host, request: pytest.FixtureRequest, suite: Suite
) -> None:
    if suite.packages:
        repo: Repository = request.getfixturevalue("repo")
        publish(repo, *suite.packages)
    recorded = suite.recorded()
    before = look(lab, host)

    told, printed = opsflow(suite, lab, host, "--check")
    assert differences(recorded["check"], told) == [], printed
    assert change(before, look(lab, host)) == {}

    told, printed = opsflow(suite, lab, host)
    assert differences(recorded["first"], told) == [], printed
    after = look(lab, host)
    assert change(before, after) == recorded["state"]

    told, printed = opsflow(suite, lab, host)
    assert differences(recorded["second"], told) == [], printed
    assert "changed" not in "".join(told["recap"].values())
    assert change(after, look(lab, host)) == {}
