"""Modules for real hosts return what ansible-core returned, key by key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from tests.conformance import ours
from tests.conformance.compare import differences
from tests.conformance.story import scratch
from tests.support.remote import running_on

from . import archive
from .cases import HostCase, find

ALL = find(Path(), "")


@pytest.fixture(scope="session")
def packages(lab: Lab) -> str:
    """Let the lab offer what the cases need; return the line of a sources.list."""
    return archive.offer(lab, lab.hosts[0].release, sorted({name for case in ALL for name in case.packages}))


@pytest.mark.dirties
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
async def test_a_module_tells_what_ansible_tells(lab: Lab, host: Host, packages: str, case: HostCase) -> None:
    if case.packages:
        await _install(lab, host, packages, case.packages)
    with scratch(case):
        told, problems = await ours.play(replace(case, hosts=lab.inventory, host=host.name))
    assert differences(json.loads(case.fixture.read_text()), told) == [], problems


async def _install(lab: Lab, host: Host, source: str, packages: list[str]) -> None:
    async with running_on(lab.inventory, host.name) as run:
        await run("copy", content=source, dest="/etc/apt/sources.list.d/cases.list")
        await run("apt", name=packages, update_cache=True, install_recommends=False)
