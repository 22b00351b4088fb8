"""TOML hosts files."""

from __future__ import annotations

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory
from opsflow.source.values import Template

from .conftest import Write

HOSTS = """\
[all.vars]
has_java = false

[web]
children = ["apache", "nginx"]
vars = { http_port = 8080, t = "{{ has_java }}" }

[web.hosts]
host1 = {}
host2 = { ansible_port = 222 }

[apache.hosts]
tomcat1.myvar = 34
"tomcat[3:4]" = { mysecret = "03#pa33w0rd" }
"""


def test_groups_hosts_and_variables(write: Write) -> None:
    inventory = load_inventory([write("hosts.toml", HOSTS)])
    assert list(inventory.hosts) == ["host1", "host2", "tomcat1", "tomcat3", "tomcat4"]
    assert {name: dict(host.vars) for name, host in inventory.hosts.items() if host.vars} == {
        "host2": {"ansible_port": 222},
        "tomcat1": {"myvar": 34},
        "tomcat3": {"mysecret": "03#pa33w0rd"},
        "tomcat4": {"mysecret": "03#pa33w0rd"},
    }
    assert list(inventory.groups["web"].children) == ["apache", "nginx"]
    assert isinstance(inventory.groups["web"].vars["t"], Template)


def test_places_are_known(write: Write) -> None:
    inventory = load_inventory([write("hosts.toml", HOSTS)])
    assert inventory.all.vars.origin_of("has_java").line == 2
    assert inventory.hosts["tomcat1"].vars.origin_of("myvar").line == 13


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[web\n", r"hosts\.toml:1:5: invalid TOML: expected ']'"),
        ("[web]\nhost = 1\n", r"hosts\.toml:2:1: unknown key 'host' in group 'web'"),
        ("[web.hosts]\na = 1\n", r"hosts\.toml:2:1: the variables of host 'a' must be a mapping, not 1"),
        ("[web]\nchildren = [1]\n", r"hosts\.toml:2:1: a group's name must be text, not 1"),
    ],
)
def test_problems_have_places(write: Write, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_inventory([write("hosts.toml", text)])
