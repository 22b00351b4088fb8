"""Sources that compute: `constructed` and `generator`. The answers are those of ansible-inventory."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.source.values import Template
from opsflow.templating.inventory import InventoryTemplates

from .conftest import Write

HOSTS = """\
[web]
w1 dc=ams-1 tags='["a","b b"]' m='{"k":"v","e":""}'
w2 dc=''
lone
"""


def load(*sources: Path, **extra_vars: object) -> Inventory:
    return load_inventory(sources, templates=lambda: InventoryTemplates(extra_vars=extra_vars))


def groups(inventory: Inventory) -> dict[str, list[str]]:
    """The computed groups: their hosts, and their children in angle brackets."""
    found = {
        name: [*group.hosts, *(f"<{child}>" for child in group.children)]
        for name, group in inventory.groups.items()
    }
    return {name: members for name, members in found.items() if name not in ("all", "ungrouped", "web")}


def constructed(write: Write, options: str, hosts: str = HOSTS, **extra_vars: object) -> Inventory:
    return load(
        write("a.ini", hosts), write("b.yml", f"plugin: ansible.builtin.constructed\n{options}"), **extra_vars
    )


def test_composed_variables_see_what_earlier_sources_say(write: Write) -> None:
    options = """\
compose:
  joined: dc ~ 'x'
  raw: "'{{ 1 }}'"
  number: 7
  name: inventory_hostname_short ~ group_names | first
  own: joined
"""
    inventory = constructed(write, options)
    assert dict(inventory.hosts["w2"].vars) == {"dc": "", "joined": "x", "raw": "{{ 1 }}", "name": "w2web"}
    assert dict(inventory.hosts["lone"].vars) == {"raw": "{{ 1 }}", "name": "loneweb"}
    assert not isinstance(inventory.hosts["w2"].vars["raw"], Template)
    assert inventory.hosts["w2"].vars.origin_of("joined").line == 3


def test_a_condition_must_be_true_or_false_and_names_become_variable_names(write: Write) -> None:
    options = "groups:\n  g-dash: dc is defined\n  2nd: inventory_hostname == 'w2'\n  text: dc\n"
    assert groups(constructed(write, options)) == {"g_dash": ["w1", "w2"], "_nd": ["w2"]}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("key: dc", {"_ams_1": ["w1"]}),
        ("{key: dc, prefix: p, separator: ''}", {"pams_1": ["w1"]}),
        ("{key: dc, prefix: p, default_value: none}", {"p_ams_1": ["w1"], "p_none": ["w2"]}),
        ("{key: tags, prefix: t}", {"t_a": ["w1"], "t_b_b": ["w1"]}),
        ("{key: m, prefix: m}", {"m_k_v": ["w1"], "m_e_": ["w1"]}),
        ("{key: m, prefix: m, trailing_separator: false}", {"m_k_v": ["w1"], "m_e": ["w1"]}),
        ("{key: m, prefix: m, default_value: d}", {"m_k_v": ["w1"], "m_e_d": ["w1"]}),
        (
            "{key: dc, prefix: p, parent_group: 'in-{{ dc }}'}",
            {"p_ams_1": ["w1"], "in_ams_1": ["<p_ams_1>"]},
        ),
        ("{key: tags, prefix: 9}", {"__a": ["w1"], "__b_b": ["w1"]}),
        ("{key: '[]'}", {}),
        ("{key: absent}", {}),
    ],
)
def test_keyed_groups_are_named_after_values(
    write: Write, entry: str, expected: dict[str, list[str]]
) -> None:
    assert groups(constructed(write, f"keyed_groups:\n  - {entry}\n")) == expected


def test_the_leading_separator_of_a_name_without_prefix_can_be_left_out(write: Write) -> None:
    options = "leading_separator: false\nkeyed_groups:\n  - {key: dc}\n  - {key: dc, prefix: p}\n"
    assert groups(constructed(write, options)) == {"ams_1": ["w1"], "p_ams_1": ["w1"]}


def test_variables_of_groups_files_and_command_line_count_where_they_are_asked_for(write: Write) -> None:
    write("group_vars/web.yml", "beside: 1\n")
    options = "compose:\n  a: top\n  b: beside\n  c: extra\n"
    hosts = "[all:vars]\ntop=1\n[web]\nw1\n"
    assert dict(constructed(write, options, hosts, extra=3).hosts["w1"].vars) == {"a": 1}
    options += "use_vars_plugins: true\nuse_extra_vars: true\n"
    assert dict(constructed(write, options, hosts, extra=3).hosts["w1"].vars) == {"a": 1, "b": 1, "c": 3}


def test_computed_groups_take_part_in_precedence(write: Write) -> None:
    write("group_vars/p_ams_1.yml", "v: computed\n")
    inventory = constructed(write, "keyed_groups: [{key: dc, prefix: p}]\n")
    assert InventoryVariables(inventory).for_host("w1")["v"] == "computed"


def test_the_file_of_a_host_is_the_one_that_named_it_first(write: Write) -> None:
    inventory = constructed(write, "compose: {f: 'inventory_file | basename', d: inventory_dir}\n")
    values = inventory.hosts["w1"].vars
    assert values["f"] == "a.ini"
    assert values["d"] == inventory.hosts["w1"].place["inventory_dir"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("strict: true\ncompose: {x: nope + 1}\n", "b.yml:3:11: 'x' of host 'w1': 'nope' is undefined"),
        ("strict: true\ngroups: {g: dc}\n", "group 'g' of host 'w1': the condition 'dc' is text"),
        ("strict: true\nkeyed_groups: [{key: nope}]\n", "groups by 'nope' of host 'w1': 'nope' is undefined"),
        ("compose: {x: '1 +'}\n", "b.yml:2:14: template: unexpected 'end of template'"),
        ("compos: {}\n", "b.yml:2:1: unknown option 'compos'"),
        ("keyed_groups: [{key: '5'}]\n", "'5' must be text, a list or a mapping, not 5"),
        (
            "keyed_groups: [{key: dc, default_value: x, trailing_separator: no}]\n",
            "'default_value' and 'trailing_separator' exclude each other",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write: Write, options: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        constructed(write, options)
    assert message in str(caught.value)
    assert len(caught.value.problems) == 1


def test_a_computing_source_needs_templates(write: Write) -> None:
    with pytest.raises(InputError, match="the inventory plugin 'constructed' can't be used here"):
        load_inventory([write("b.yml", "plugin: constructed\n")])


def test_a_generator_makes_a_host_for_each_combination(write: Write) -> None:
    text = """\
plugin: generator
hosts:
  name: "{{ op }}_{{ app }}"
  parents:
    - name: "{{ op }}-g"
      parents: [{name: "{{ app }}_x", vars: {application: "{{ app }}", n: 1}}]
    - name: runner
layers: {op: [build, launch], app: [web, api]}
"""
    inventory = load(write("g.yml", text))
    hosts = ["build_web", "build_api", "launch_web", "launch_api"]
    assert list(inventory.hosts) == hosts
    assert groups(inventory) == {
        "build-g": ["build_web", "build_api"],
        "launch-g": ["launch_web", "launch_api"],
        "runner": hosts,
        "web_x": ["<build-g>", "<launch-g>"],
        "api_x": ["<build-g>", "<launch-g>"],
    }
    assert dict(inventory.groups["api_x"].vars) == {"application": "api", "n": 1}
    assert inventory.ungrouped.hosts == {}


def test_a_generator_that_names_nothing_is_refused(write: Write) -> None:
    with pytest.raises(InputError, match="'layers' is required"):
        load(write("g.yml", "plugin: generator\nhosts: {name: x}\n"))
    with pytest.raises(InputError, match=r"g\.yml:2:15: 'nope' is undefined"):
        load(write("g.yml", "plugin: generator\nhosts: {name: '{{ nope }}'}\nlayers: {a: [1]}\n"))
