"""`opsflow config`: each setting with its value and who says so; secrets are not shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.cli import Opsflow


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nforks = 5\nremote_user = admin\n")
    (tmp_path / "opsflow.yml").write_text(
        "become: true\n"
        "inventory: hosts.yml\n"
        "notifiers:\n"
        "  - {type: webhook, url: https://u:hunter2@example.org, secret: hunter2}\n"
        "  - {type: email, username: me, password_env: MAIL_PASSWORD}\n"
    )
    return Opsflow(tmp_path)


def test_each_setting_has_its_source(opsflow: Opsflow) -> None:
    found = json.loads(opsflow("config", "--output", "json", "-u", "root", env={"ANSIBLE_TIMEOUT": "7"}).out)
    where = opsflow.directory
    assert found["forks"] == {"value": 5, "source": f"{where}/ansible.cfg:2"}
    assert found["become"] == {"value": True, "source": f"{where}/opsflow.yml:1"}
    assert found["timeout"] == {"value": 7.0, "source": "$ANSIBLE_TIMEOUT"}
    assert found["remote_user"] == {"value": "root", "source": "command line"}
    assert found["vault_ids"] == {"value": [], "source": "default"}


def test_only_what_was_asked_for(opsflow: Opsflow) -> None:
    assert opsflow("config", "forks", "-f", "9").out == "forks  9  (command line)\n"
    changed = opsflow("config", "--changed", env={"OPSFLOW_HOST_LOCK": ""}).out
    assert [line.split()[0] for line in changed.splitlines()] == [
        "inventory", "forks", "remote_user", "become", "notifiers",
    ]  # fmt: skip


def test_secrets_are_masked(opsflow: Opsflow) -> None:
    for output in ("text", "json"):
        out = opsflow("config", "--output", output).out
        assert "hunter2" not in out
        assert "MAIL_PASSWORD" in out


def test_a_typing_error(opsflow: Opsflow) -> None:
    done = opsflow("config", "fork")
    assert (done.code, "did you mean 'forks'?" in done.err) == (1, True)
