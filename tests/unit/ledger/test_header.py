"""Who ran what, with which files: without secrets."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from opsflow.ledger.header import Place, digest, git_state, masked, secrets_in, started


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["-e", "password=hunter2 user=me"], "-e 'password=******** user=me'"),
        (["-e", '{"db_password": "hunter 2"}'], "-e '{\"db_password\": ********}'"),
        (["-e", "{api_token: hunter2, a: 1}"], "-e '{api_token: ********, a: 1}'"),
        (["-a", "true --password hunter2 -v"], "-a 'true --password ******** -v'"),
        (["--password", "hunter2"], "--password '********'"),
        (["--password=hunter2"], "'--password=********'"),
        (["curl https://me:hunter2@host/x"], "'curl https://me:********@host/x'"),
        (["--state", "postgresql://o:hunter2@db/x"], "--state 'postgresql://o:********@db/x'"),
        (["--ask-pass", "site.yml"], "--ask-pass site.yml"),
        (["--vault-password-file", "vault.txt"], "--vault-password-file vault.txt"),
        (["--private-key=~/.ssh/id"], "'--private-key=~/.ssh/id'"),
        (["-e", "@secrets.yml"], "-e @secrets.yml"),
        (["systemctl restart passwd-sync"], "'systemctl restart passwd-sync'"),
    ],
)
def test_secrets_of_a_command_line_are_masked(arguments: list[str], shown: str) -> None:
    assert masked(arguments) == shown
    assert ("hunter" in " ".join(arguments)) == any("hunter" in one for one in secrets_in(arguments))


def test_a_digest_changes_with_any_file_below(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    file = tmp_path / "group_vars" / "all.yml"
    file.write_text("a: 1")
    before = digest([str(tmp_path)])
    assert digest([str(tmp_path)]) == before
    file.write_text("a: 2")
    assert digest([str(tmp_path)]) != before
    assert digest(["a,b,"]) != digest(["a,c,"])


def test_the_commit_and_whether_it_is_all(tmp_path: Path) -> None:
    assert git_state(tmp_path) == (None, None)
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    commit, dirty = git_state(tmp_path)
    assert (len(commit or ""), dirty) == (40, False)
    (tmp_path / "site.yml").write_text("")
    assert git_state(tmp_path) == (commit, True)


def test_who_is_at_work() -> None:
    place = Place.here({"SUDO_USER": "alice", "SSH_CONNECTION": "10.0.0.5 5022 10.0.0.1 22"})
    assert place.who.startswith("alice as ")
    assert (place.client, place.pid) == ("10.0.0.5", os.getpid())
    assert place.pid_started == started(os.getpid()) > 0
    assert started(2**22 + 1) == 0
