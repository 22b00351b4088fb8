"""INI hosts files. Expected values were compared with ansible-inventory."""

from __future__ import annotations

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory
from opsflow.inventory.model import Inventory
from opsflow.source.values import Map, Seq, Template

from .conftest import Write

HOSTS = """\
# a comment
; another
solo ansible_host=1.2.3.4 a=1 b=True c=true d="x y" e='[1, "{{ z }}"]' f={"k":2} g=0x10 h=007 # tail
[web]
web[1:3].x:23 r=1
[web:vars]
x = 5 # five
y = foo # bar
q="quoted"
em=
n=None
t={{ x }} and {{ y }}
m={"k": "{{ x }}"}
[db]  # comment
d-[a:c] z='5' w="'5'" l=1,2 u=a=b
[prod:children]
web
db # x
late
[all:vars]
av=1
[late]
"""


@pytest.fixture
def inventory(write: Write) -> Inventory:
    return load_inventory([write("hosts", HOSTS)])


def test_host_lines_are_split_as_a_shell_does_and_values_are_python_literals(inventory: Inventory) -> None:
    assert inventory.hosts["solo"].vars == {
        "ansible_host": "1.2.3.4",
        "a": 1,
        "b": True,
        "c": "true",
        "d": "x y",
        "e": [1, "{{ z }}"],
        "f": "{k:2}",
        "g": 16,
        "h": "007",
    }
    assert inventory.hosts["d-b"].vars == {"z": 5, "w": "5", "l": [1, 2], "u": "a=b"}


def test_group_variables_are_the_rest_of_the_line(inventory: Inventory) -> None:
    values = inventory.groups["web"].vars
    assert values == {
        "x": 5,
        "y": "foo # bar",
        "q": "quoted",
        "em": "",
        "n": None,
        "t": "{{ x }} and {{ y }}",
        "m": {"k": "{{ x }}"},
    }
    assert inventory.groups["all"].vars == {"av": 1}


def test_ranges_ports_and_groups(inventory: Inventory) -> None:
    assert list(inventory.groups["web"].hosts) == ["web1.x", "web2.x", "web3.x"]
    assert inventory.hosts["web3.x"].vars == {"ansible_port": 23, "r": 1}
    assert list(inventory.groups["prod"].children) == ["web", "db", "late"]
    assert list(inventory.groups["ungrouped"].hosts) == ["solo"]
    assert inventory.group_names("web1.x") == ["prod", "web"]


def test_text_in_literals_is_a_template_too(inventory: Inventory) -> None:
    listed = inventory.hosts["solo"].vars["e"]
    assert isinstance(listed, Seq)
    assert listed.templated
    assert isinstance(listed[1], Template)
    mapped = inventory.groups["web"].vars["m"]
    assert isinstance(mapped, Map)
    assert mapped.templated
    assert isinstance(inventory.groups["web"].vars["t"], Template)


def test_variables_know_their_place(inventory: Inventory) -> None:
    assert str(inventory.hosts["solo"].vars.origin_of("a")).endswith("hosts:3:27")
    assert str(inventory.groups["web"].vars.origin_of("em")).endswith("hosts:10:1")


def test_every_problem_is_reported_with_its_place(write: Write) -> None:
    path = write(
        "bad.ini",
        """\
        [web]
        w1 foo x=1
          w2 "x
        [prod:children]
        wbe
        a b
        [nope:vars]
        x
        y=1
        [web:var]
        skipped
        [a b]
        [db]
        w[1:
        d1 x =1
        """,
    )
    with pytest.raises(InputError) as caught:
        load_inventory([path])
    problems = [(p.origin.line, p.origin.column, p.message) for p in caught.value.problems if p.origin]
    assert problems == [
        (2, 4, "expected name=value, found 'foo'"),
        (3, 3, "cannot be split into words: no closing quotation"),
        (6, 1, "expected the name of a group, found 'a b'"),
        (8, 1, "expected name=value, found 'x'"),
        (10, 1, "unknown kind of section 'var'"),
        (12, 1, "not a section: [a b]"),
        (14, 1, "a bracket without its partner in 'w[1:'"),
        (15, 4, "expected name=value, found 'x'"),
        (7, 1, "undefined group 'nope'"),
        (5, 1, "undefined group 'wbe'"),
    ]
    hints = {p.message: p.hint for p in caught.value.problems}
    assert hints["undefined group 'wbe'"] == "did you mean 'web'?"
    assert hints["undefined group 'nope'"] == "define it with a section [nope]"
    assert hints["unknown kind of section 'var'"] == "did you mean 'vars'?"


def test_groups_in_a_circle_are_refused(write: Write) -> None:
    with pytest.raises(InputError, match="h:4:1: group 'a' would contain itself through 'b'"):
        load_inventory([write("h", "[a:children]\nb\n[b:children]\na\n")])


def test_a_group_of_an_earlier_source_is_known(write: Write) -> None:
    first, second = (
        write("1.yml", "web: {hosts: {w: }}\n"),
        write("2.ini", "[prod:children]\nweb\n[web:vars]\nx=1\n"),
    )
    inventory = load_inventory([first, second])
    assert inventory.group_names("w") == ["prod", "web"]
    assert inventory.groups["web"].vars == {"x": 1}


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("all:\n  hosts: {y: }\n", ["y"]),
        ("---\nall: {hosts: {y: }}\n", ["y"]),
        ('{"all": {"hosts": {"y": {}}}}\n', ["y"]),
        ("web1 x='a: b'\n", ["web1"]),
        ("web1:22\n", ["web1"]),
        ("# all:\n[web]\nw\n", ["w"]),
    ],
)
def test_the_format_of_a_file_without_a_suffix_is_seen(write: Write, text: str, hosts: list[str]) -> None:
    assert list(load_inventory([write("hosts", text)]).hosts) == hosts
