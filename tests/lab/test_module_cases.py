"""Modules for real hosts return what ansible-core returned, key by key."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.lab import Host, Lab
from opsflow.lab.fleet import mirror_sources
from tests.conformance import ours
from tests.conformance.compare import differences
from tests.conformance.story import scratch
from tests.support.remote import running_on

from .cases import HostCase, find


@pytest.mark.dirties
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", find(Path(), ""), ids=lambda case: case.name)
async def test_a_module_tells_what_ansible_tells(lab: Lab, host: Host, case: HostCase) -> None:
    if case.packages:
        await _install(lab, host, case.packages)
    with scratch(case):
        told, problems = await ours.play(replace(case, hosts=lab.inventory, host=host.name))
    assert differences(json.loads(case.fixture.read_text()), told) == [], problems


async def _install(lab: Lab, host: Host, packages: list[str]) -> None:
    async with running_on(lab.inventory, host.name) as run:
        sources = mirror_sources(host.release, lab.repo.url)
        await run("copy", content=sources, dest="/etc/apt/sources.list.d/mirror.list")
        await run("apt", name=packages, update_cache=True, install_recommends=False)
