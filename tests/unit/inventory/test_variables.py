"""Precedence of variables. Expected values were compared with ansible-inventory --playbook-dir."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory
from opsflow.inventory.variables import InventoryVariables
from opsflow.source.values import Template

from .conftest import Write

# Weakest first. Each sets `v`, and a variable of its own, so that all are seen to be read.
LAYERS = [
    ("inv/hosts.yml", "all: {vars: {V: 1}}\n"),
    ("inv/hosts2.yml", "top: {vars: {V: 1}}\n"),
    ("inv/hosts3.yml", "sub: {vars: {V: 1}}\n"),
    ("inv/group_vars/all.yml", "V: 1\n"),
    ("play/group_vars/all", "V: 1\n"),
    ("inv/group_vars/top.yaml", "V: 1\n"),
    ("inv/group_vars/sub/10.yml", "V: 1\n"),
    ("inv/group_vars/sub/20.json", '{"V": 1}\n'),
    ("play/group_vars/top.json", '{"V": 1}\n'),
    ("play/group_vars/sub.yml", "V: 1\n"),
    ("inv/hosts4.yml", "sub: {hosts: {h: {V: 1}}}\n"),
    ("inv/host_vars/h.yml", "V: 1\n"),
    ("play/host_vars/h", "V: 1\n"),
]


@pytest.mark.parametrize("strongest", range(len(LAYERS)))
def test_each_layer_wins_over_all_before_it(write: Write, tmp_path: Path, strongest: int) -> None:
    write("inv/hosts0.yml", "top: {children: {sub: {hosts: {h: }}}}\n")
    for number, (name, text) in enumerate(LAYERS[: strongest + 1]):
        value = f"l{number}: 1, v: {number}" if name.startswith("inv/hosts") else f"l{number}: 1\nv: {number}"
        value = f'"l{number}": 1, "v": {number}' if name.endswith("json") else value
        write(name, text.replace('"V": 1', value).replace("V: 1", value))
    inventory = load_inventory([tmp_path / "inv"], playbook_dir=tmp_path / "play")
    values = InventoryVariables(inventory).for_host("h")
    assert values == {"v": strongest, **{f"l{number}": 1 for number in range(strongest + 1)}}


def test_layers_tell_where_a_value_comes_from(write: Write, tmp_path: Path) -> None:
    hosts = write("hosts.yml", "web: {vars: {x: 1}, hosts: {h: {x: 3}}}\n")
    file = write("group_vars/web.yml", "x: 2\n")
    layers = InventoryVariables(load_inventory([hosts])).layers("h")
    assert [(name, dict(values)) for name, values in layers] == [
        ("inventory group all", {}),
        ("inventory group web", {"x": 1}),
        (str(file), {"x": 2}),
        ("inventory host", {"x": 3}),
    ]


def test_among_equal_groups_priority_then_name_decides(write: Write) -> None:
    text = "a: {vars: {x: a, y: a, ansible_group_priority: 2}, hosts: {h: }}\n"
    text += "b: {vars: {x: b, z: b}, hosts: {h: }}\nc: {vars: {z: c}, hosts: {h: }}\n"
    values = InventoryVariables(load_inventory([write("h.yml", text)])).for_host("h")
    assert values == {"x": "a", "y": "a", "z": "c"}


def test_a_later_source_wins_even_for_a_shallower_group(write: Write) -> None:
    first = write("s1/h.yml", "top: {children: {deep: {hosts: {h: }}}}\n")
    second = write("s2/h.yml", "top: {vars: {t: 1}}\n")
    write("s1/group_vars/deep.yml", "v: deep\n")
    write("s2/group_vars/top.yml", "v: top\n")
    assert InventoryVariables(load_inventory([first, second])).for_host("h")["v"] == "top"
    assert InventoryVariables(load_inventory([second, first])).for_host("h")["v"] == "deep"


def test_values_are_replaced_whole_and_stay_unrendered(write: Write) -> None:
    hosts = write("hosts.yml", "web: {hosts: {h: }, vars: {d: {a: 1}}}\n")
    write("group_vars/web.yml", 'd: {b: 2}\nt: "{{ d.b }}"\n')
    values = InventoryVariables(load_inventory([hosts])).for_host("h")
    assert values["d"] == {"b": 2}
    assert isinstance(values["t"], Template)


def test_the_result_is_the_callers_own(write: Write) -> None:
    variables = InventoryVariables(load_inventory([write("h.yml", "web: {hosts: {h: }, vars: {x: 1}}\n")]))
    variables.for_host("h")["x"] = 2
    assert variables.for_host("h") == {"x": 1}


def test_implicit_localhost_has_the_variables_of_all_and_its_own(write: Write) -> None:
    hosts = write("hosts.yml", "all: {vars: {x: 1}, hosts: {a: }}\n")
    write("group_vars/all.yml", "y: 2\n")
    write("group_vars/ungrouped.yml", "no: 1\n")
    write("host_vars/localhost.yml", "z: 3\n")
    values = InventoryVariables(load_inventory([hosts])).for_host("localhost")
    assert {name: values.get(name) for name in ("x", "y", "z", "no", "ansible_connection")} == {
        "x": 1,
        "y": 2,
        "z": 3,
        "no": None,
        "ansible_connection": "local",
    }


def test_of_a_directory_some_files_count(write: Write) -> None:
    hosts = write("hosts", "[web]\nh\n")
    for name in ("b.yml", "a", "sub/c.json", ".hidden.yml", "d.yml~", "e.txt", "sub.d/f.yml"):
        write(f"group_vars/web/{name}", f'{{"last": "{name}", "{name[0]}": 1}}')
    inventory = load_inventory([hosts])
    assert InventoryVariables(inventory).for_host("h") == {"a": 1, "b": 1, "s": 1, "last": "sub/c.json"}


def test_a_file_that_is_hidden_by_another_is_warned_about(write: Write) -> None:
    hosts = write("hosts", "[web]\nh\n")
    write("group_vars/web/x.yml", "x: 1\n")
    hidden = write("group_vars/web.yml", "y: 1\n")
    inventory = load_inventory([hosts])
    assert InventoryVariables(inventory).for_host("h") == {"x": 1}
    assert [warning.origin for warning in inventory.warnings] == [(str(hidden), 1, 1)]


def test_a_list_of_hosts_has_no_files_beside_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("group_vars/all.yml", "x: 1\n")
    monkeypatch.chdir(tmp_path)
    assert InventoryVariables(load_inventory(["h,"])).for_host("h") == {}
    beside_playbook = InventoryVariables(load_inventory(["h,"]), playbook_dir=tmp_path)
    assert beside_playbook.for_host("h") == {"x": 1}


def test_an_empty_file_and_one_for_nobody_are_fine(write: Write) -> None:
    hosts = write("hosts", "h\n")
    write("host_vars/h.yml", "")
    write("host_vars/stranger.yml", "not: [valid")
    assert InventoryVariables(load_inventory([hosts])).for_host("h") == {}


def test_check_finds_every_problem_in_the_files_of_some_hosts(write: Write) -> None:
    hosts = write("hosts", "[web]\nh1\nh2\n[db]\nd1\n")
    write("group_vars/all.yml", "- a list\n")
    write("group_vars/web/a.yml", "x: [1\n")
    write("group_vars/web/b.yml", "$ANSIBLE_VAULT;1.1;AES256\n3030\n")
    write("host_vars/h2", "x: 1\n\ty: 2\n")
    write("host_vars/d1", "broken: [")
    inventory = load_inventory([hosts], playbook_dir=hosts.parent)
    variables = InventoryVariables(inventory)
    with pytest.raises(InputError) as caught:
        variables.check([inventory.host("h1"), inventory.host("h2")])
    found = [(Path(p.origin.file).name, p.message.split(":")[0]) for p in caught.value.problems if p.origin]
    assert found == [
        ("all.yml", "a file of variables must be a mapping of names to values"),
        ("a.yml", "invalid YAML"),
        ("b.yml", "damaged"),
        ("h2", "invalid YAML"),
    ]
    with pytest.raises(InputError, match=r"all\.yml"):
        variables.for_host("h1")


def test_a_directory_that_cannot_be_read_is_an_error_not_a_crash(write: Write, tmp_path: Path) -> None:
    variables = InventoryVariables(load_inventory([write("hosts", "h\n")]))
    (tmp_path / "host_vars").symlink_to(tmp_path / "host_vars")
    with pytest.raises(InputError, match=r"cannot read .*host_vars: Too many levels"):
        variables.check([variables.inventory.host("h")])


def test_useless_names_in_files_are_left_out_with_a_warning(write: Write) -> None:
    hosts = write("hosts", "h\n")
    write("host_vars/h.yml", "1: x\nok: 2\n")
    inventory = load_inventory([hosts])
    assert InventoryVariables(inventory).for_host("h") == {"ok": 2}
    assert [warning.message for warning in inventory.warnings] == [
        "a variable's name must be text: 1 is left out"
    ]


def test_group_vars_directory_is_read_once(write: Write) -> None:
    hosts = write("hosts", "[web]\nh[1:50]\n")
    file = write("group_vars/web.yml", "x: 1\nx: 2\n")
    inventory = load_inventory([hosts])
    variables = InventoryVariables(inventory)
    assert variables.for_host("h1") == {"x": 2}
    file.unlink()
    assert variables.for_host("h50") == {"x": 2}
    assert len(inventory.warnings) == 1


def test_a_slip_of_the_pen_in_a_connection_variable_is_warned_about(write: Write) -> None:
    hosts = write(
        "hosts",
        "[web]\nh ansible_hots=10.0.0.1 ansible_sftp_extra_args=-C ansible_own=1\n",
    )
    write("group_vars/web.yml", "ansible_prot: 22\nansible_python_interpeter: python3\n")
    inventory = load_inventory([hosts])
    InventoryVariables(inventory).for_host("h")
    assert [warning.message for warning in inventory.warnings] == [
        "'ansible_hots' says nothing about how the host is reached: did you mean 'ansible_host'?",
        "'ansible_prot' says nothing about how the host is reached: did you mean 'ansible_port'?",
        "'ansible_python_interpeter' says nothing about how the host is reached: "
        "did you mean 'ansible_python_interpreter'?",
    ]
