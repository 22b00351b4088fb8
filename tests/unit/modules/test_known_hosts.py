"""known_hosts: which lines are those of a host, and each line of a key by itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target.known_hosts import is_for
from tests.support.local import Run

ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
RSA = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAIQC7vbqajDhA"


def find_host(path: Path) -> str:
    """Return what ssh-keygen finds of h1."""
    argv = ["ssh-keygen", "-F", "h1", "-f", str(path)]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def test_hosts_are_found_as_ssh_finds_them() -> None:
    assert is_for("h1,10.0.0.1", "10.0.0.1")
    assert is_for("*.example.org,!x.example.org", "a.example.org")
    assert not is_for("*.example.org,!x.example.org", "x.example.org")
    assert is_for("web?", "web1")
    assert not is_for("web", "web1")
    assert is_for("[H1]:2222", "[h1]:2222")
    assert not is_for("|1|broken", "h1")


async def test_lines_of_several_kinds_are_added_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "known_hosts"
    key = f"# h1:22 SSH-2.0\nh1 {ED}\nh1 {RSA}\n"
    assert (await run("known_hosts", name="h1", key=key, path=str(path), check=True))["changed"] is True
    assert not path.parent.exists()
    assert (await run("known_hosts", name="h1", key=key, path=str(path)))["changed"] is True
    assert path.read_text() == f"h1 {ED}\nh1 {RSA}\n"
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert (await run("known_hosts", name="h1", key=key, path=str(path)))["changed"] is False
    await run("known_hosts", name="h1", key=key, path=str(path), hash_host=True)
    assert find_host(path).count("found: line") == 2
    assert not any(line.startswith("h1") for line in path.read_text().splitlines())


async def test_what_is_no_key_of_the_host_is_refused(run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "known_hosts")
    with pytest.raises(TaskError, match="not a line of a known_hosts file"):
        await run("known_hosts", name="h1", key="h1 only", path=path)
    with pytest.raises(TaskError, match="does not match"):
        await run("known_hosts", name="h1", key=f"h2 {ED}", path=path)
    with pytest.raises(ValidationError, match="No key specified"):
        await run("known_hosts", name="h1")
    with pytest.raises(ValidationError, match="Comma separated"):
        await run("known_hosts", name="h1,h2", key="x")
