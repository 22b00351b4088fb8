"""ssh_config keeps blocks of hosts and leaves the rest of the file alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

BEFORE = """# mine
Host old.example.org  # not a comment for ssh, but part of nothing here
    HostName 10.0.0.1

Host web
  HostName = 10.0.0.2
  # why
  Port 2200
  ServerAliveInterval 10

Match user joe
  Port 1
"""


async def test_a_host_is_added_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "config"
    given = {"ssh_config_file": str(path), "host": "a", "hostname": "10.0.0.3", "forward_agent": True}
    expected = {"hosts_added": ["a"], "hosts_changed": [], "hosts_removed": [], "hosts_change_diff": []}
    assert await run("ssh_config", check=True, **given) == {"changed": True, **expected}
    assert not path.exists()
    assert await run("ssh_config", **given) == {"changed": True, **expected}
    assert path.read_text() == "Host a\n    hostname 10.0.0.3\n    forwardagent yes\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (await run("ssh_config", **given))["changed"]


async def test_options_change_in_their_places(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(BEFORE)
    given = {"ssh_config_file": str(path), "host": "web", "hostname": "10.0.0.9", "proxyjump": "gate"}
    result = await run("ssh_config", **given, other_options={"compression": "yes"})
    assert result["hosts_changed"] == ["web"]
    old = {"hostname": "10.0.0.2", "port": "2200", "serveraliveinterval": "10"}
    new = {
        "hostname": "10.0.0.9", "serveraliveinterval": "10", "proxyjump": "gate", "compression": "yes",
    }  # fmt: skip
    assert result["hosts_change_diff"] == [{"web": {"old": old, "new": new}}]
    assert path.read_text() == BEFORE.replace("= 10.0.0.2", "= 10.0.0.9").replace(
        "  Port 2200\n", ""
    ).replace("Interval 10\n", "Interval 10\n  proxyjump gate\n  compression yes\n")
    assert not (await run("ssh_config", **given))["changed"]


async def test_a_host_goes_and_other_lines_stay(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(BEFORE)
    for changed in (True, False):
        result = await run("ssh_config", ssh_config_file=str(path), host="web", state="absent")
        assert result["changed"] is changed
    assert path.read_text() == BEFORE[: BEFORE.index("Host web")] + BEFORE[BEFORE.index("Match") :]


async def test_an_identity_file_that_is_not_there_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("")
    with pytest.raises(TaskError, match=r"IdentityFile .* does not exist"):
        await run("ssh_config", ssh_config_file=str(path), host="a", identity_file=str(tmp_path / "key"))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"user": "a", "ssh_config_file": "/b"}, "user or ssh_config_file"),
        ({"proxycommand": "a", "proxyjump": "b"}, "proxycommand or proxyjump"),
        ({"other_options": {"Port": "1"}}, "lower case"),
        ({"other_options": {"compression": True}}, "must be text"),
        ({"other_options": {"hostname": "a"}}, "an option of its own"),
    ],
)
async def test_bad_input(run: Run, given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("ssh_config", host="h", **given)
