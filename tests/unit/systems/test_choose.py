"""Drivers are chosen by the inventory, else by facts, else by asking the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.packages.apt import AptPackageManager
from opsflow.systems.choose import drivers_for
from opsflow.systems.debian import Debian
from opsflow.systems.ubuntu import Ubuntu


class FakeHost:
    """A host that only tells what it is."""

    name = "web1"

    def __init__(self, id: str = "", *id_like: str) -> None:
        self.info = {"id": id, "id_like": list(id_like), "name": id.title()}
        self.calls: list[str] = []

    async def call(
        self,
        fn: str,
        args: Mapping[str, Any] | None = None,
        *,
        check: bool | None = None,
        on_event: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        self.calls.append(fn)
        return self.info

    def show(self, event: Mapping[str, Any]) -> None:
        raise AssertionError(event)

    async def reconnect(self, timeout: float) -> None:
        raise AssertionError(timeout)


@pytest.mark.parametrize(
    ("variables", "groups", "driver"),
    [
        ({"opsflow_system": "ubuntu"}, ["debian"], Ubuntu),
        ({"opsflow_system": "debian", "ansible_distribution": "Ubuntu"}, [], Debian),
        ({}, ["all", "web", "ubuntu"], Ubuntu),
        ({"ansible_distribution": "Ubuntu"}, ["debian"], Debian),
        ({"ansible_distribution": "Ubuntu"}, ["debian", "ubuntu"], Ubuntu),
        ({"ansible_distribution": "Ubuntu", "ansible_os_family": "Debian"}, [], Ubuntu),
        ({"ansible_facts": {"distribution": "Linux Mint", "os_family": "Debian"}}, [], Debian),
    ],
)
async def test_the_inventory_or_facts_decide_without_a_call(
    variables: dict[str, Any], groups: list[str], driver: type
) -> None:
    host = FakeHost()
    system, packages = await drivers_for(host, variables, groups)
    assert type(system) is driver
    assert isinstance(packages, AptPackageManager)
    assert system.packages is packages
    assert host.calls == []


@pytest.mark.parametrize(
    ("host", "driver"),
    [
        (FakeHost("debian"), Debian),
        (FakeHost("ubuntu", "debian"), Ubuntu),
        (FakeHost("mint", "ubuntu"), Ubuntu),
    ],
)
async def test_a_host_without_facts_is_asked_once(host: FakeHost, driver: type) -> None:
    system, _ = await drivers_for(host, {}, ["web"])
    assert type(system) is driver
    assert host.calls == ["os_info.run"]


async def test_a_system_without_a_driver_is_named() -> None:
    with pytest.raises(TaskError, match="there is no system driver for Fedora") as caught:
        await drivers_for(FakeHost("fedora"), {}, [])
    assert caught.value.hint == "set opsflow_system in the inventory to one of: debian, ubuntu"


async def test_an_unknown_driver_in_the_inventory_is_named() -> None:
    with pytest.raises(TaskError, match=r"opsflow_system: there is no .* named 'debain'") as caught:
        await drivers_for(FakeHost(), {"opsflow_system": "debain"}, [])
    assert caught.value.hint == "did you mean 'debian'?"
