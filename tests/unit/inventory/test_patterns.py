"""Patterns and limits. The table was compared with ansible's InventoryManager."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.core.errors import InputError
from opsflow.core.origin import Origin
from opsflow.inventory.model import Inventory, join
from opsflow.inventory.patterns import limit, read_limit, select, split, unmatched

GROUPS = {
    "web": ["web1", "web2", "web3"],
    "db": ["db1", "db2.example.com"],
    "prod": ["web1", "db1", "2001:db8::1"],
    "none": [],
    "web2": ["db1"],
}


def build() -> Inventory:
    inventory = Inventory()
    inventory.add_host("lone", {}, [])
    for name, hosts in GROUPS.items():
        inventory.add_child(inventory.all, inventory.add_group(name, Origin("t", 1, 1)))
        for host in hosts:
            inventory.add_host(host, {}, [name])
    return inventory


INVENTORY = build()
ALL = ["lone", "web1", "web2", "web3", "db1", "db2.example.com", "2001:db8::1"]


def names(pattern: str | list[str]) -> list[str]:
    return [host.name for host in select(INVENTORY, pattern)]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("all", ALL),
        ("*", ALL),
        ("web", ["web1", "web2", "web3"]),
        ("db,web", ["db1", "db2.example.com", "web1", "web2", "web3"]),
        ("db:web", ["db1", "db2.example.com", "web1", "web2", "web3"]),
        (" db , web1 ,", ["db1", "db2.example.com", "web1"]),
        (["db", "web1:web3"], ["db1", "db2.example.com", "web1", "web3"]),
        ("web3,web1", ["web3", "web1"]),
        ("web:&prod", ["web1"]),
        ("&prod:web", ["web1"]),
        ("&prod,!db", ["web1", "2001:db8::1"]),
        ("web:!prod", ["web2", "web3"]),
        ("!prod:web", ["web2", "web3"]),
        ("!web", ["lone", "db1", "db2.example.com", "2001:db8::1"]),
        ("&web", ["web1", "web2", "web3"]),
        ("web:!web1:&all", ["web2", "web3"]),
        ("*.example.com", ["db2.example.com"]),
        ("db2.example.com", ["db2.example.com"]),
        ("web?", ["db1", "web1", "web2", "web3"]),
        ("web[!1]", ["db1", "web2", "web3"]),
        ("we*[0]", ["web1"]),
        ("~^(web|db)$", ["web1", "web2", "web3", "db1", "db2.example.com"]),
        ("~web[13]", ["web1", "web3"]),
        ("~web(?:1|3),lone", ["web1", "web3", "lone"]),
        ("~web(?:1|3):lone", ["web1", "web3", "lone"]),
        ("!~.*\\d", ["lone"]),
        ("~[[w]eb1", ["web1"]),
        ("web[0]", ["web1"]),
        ("web[-1]", ["web3"]),
        ("web[-3]", ["web1"]),
        ("web[1:2]", ["web2", "web3"]),
        ("web[1:]", ["web2", "web3"]),
        ("web[:1]", ["web1", "web2"]),
        ("web[-2:]", ["web2", "web3"]),
        ("web[0:-2]", ["web1", "web2"]),
        ("web[5:9]", []),
        ("web[0]:db[0]", ["web1", "db1"]),
        ("web[0:1]:!web[0]", ["web2"]),
        ("2001:db8::1", ["2001:db8::1"]),
        ("2001:db8::1,lone", ["2001:db8::1", "lone"]),
        ("prod,!2001:db8::1", ["web1", "db1"]),
        ("none", []),
        ("none[0]", []),
        ("nobody", []),
        ("nobody[3]", []),
        ("localhost", ["localhost"]),
        ("lone,localhost", ["lone", "localhost"]),
        ("127.0.0.1", ["127.0.0.1"]),
        ("ungrouped", ["lone"]),
        ("", []),
        (",:", []),
        ([], []),
        ("!", []),
    ],
)
def test_a_pattern_means_hosts(pattern: str | list[str], expected: list[str]) -> None:
    assert names(pattern) == expected


def test_a_host_wins_over_a_group_of_its_name_unless_an_operator_or_subscript_asks_for_the_group() -> None:
    assert names("web2") == ["web2"]
    assert names("web2[0]") == ["db1"]
    assert names("prod:!web2") == ["web1", "2001:db8::1"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("~(", "bad pattern '~('"),
        ("!~[", "bad pattern '~['"),
        ("web[a:b]", "bad subscript '[a:b]'"),
        ("web[1-3]", "bad subscript '[1-3]'"),
        ("web[1:2:3]", "bad subscript '[1:2:3]'"),
        ("web[9]", "there is no web[9]: 'web' has 3 hosts"),
        ("web[-4]", "there is no web[-4]: 'web' has 3 hosts"),
    ],
)
def test_a_bad_pattern_is_an_error_at_its_place(pattern: str, message: str) -> None:
    origin = Origin("play.yml", 2, 10)
    with pytest.raises(InputError) as caught:
        select(INVENTORY, pattern, origin=origin)
    assert caught.value.problems[0].message.startswith(message)
    assert caught.value.problems[0].origin == origin


@pytest.mark.parametrize(
    ("pattern", "terms"),
    [
        ("a:b:!c", ["a", "b", "!c"]),
        ("a,b:c", ["a", "b", "c"]),
        ("g[1:3]:h", ["g[1:3]", "h"]),
        ("fe80::1", ["fe80::1"]),
        ("!fe80::1,&g", ["!fe80::1", "&g"]),
        ("~a{1,2}:b", ["~a{1,2}", "b"]),
        ("!~(?:x),y", ["!~(?:x)", "y"]),
        ("~a[(]b,c", ["~a[(]b", "c"]),
        ("a(b:c", ["a(b", "c"]),
        (" , a ,: ", ["a"]),
    ],
)
def test_terms_are_cut_outside_of_brackets_and_addresses(pattern: str, terms: list[str]) -> None:
    assert split(pattern) == terms


def test_unmatched_terms_are_named_without_operator_and_subscript() -> None:
    pattern = "web,zz,none,!yy*,&xx[1],~nope,localhost,web[5:9],lone"
    assert unmatched(INVENTORY, pattern) == ["zz", "yy*", "xx", "~nope"]


def test_a_limit_keeps_the_order_of_the_hosts() -> None:
    hosts = select(INVENTORY, "web,lone")
    assert [host.name for host in limit(INVENTORY, hosts, "lone,web3,db1,web1")] == ["web1", "web3", "lone"]
    assert [host.name for host in limit(INVENTORY, hosts, "!web1")] == ["web2", "web3", "lone"]
    assert limit(INVENTORY, hosts, "nobody") == []


def test_a_limit_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "retry"
    file.write_text("# failed\nweb1\n\n  web3\n")
    hosts = select(INVENTORY, "all")
    assert [host.name for host in limit(INVENTORY, hosts, f"@{file}")] == ["web1", "web3"]
    assert [host.name for host in limit(INVENTORY, hosts, f"@{file},lone,!web3")] == ["lone", "web1"]
    assert read_limit(f"@{file},x") == ["web1", "web3", "x"]


def test_an_empty_limit_never_means_all(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("\n")
    hosts = select(INVENTORY, "all")
    assert limit(INVENTORY, hosts, f"@{empty}") == []
    for text in ("", " ", ","):
        with pytest.raises(InputError, match="the limit is empty"):
            limit(INVENTORY, hosts, text)


def test_a_limit_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*missing"):
        limit(INVENTORY, [], f"@{tmp_path}/missing")


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    inventory = Inventory()
    for number in range(draw(st.integers(0, 8))):
        inventory.add_host(f"h{number}", {}, draw(st.lists(st.sampled_from(["g1", "g2", "g3"]), unique=True)))
    for name in ("g1", "g2", "g3"):
        inventory.add_child(inventory.all, inventory.add_group(name, Origin("t", 1, 1)))
    return inventory


TERMS = st.sampled_from(
    ["g1", "g2", "g3", "all", "h1", "h[0-9]*", "~h[0-4]", "nobody", "g1[0:1]", "ungrouped"]
)
PATTERNS = st.lists(st.tuples(st.sampled_from(["", "", "&", "!"]), TERMS), min_size=1, max_size=6)


@given(inventories(), PATTERNS)
def test_patterns_are_sets_whatever_the_place_of_operators(
    inventory: Inventory, terms: list[tuple[str, str]]
) -> None:
    def found(term: str) -> set[str]:
        return {host.name for host in select(inventory, term)}

    expected: set[str] = set()
    for term in [term for operator, term in terms if not operator] or ["all"]:
        expected |= found(term)
    for operator, term in terms:
        if operator:
            expected = expected & found(term) if operator == "&" else expected - found(term)
    written = [operator + term for operator, term in terms]
    chosen = [host.name for host in select(inventory, ",".join(written))]
    assert set(chosen) == expected
    assert len(chosen) == len(expected)
    assert chosen == [host.name for host in select(inventory, written)]
    assert chosen == [host.name for host in select(inventory, ":".join(written))]


@given(inventories(), PATTERNS)
def test_a_limit_is_an_intersection(inventory: Inventory, terms: list[tuple[str, str]]) -> None:
    pattern = ",".join(operator + term for operator, term in terms)
    hosts = select(inventory, "all")
    limited = limit(inventory, hosts, pattern)
    assert {host.name for host in limited} == {host.name for host in select(inventory, pattern)}
    assert limited == [host for host in hosts if host in limited]


@given(st.text(alphabet="ab!&~[]():,.*?-0129\\{} ", max_size=15))
def test_no_text_makes_it_fail_in_another_way(pattern: str) -> None:
    try:
        chosen = select(INVENTORY, pattern)
        unmatched(INVENTORY, pattern)
    except InputError:
        return
    assert len({host.name for host in chosen}) == len(chosen)


def test_joining_twice_is_joining_once() -> None:
    inventory = build()
    join(inventory.hosts["web1"], inventory.groups["web"])
    assert [host.name for host in select(inventory, "web")] == ["web1", "web2", "web3"]
