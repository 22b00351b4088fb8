"""Localhost, and hosts that are added while a run is under way."""

from __future__ import annotations

import sys

import pytest

from opsflow.inventory.load import load_inventory
from opsflow.inventory.patterns import select
from opsflow.inventory.variables import InventoryVariables

from .conftest import Write


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_localhost_is_there_without_being_written(name: str) -> None:
    inventory = load_inventory(["a,"])
    host = inventory.host(name)
    assert host.name == name
    assert host.implicit
    assert host.vars == {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    assert inventory.host(name) is host
    assert inventory.group_names(name) == []
    assert name not in inventory.hosts
    assert [found.name for found in select(inventory, "all")] == ["a"]


def test_a_written_localhost_is_a_host_like_any_other() -> None:
    inventory = load_inventory(["127.0.0.1,"])
    host = inventory.host("localhost")
    assert host.name == "127.0.0.1"
    assert not host.implicit
    assert host.vars == {}


def test_an_unknown_host_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_inventory(["a,"]).host("b")


def test_a_host_can_be_added_to_known_and_new_groups(write: Write) -> None:
    inventory = load_inventory([write("h.yml", "web: {hosts: {w1: }, vars: {x: 1}}\n")])
    variables = InventoryVariables(inventory)
    assert variables.for_host("w1") == {"x": 1}
    assert inventory.add_host("new", {"y": 2}, ["web", "fresh"])
    assert not inventory.add_host("new", {"y": 2}, ["web"])
    added = inventory.host("new")
    assert [host.name for host in select(inventory, "web")] == ["w1", "new"]
    assert select(inventory, "fresh") == [added]
    assert inventory.group_names(added) == ["fresh", "web"]
    assert variables.for_host("new") == {"x": 1, "y": 2}
    assert list(inventory.ungrouped.hosts) == []


def test_a_host_added_without_groups_is_ungrouped_until_it_gets_one() -> None:
    inventory = load_inventory(["a,"])
    inventory.add_host("b", {}, [])
    assert inventory.group_names("b") == ["ungrouped"]
    inventory.add_host("b", {"x": 1}, ["g"])
    assert inventory.group_names("b") == ["g"]
    assert inventory.host("b").vars == {"x": 1}
    assert [host.name for host in select(inventory, "all")] == ["a", "b"]


def test_groups_added_above_others_are_weaker_than_those(write: Write) -> None:
    inventory = load_inventory(["a,b,"])
    inventory.add_host("a", {}, ["os_debian"], ["os", "all"])
    assert [group.name for group in inventory.groups_of("a")] == ["all", "os", "os_debian"]
    with pytest.raises(ValueError, match="group 'os' would contain itself through 'os_debian'"):
        inventory.add_host("a", {}, ["os"], ["os_debian"])


def test_a_new_reading_keeps_what_was_added(write: Write) -> None:
    path = write("hosts", "[web]\nw1\n")
    inventory = load_inventory([path])
    inventory.add_host("new", {"x": 1}, ["web", "fresh"])
    inventory.add_host("w1", {}, ["marked"], ["marks"])
    write("hosts", "[web]\nw1 y=2\nw2\n")
    assert inventory.read_again is not None
    inventory.take(inventory.read_again())
    assert list(inventory.hosts) == ["w1", "w2", "new"]
    assert [host.name for host in select(inventory, "marks")] == ["w1"]
    assert inventory.host("new").vars == {"x": 1}
    assert inventory.host("w1").vars == {"y": 2}
