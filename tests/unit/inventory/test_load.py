"""Sources: files, directories, host lists, and several together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.inventory.load import load_inventory

from .conftest import Write


def test_a_list_of_hosts() -> None:
    inventory = load_inventory(["a, b:22,,[::1]:23,"])
    assert list(inventory.groups["ungrouped"].hosts) == ["a", "b", "::1"]
    assert inventory.hosts["b"].vars == {"ansible_port": 22}
    assert inventory.sources == ("a, b:22,,[::1]:23,",)
    assert inventory.vars_dirs == ()


def test_a_bad_name_in_a_list_is_pointed_at() -> None:
    with pytest.raises(InputError) as caught:
        load_inventory(["ok,bad[1:,"])
    assert caught.value.problems[0].origin == ("ok,bad[1:,", 1, 4)


def test_later_sources_win_and_add(write: Write) -> None:
    first = write("a/hosts.yml", "web: {hosts: {w1: {x: 1, y: 1}}, vars: {g: 1}}\n")
    second = write("b/hosts.yml", "web: {hosts: {w2: , w1: {x: 2}}, vars: {g: 2}}\n")
    inventory = load_inventory([str(first), second])
    assert list(inventory.groups["web"].hosts) == ["w1", "w2"]
    assert inventory.hosts["w1"].vars == {"x": 2, "y": 1}
    assert inventory.groups["web"].vars == {"g": 2}
    assert inventory.hosts["w1"].source == first
    assert inventory.vars_dirs == (first.parent, second.parent)


def test_a_directory_is_read_in_order_without_what_is_no_inventory(write: Write, tmp_path: Path) -> None:
    write("inv/20-ini", "[web]\nlast\n")
    write("inv/10.yml", "web: {hosts: {first: }}\n")
    write("inv/sub/more.yml", "web: {hosts: {nested: }}\n")
    for ignored in ("README.md", "x.cfg", "y.bak", "z~", ".hidden", "group_vars/web.yml", "host_vars/first"):
        write(f"inv/{ignored}", "%%% not an inventory")
    assert list(load_inventory([tmp_path / "inv"]).hosts) == ["first", "last", "nested"]


def test_a_source_listed_twice_counts_at_its_last_place(write: Write, tmp_path: Path) -> None:
    a, b = write("a/h", "x\n"), write("b/h", "y\n")
    assert load_inventory([a, b, a]).vars_dirs == (tmp_path / "b", tmp_path / "a")


def test_problems_of_all_sources_come_together(write: Write, tmp_path: Path) -> None:
    bad_yaml, bad_ini = write("a.yml", "web: {host: }\n"), write("b.ini", "[web:x]\n")
    broken, missing = write("c.yml", "a: b: c\n"), tmp_path / "missing"
    with pytest.raises(InputError) as caught:
        load_inventory([bad_yaml, bad_ini, broken, missing, "w[1:,"])
    assert [problem.message.split(": ")[0] for problem in caught.value.problems] == [
        "unknown key 'host' in group 'web'",
        "unknown kind of section 'x'",
        "invalid YAML",
        f"inventory {missing} does not exist",
        "a bracket without its partner in 'w[1:'",
    ]


def test_a_missing_file_may_have_been_meant_as_a_host(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_inventory(["web1"])
    assert caught.value.problems[0].hint == "for a single host write 'web1,'"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("inv.ini", "$ANSIBLE_VAULT;1.1;AES256\n3030\n", "damaged: this is not what the vault writes"),
    ],
)
def test_formats_that_are_not_read_are_named(write: Write, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_inventory([write(name, text)])


def test_a_file_that_is_no_text_is_an_error_not_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "hosts"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        load_inventory([path])


def test_what_the_system_cannot_open_is_an_error_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read inventory x+: File name too long"):
        load_inventory(["x" * 300])
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match="loop does not exist"):
        load_inventory([tmp_path])


def test_ten_thousand_hosts_load_in_order(write: Write) -> None:
    path = write(
        "big.yml", "".join(f"g{g}: {{hosts: {{'h{g}-[0:499]': {{rack: {g}}}}}}}\n" for g in range(20))
    )
    inventory = load_inventory([path])
    assert len(inventory.hosts) == 10_000
    assert inventory.hosts["h19-499"].vars == {"rack": 19}
    assert [host.name for host in inventory.all.all_hosts()] == list(inventory.hosts)


def test_an_inventory_can_come_through_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"[web]\nw1 x=1\n")
    os.close(writer)
    try:
        assert dict(load_inventory([f"/dev/fd/{reader}"]).hosts["w1"].vars) == {"x": 1}
    finally:
        os.close(reader)
