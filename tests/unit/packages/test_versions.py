"""Debian versions sort as dpkg sorts them; each line was checked with dpkg --compare-versions."""

import pytest

from opsflow.target.deb_version import compare


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0", "1.1"),
        ("1.9", "1.10"),
        ("1.0~rc1", "1.0"),
        ("1.0~rc1", "1.0~rc2"),
        ("1.0~~", "1.0~"),
        ("1.0", "1.0a"),
        ("1.0a", "1.0+b"),
        ("1.0-1", "1.0-1+deb12u1"),
        ("1.0-1~deb12u1", "1.0-1"),
        ("2.0", "1:1.0"),
        ("1.0", "1.0-1"),
        ("6.1.0-9", "6.1.0-25"),
        ("1b-0~", "1b-00"),
        ("0~b~0", "0"),
    ],
)
def test_sorts_as_dpkg_does(older: str, newer: str) -> None:
    assert compare(older, newer) < 0
    assert compare(newer, older) > 0


@pytest.mark.parametrize(("one", "same"), [("1.0", "1.0"), ("0:1.0", "1.0"), ("1.01", "1.1"), ("1-0", "1")])
def test_knows_equal_versions(one: str, same: str) -> None:
    assert compare(one, same) == 0
