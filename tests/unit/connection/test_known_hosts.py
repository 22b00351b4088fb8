"""known_hosts files are read as OpenSSH reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from opsflow.connection.known_hosts import KnownHosts, KnownHostsFile

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7wQvB3wYVnT3UOn3Jm5kYcFLdCVhSoXbHNVXnUTmXf"


def known(path: Path, text: str) -> KnownHosts:
    path.write_text(text)
    return KnownHosts([KnownHostsFile(path)])


def lines(hosts: KnownHosts, host: str, port: int = 22) -> list[int]:
    return [found.line for found in hosts.find(host, port)]


def test_names_addresses_ports_and_patterns(tmp_path: Path) -> None:
    hosts = known(
        tmp_path / "known",
        f"# comment\n\nweb1,10.0.0.1 {KEY} me\n[web1]:2222 {KEY}\n*.example.org,!bad.example.org {KEY}\n"
        f"[*.example.org]:99 {KEY}\n",
    )
    assert lines(hosts, "web1") == lines(hosts, "10.0.0.1") == lines(hosts, "WEB1") == [3]
    assert lines(hosts, "web1", 2222) == [4]
    assert lines(hosts, "a.example.org") == [5]
    assert lines(hosts, "a.example.org", 99) == [6]
    assert lines(hosts, "bad.example.org") == lines(hosts, "web2") == []


def test_without_a_line_for_the_port_the_one_for_the_host_counts(tmp_path: Path) -> None:
    assert lines(known(tmp_path / "known", f"web1 {KEY}\n"), "web1", 2222) == [1]


def test_hashed_names_as_ssh_keygen_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "known"
    path.write_text(f"web1 {KEY}\n[web2]:2222 {KEY}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", path], check=True, capture_output=True)
    assert "web1" not in path.read_text()
    hosts = KnownHosts([KnownHostsFile(path)])
    assert lines(hosts, "web1") == [1]
    assert lines(hosts, "web2", 2222) == [2]
    assert lines(hosts, "web2") == []


def test_markers_are_kept(tmp_path: Path) -> None:
    hosts = known(tmp_path / "known", f"@cert-authority *.org {KEY}\n@revoked web1 {KEY}\n")
    assert [found.marker for found in hosts.find("a.org", 22)] == ["cert-authority"]
    assert [found.marker for found in hosts.find("web1", 22)] == ["revoked"]


def test_a_file_that_does_not_exist_knows_nobody_until_a_key_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "ssh" / "known_hosts"
    hosts = KnownHosts([KnownHostsFile(path), KnownHostsFile(tmp_path / "other")])
    assert hosts.find("web1", 2222) == []
    accepted = hosts.accept("web1", 2222, KEY)
    assert accepted is not None
    assert (accepted.line, path.read_text()) == (1, f"[web1]:2222 {KEY}\n")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert hosts.find("web1", 2222) == [accepted]


def test_a_line_that_makes_no_sense_is_reported_and_skipped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hosts = known(tmp_path / "known", f"nonsense\n|1|?|? {KEY}\nweb1 {KEY}\n")
    assert lines(hosts, "web1") == [3]
    assert f"{tmp_path}/known:1 is not a line of a known_hosts file" in caplog.text
