"""Many hosts in few words."""

from __future__ import annotations

import pytest

from opsflow.report.fold import duration_text, host_ranges, hosts_text


@pytest.mark.parametrize(
    ("hosts", "text"),
    [
        (["db1"], "db1"),
        (["web1", "web2"], "web1,web2"),
        (["web1", "web2", "web3"], "web[1:3]"),
        (["web08", "web09", "web10", "web12"], "web[08:10],web12"),
        (["web9", "web10", "web11"], "web[9:11]"),
        (["web98", "web99", "web100"], "web[98:100]"),
        (["web3", "db", "web1", "web2"], "web[1:3],db"),
        (["a1.x.org", "a2.x.org", "a3.x.org", "a4.y.org"], "a[1:3].x.org,a4.y.org"),
        (["a.dc1.org", "a.dc2.org", "a.dc3.org"], "a.dc[1:3].org"),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3"], "10.0.0.[1:3]"),
        (["web1", "web01", "web02", "web03"], "web1,web[01:03]"),
        ([], ""),
    ],
)
def test_ranges_of_hosts(hosts: list[str], text: str) -> None:
    assert host_ranges(hosts) == text


def test_what_is_cut_is_counted() -> None:
    hosts = ["a", "b", "c", "web1", "web2", "web3"]
    assert host_ranges(hosts, limit=2) == "a,b,… (4 more)"
    assert host_ranges(hosts, limit=4) == "a,b,c,web[1:3]"


def test_the_number_of_hosts_is_told_when_it_is_not_plain() -> None:
    assert hosts_text(["web1", "web2"]) == "web1,web2"
    assert hosts_text(["web1", "web2", "web3"]) == "web[1:3]  (3 hosts)"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.44, "0.4 s"), (42, "42 s"), (187, "3:07 min"), (3723, "1:02:03 h")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
