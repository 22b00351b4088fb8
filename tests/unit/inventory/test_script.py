"""Executable inventories."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory import script
from opsflow.inventory.load import load_inventory
from opsflow.source.values import Template, VaultText

from .conftest import Write


@pytest.fixture
def program(write: Write) -> Write:
    """Write a shell script that is an inventory."""

    def write_program(name: str, text: str) -> Path:
        path = write(name, "#!/bin/sh\n" + text)
        path.chmod(0o755)
        return path

    return write_program


def test_list_with_meta_is_asked_once(program: Write) -> None:
    path = program(
        "inv.sh",
        """\
cat <<'END'
{"_meta": {"hostvars": {"w[1:2]": {"port": 22, "t": "{{ x }}"}, "unknown": {"x": 1}}},
 "web": {"hosts": ["w[1:2]", "b:22"], "vars": {"x": "ü", "ansible_group_priority": 5}, "children": ["kid"]},
 "flat": ["f1"], "solo": {"x": 1}, "kid": {}}
END
[ "$1" = --list ] || exit 1
""",
    )
    inventory = load_inventory([path])
    assert list(inventory.hosts) == ["w[1:2]", "b:22", "f1", "solo"]
    assert dict(inventory.hosts["w[1:2]"].vars) == {"port": 22, "t": "{{ x }}"}
    assert isinstance(inventory.hosts["w[1:2]"].vars["t"], Template)
    assert dict(inventory.groups["web"].vars) == {"x": "ü"}
    assert inventory.groups["web"].priority == 5
    assert list(inventory.groups["web"].children) == ["kid"]
    assert list(inventory.groups["flat"].hosts) == ["f1"]
    assert dict(inventory.groups["solo"].vars) == {"x": 1}
    assert inventory.hosts["f1"].place["inventory_file"] == str(path)


def test_without_meta_each_host_is_asked_for(program: Write) -> None:
    path = program(
        "inv.sh",
        """\
case "$1" in
  --list) echo '{"web": {"hosts": ["w1", "w2", "w3"]}}' ;;
  --host) [ "$2" = w3 ] || echo "{\\"name\\": \\"$2\\"}" ;;
esac
""",
    )
    inventory = load_inventory([path])
    assert [dict(host.vars) for host in inventory.hosts.values()] == [{"name": "w1"}, {"name": "w2"}, {}]


def test_what_a_script_says_beside_its_answer_is_a_warning(program: Write) -> None:
    inventory = load_inventory(
        [program("inv.sh", 'echo old cache >&2\necho \'{"_meta": {"hostvars": {}}}\'')]
    )
    assert [problem.message for problem in inventory.warnings] == ["the inventory script says: old cache"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("echo no token >&2; exit 3\n", "failed with exit code 3", "it said: no token"),
        ("echo '{]'\n", "output is not JSON: Expecting property name", None),
        ("echo '[1]'\n", "output must be a JSON object", None),
        ('echo \'{"web": {"hosts": 1}}\'\n', "hosts of group 'web' must be a list, not 1", None),
        ('echo \'{"web": {"vars": []}}\'\n', "vars of group 'web' must be an object, not []", None),
        (
            'echo \'{"_meta": {"hostvars": {"a": 1}}, "web": ["a"]}\'\n',
            "variables of host 'a' must be an object, not 1",
            None,
        ),
    ],
)
def test_a_script_that_fails_is_told(program: Write, text: str, message: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        load_inventory([program("inv.sh", text)])
    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.hint == hint
    assert str(problem.origin).endswith("inv.sh --list:1:1")


def test_a_script_is_not_waited_for_without_end(program: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "TIME_LIMIT", 0.2)
    with pytest.raises(InputError, match=r"the inventory script has not answered for 0\.2 seconds"):
        load_inventory([program("inv.sh", "sleep 60 | cat\n")])


def test_a_script_must_be_executable_and_its_interpreter_must_exist(write: Write, program: Write) -> None:
    with pytest.raises(InputError) as caught:
        load_inventory([write("inv.py", "#!/usr/bin/env python3\n")])
    assert (caught.value.problems[0].hint or "").startswith("make it executable: chmod +x ")
    path = write("none.sh", "#!/nowhere/sh\n")
    path.chmod(0o755)
    with pytest.raises(InputError, match="can't be run: No such file or directory"):
        load_inventory([path])


def test_an_executable_text_file_is_no_script(write: Write) -> None:
    path = write("hosts", "[web]\nw1\n")
    path.chmod(0o755)
    assert list(load_inventory([path]).hosts) == ["w1"]


def test_encrypted_values_have_ansibles_form(program: Write) -> None:
    path = program(
        "inv.sh", """echo '{"web": {"hosts": ["a"], "vars": {"x": {"__ansible_vault": "$ANSIBLE"}}}}'"""
    )
    value = load_inventory([path]).groups["web"].vars["x"]
    assert isinstance(value, VaultText)
    assert value == "$ANSIBLE"
