"""`opsflow inventory`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from opsflow.cli.inventory import app
from opsflow.core.errors import InputError, UsageError

from .conftest import Write


@pytest.fixture
def hosts(write: Write) -> Path:
    write("group_vars/web.yml", "g: 1\n")
    return write(
        "hosts.yml",
        """\
        all:
          hosts: {lone: }
        web:
          hosts: {w1: {t: "{{ g }}", day: 2026-01-02, d: {1: x}, s: ä}, w2: }
          vars: {i: yes}
        prod: {children: {web: }}
        """,
    )


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)


def test_list_prints_groups_and_variables_as_ansible_inventory_does(hosts: Path) -> None:
    result = run("list", "-i", hosts)
    assert json.loads(result.stdout) == {
        "_meta": {
            "hostvars": {
                "w1": {"t": "{{ g }}", "day": "2026-01-02", "d": {"1": "x"}, "s": "ä", "g": 1, "i": True},
                "w2": {"g": 1, "i": True},
            }
        },
        "all": {"children": ["ungrouped", "prod"]},
        "ungrouped": {"hosts": ["lone"]},
        "web": {"hosts": ["w1", "w2"]},
        "prod": {"children": ["web"]},
    }
    assert result.stderr == ""


def test_list_can_be_limited(hosts: Path) -> None:
    document = json.loads(run("list", "-i", hosts, "--limit", "w2,lone").stdout)
    assert document["web"] == {"hosts": ["w2"]}
    assert list(document["_meta"]["hostvars"]) == ["w2"]


def test_a_limit_that_names_nothing_is_told(hosts: Path) -> None:
    result = run("list", "-i", hosts, "--limit", "w1,lnoe")
    assert "warning: the limit 'lnoe' names no host and no group" in result.stderr
    assert "did you mean 'lone'?" in result.stderr


def test_host_prints_its_variables(hosts: Path, write: Write) -> None:
    write("play/host_vars/w2.yml", "p: 1\n")
    result = run("host", "w2", "-i", hosts, "--playbook-dir", hosts.parent / "play")
    assert json.loads(result.stdout) == {"i": True, "g": 1, "p": 1}


def test_graph_is_a_tree(hosts: Path) -> None:
    expected = """\
@all:
  |--@ungrouped:
  |  |--lone
  |--@prod:
  |  |--@web:
  |  |  |--w1
  |  |  |--w2
"""
    assert run("graph", "-i", hosts).stdout == expected


def test_graph_of_one_group_with_variables(hosts: Path) -> None:
    expected = """\
@web:
  |--w2
  |  |--{g = 1}
  |  |--{i = True}
  |--{g = 1}
  |--{i = True}
"""
    assert run("graph", "web", "-i", hosts, "--vars", "-l", "w2").stdout == expected


def test_several_inventories_and_warnings(hosts: Path, write: Write) -> None:
    other = write("other/hosts.yml", "web: {hosts: {w9: {x: 1, x: 2}}}\n")
    result = run("list", "-i", hosts, "-i", other)
    assert json.loads(result.stdout)["web"] == {"hosts": ["w1", "w2", "w9"]}
    assert f"warning: {other}:1:26: 'x' is given twice" in result.stderr


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (("host", "lnoe"), "there is no host 'lnoe' in the inventory", "did you mean 'lone'?"),
        (("graph", "wbe"), "there is no group 'wbe' in the inventory", "did you mean 'web'?"),
    ],
)
def test_an_unknown_name_gets_a_hint(hosts: Path, args: tuple[str, ...], message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        run(*args, "-i", hosts)
    assert caught.value.hint == hint


def test_an_inventory_must_be_given() -> None:
    with pytest.raises(UsageError, match="no inventory is given"):
        run("list")


def test_problems_in_files_beside_the_inventory_are_found(hosts: Path, write: Write) -> None:
    write("host_vars/w1.yml", "[")
    with pytest.raises(InputError, match="invalid YAML"):
        run("list", "-i", hosts)


DETAILED = """\
all:
  hosts: {lone: {x: 1}, bare: }
  vars: {av: "{{ x }}"}
  children:
    web: {hosts: {w1: {y: [1, {a: b}]}, w2: }, vars: {i: yes}}
    prod: {children: {web: }, vars: {p: text}}
"""
"""The answers below are those of ansible-inventory."""


def test_an_export_keeps_variables_where_they_are_set(write: Write) -> None:
    document = json.loads(run("list", "-i", write("e.yml", DETAILED), "--export").stdout)
    assert document == {
        "_meta": {"hostvars": {"lone": {"x": 1}, "w1": {"y": [1, {"a": "b"}]}}},
        "all": {"children": ["ungrouped", "web", "prod"], "vars": {"av": "{{ x }}"}},
        "prod": {"children": ["web"], "vars": {"p": "text"}},
        "ungrouped": {"hosts": ["lone", "bare"]},
        "web": {"hosts": ["w1", "w2"], "vars": {"i": True}},
    }


def test_yaml_names_each_group_and_host_once_in_full(write: Write) -> None:
    document = yaml.safe_load(run("list", "-i", write("e.yml", DETAILED), "--yaml").stdout)
    common = {"av": "{{ x }}", "i": True, "p": "text"}
    assert document == {
        "all": {
            "children": {
                "prod": {"children": {"web": {}}},
                "ungrouped": {"hosts": {"bare": {"av": "{{ x }}"}, "lone": {"av": "{{ x }}", "x": 1}}},
                "web": {"hosts": {"w1": {**common, "y": [1, {"a": "b"}]}, "w2": common}},
            }
        }
    }


def test_extra_variables_outrank_those_of_hosts(hosts: Path) -> None:
    result = run("host", "w2", "-i", hosts, "-e", "i=0 q=1", "--yaml")
    assert yaml.safe_load(result.stdout) == {"i": "0", "q": "1", "g": 1}


def test_a_groups_priority_is_shown_with_its_variables(write: Write) -> None:
    path = write("h.ini", "[web]\nw1\n[web:vars]\nansible_group_priority=5\n")
    assert "  |  |--{ansible_group_priority = 5}\n" in run("graph", "-i", path, "--vars").stdout
    assert json.loads(run("host", "w1", "-i", path).stdout) == {}
