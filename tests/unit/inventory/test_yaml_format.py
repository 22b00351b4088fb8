"""YAML hosts files. Expected values were compared with ansible-inventory."""

from __future__ import annotations

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.source.values import Template

from .conftest import Write

HOSTS = """\
zeta:
  hosts: {b: {x: hb}, a: }
  vars: {x: zeta, w: "{{ x }}"}
  children:
    alpha:
      vars: {y: alpha}
      hosts: {c: }
      children: {deep: {hosts: {e: , a: }, vars: {x: deep}}}
beta:
  vars: {x: beta, ansible_group_priority: 10}
  hosts: {a: , "n[1:2]:2022": {k: v}, "o:23": {ansible_port: 3}}
  children: {deep: , alpha: }
all:
  vars: {x: all}
  hosts: {q: , a: }
ungrouped:
  hosts: {a: , u: }
"""


@pytest.fixture
def inventory(write: Write) -> Inventory:
    return load_inventory([write("hosts.yml", HOSTS)])


def test_hosts_stand_in_the_order_of_the_file(inventory: Inventory) -> None:
    assert list(inventory.hosts) == ["b", "a", "c", "e", "n1", "n2", "o", "q", "u"]


def test_a_group_without_a_parent_is_below_all(inventory: Inventory) -> None:
    assert list(inventory.groups["all"].children) == ["ungrouped", "zeta", "beta"]
    assert list(inventory.groups["beta"].children) == ["deep", "alpha"]


def test_a_host_is_ungrouped_only_when_no_other_group_has_it(inventory: Inventory) -> None:
    assert list(inventory.groups["ungrouped"].hosts) == ["u", "q"]
    assert inventory.group_names("q") == ["ungrouped"]
    assert inventory.group_names("a") == ["alpha", "beta", "deep", "zeta"]


def test_groups_of_a_host_are_ordered_by_depth_priority_and_name(inventory: Inventory) -> None:
    assert [group.name for group in inventory.groups_of("a")] == ["all", "zeta", "beta", "alpha", "deep"]
    assert {name: group.depth for name, group in inventory.groups.items()} == {
        "all": 0,
        "ungrouped": 1,
        "zeta": 1,
        "alpha": 2,
        "deep": 3,
        "beta": 1,
    }


def test_the_priority_is_no_variable(inventory: Inventory) -> None:
    assert inventory.groups["beta"].priority == 10
    assert inventory.groups["beta"].vars == {"x": "beta"}


def test_ranges_and_ports_in_keys(inventory: Inventory) -> None:
    assert inventory.hosts["n2"].vars == {"ansible_port": 2022, "k": "v"}
    assert inventory.hosts["o"].vars == {"ansible_port": 3}


def test_values_stay_templates_that_know_their_place(inventory: Inventory) -> None:
    value = inventory.groups["zeta"].vars["w"]
    assert isinstance(value, Template)
    assert (value.origin.line, value.origin.column) == (3, 22)
    assert inventory.groups["zeta"].vars.templated
    assert inventory.hosts["o"].vars.origin_of("ansible_port").line == 11


def test_a_group_of_one_name(write: Write) -> None:
    inventory = load_inventory([write("h.yml", "web:\n  hosts: w1\n  children: db\n")])
    assert list(inventory.groups["web"].hosts) == ["w1"]
    assert list(inventory.groups["web"].children) == ["db"]


def test_json_is_yaml(write: Write) -> None:
    inventory = load_inventory([write("h.json", '{"web": {"hosts": {"w1": {"x": 1}}}}')])
    assert inventory.hosts["w1"].vars == {"x": 1}


def test_diamonds_of_groups_are_walked_once(write: Write) -> None:
    levels = "".join(f"a{i}: {{children: {{a{i + 1}: , b{i + 1}: }}}}\n" for i in range(40))
    levels += "".join(f"b{i}: {{children: {{a{i + 1}: , b{i + 1}: }}}}\n" for i in range(1, 40))
    inventory = load_inventory([write("h.yml", levels + "a40: {hosts: {h: }}\n")])
    assert [host.name for host in inventory.groups["a0"].all_hosts()] == ["h"]
    assert len(inventory.groups_of("h")) == 81
    assert inventory.groups["a40"].depth == 41


def test_every_problem_is_reported_with_its_place(write: Write) -> None:
    path = write(
        "bad.yml",
        """\
        web:
          host: {a: }
          hosts: [a, b]
          vars: x
        db: foo
        1: {hosts: {h: }}
        app:
          hosts: {2: , a: 3, "w[1:": , "{{ q }}": , "": }
        loop: {children: {web: {children: {loop: }}}, vars: {ansible_group_priority: x}}
        """,
    )
    with pytest.raises(InputError) as caught:
        load_inventory([path])
    problems = [(p.origin.line, p.origin.column, p.message) for p in caught.value.problems if p.origin]
    assert problems == [
        (2, 3, "unknown key 'host' in group 'web'"),
        (3, 3, "hosts of group 'web' must be a mapping, not a list"),
        (4, 3, "vars of group 'web' must be a mapping, not text"),
        (5, 1, "group 'db' must be a mapping of hosts, vars, children"),
        (6, 1, "a group's name must be text, not 1"),
        (8, 11, "a host's name must be text, not 2"),
        (8, 16, "the variables of host 'a' must be a mapping, not 3"),
        (8, 22, "a bracket without its partner in 'w[1:'"),
        (8, 32, "a host's name can't hold a template: {{ q }}"),
        (8, 45, "a host's name is empty"),
        (9, 19, "group 'web' would contain itself through 'loop'"),
        (9, 54, "ansible_group_priority must be a number, not 'x'"),
    ]
    assert {p.origin.file for p in caught.value.problems if p.origin} == {str(path)}
    assert caught.value.problems[0].hint == "did you mean 'hosts'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a, b]\n", "not an inventory"),
        ("- hosts: all\n", "not an inventory"),
        ("plugin: aws_ec2\n", "there is no inventory plugin 'aws_ec2'"),
        ("web: {hosts: \n", "invalid YAML"),
        ("$ANSIBLE_VAULT;1.1;AES256\n3030\n", "damaged"),
        ("web: {children: {web: }}\n", "group 'web' would contain itself"),
        ("web: {children: {all: }}\n", "group 'all' would contain itself through 'web'"),
    ],
)
def test_what_is_no_inventory_is_refused(write: Write, text: str, message: str) -> None:
    if "all:" in text:
        text = "all: {children: {web: }}\n" + text
    with pytest.raises(InputError, match=message) as caught:
        load_inventory([write("h.yml", text)])
    assert caught.value.problems[0].origin is not None


def test_a_duplicate_key_and_a_useless_name_are_warnings(write: Write) -> None:
    inventory = load_inventory(
        [write("h.yml", "web:\n  vars: {x: 1, x: 2, 3: y, a-b: 4}\n  hosts: {web: }\n")]
    )
    assert inventory.groups["web"].vars == {"x": 2, "a-b": 4}
    assert [(w.origin.line, w.message) for w in inventory.warnings if w.origin] == [
        (2, "'x' is given twice: first at line 2"),
        (2, "a variable's name must be text: 3 is left out"),
        (2, "'a-b' can't be used as a variable's name in templates"),
        (1, "'web' is both a host and a group"),
    ]


def test_an_empty_file_is_an_empty_inventory(write: Write) -> None:
    inventory = load_inventory([write("h.yml", "# nothing\n")])
    assert not inventory.hosts
    assert [warning.message for warning in inventory.warnings] == ["the inventory is empty"]
