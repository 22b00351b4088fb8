"""Ranges and ports in host names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsflow.inventory.names import expand, is_ipv6


@pytest.mark.parametrize(
    ("text", "names", "port"),
    [
        ("web1", ["web1"], None),
        ("web1:2222", ["web1"], 2222),
        ("10.0.0.1:22", ["10.0.0.1"], 22),
        ("2001:db8::1", ["2001:db8::1"], None),
        ("[2001:db8::1]:22", ["2001:db8::1"], 22),
        ("[::1]", ["::1"], None),
        ("web[1:3]", ["web1", "web2", "web3"], None),
        ("web[01:03].x:22", ["web01.x", "web02.x", "web03.x"], 22),
        ("web[08:10]", ["web08", "web09", "web10"], None),
        ("web[:2]", ["web0", "web1", "web2"], None),
        ("web[0:10:5]", ["web0", "web5", "web10"], None),
        ("db-[a:c]", ["db-a", "db-b", "db-c"], None),
        ("db-[y:B]", ["db-y", "db-z", "db-A", "db-B"], None),
        ("r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"], None),
    ],
)
def test_a_key_stands_for_names_and_a_port(text: str, names: list[str], port: int | None) -> None:
    assert expand(text) == (names, port)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w[1:", "bracket without its partner"),
        ("w]", "bracket without its partner"),
        ("w[a]", "is no range"),
        ("w[1:2:3:4]", "is no range"),
        ("w[1:]", "two numbers or two letters"),
        ("w[3:1]", "the first not after the last"),
        ("w[c:a]", "the first not after the last"),
        ("w[a:9]", "two numbers or two letters"),
        ("w[01:100]", "same number of digits"),
        ("w[1:9:0]", "step"),
        ("w[1:9:x]", "step"),
        ("w[1:999999999]", "more than 100000"),
        ("w[1:1000][1:1000]", "more than 100000"),
        ("w:0", "port 0"),
        ("w:65536", "port 65536"),
        ("w:1" + "0" * 5000, "port"),
        ("w[1:9" + "9" * 5000 + "]", "two numbers"),
    ],
)
def test_a_wrong_range_or_port_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        expand(text)


@given(first=st.integers(0, 500), count=st.integers(0, 50), step=st.integers(1, 7), width=st.integers(1, 6))
def test_a_numeric_range_keeps_its_width_and_includes_its_end(
    first: int, count: int, step: int, width: int
) -> None:
    last = first + count
    digits = max(width, len(str(last)))
    begin, end = str(first).zfill(digits), str(last).zfill(digits)
    names, _ = expand(f"h[{begin}:{end}:{step}]")
    assert [int(name[1:]) for name in names] == list(range(first, last + 1, step))
    if begin.startswith("0") and digits > 1:
        assert {len(name) for name in names} == {digits + 1}


@given(st.text(alphabet="[]:ab01.-", max_size=12))
def test_no_text_makes_it_fail_in_another_way(text: str) -> None:
    try:
        names, _ = expand(text)
    except ValueError:
        return
    assert names
    assert all("[" not in name or is_ipv6(name) for name in names)
