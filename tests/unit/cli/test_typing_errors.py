"""What a person mistypes is named at its place, with what was meant, before any host is touched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Opsflow

INVENTORY = """web:
  hosts:
    web1: {ansible_connection: local}
    web2: {ansible_connection: local}
"""
PLAYBOOK = """- hosts: web
  gather_facts: false
  tasks:
    - name: Say hello
      command: echo hello
      tags: [hello]
"""
NOBODY_TOUCHED = "no host was touched"


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(INVENTORY)
    (tmp_path / "site.yml").write_text(PLAYBOOK)


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("plya site.yml", 5, "Did you mean 'play'?"),
        ("play", 5, "Missing argument 'PLAYBOOK'"),
        ("play site.yml --chekc", 5, "--check"),
        ("play site.yml -f none", 5, "'--forks'"),
        ("play site.yml -i hosts.yml -c locl", 5, "must be ssh or local (did you mean 'local'?), not 'locl'"),
        ("play site.yml -i hosts.yml --become-method sudoo", 5, "did you mean 'sudo'?"),
        ("play site.yml -i hosts.yml --output jsn", 5, "did you mean 'json'?"),
        ("exec web -i hosts.yml", 5, "there is no command to run"),
        ("inventory graph", 5, "name one with -i"),
        ("inventory host web3 -i hosts.yml", 5, "did you mean 'web2'?"),
        ("play stie.yml -i hosts.yml", 3, "cannot read stie.yml: No such file"),
        ("play hosts.yml -i hosts.yml", 3, "hosts.yml:1:1: a playbook is a list of plays"),
        ("play site.yml", 3, "name one with -i, such as -i hosts.yml"),
        ("play site.yml -i host.yml", 3, "inventory host.yml does not exist"),
        ("play site.yml -i hosts.yml -l wbe1", 3, "did you mean 'web1'?"),
        ("play site.yml -i hosts.yml -t helo", 3, "did you mean 'hello'?"),
        ("play site.yml -i hosts.yml --start-at-task say*", 3, "no task is named 'say*'"),
        ("play site.yml -i hosts.yml -e hello", 3, "write name=value"),
        ("play site.yml -i hosts.yml -e @vars.yml", 3, "cannot read vars.yml"),
        ("play site.yml -i hosts.yml -e ansible_connection=x", 3, "ansible_connection must be ssh or local"),
        ("exec wbe1 -i hosts.yml uptime", 3, "did you mean 'web1'?"),
        ("exec web -i hosts.yml -m servce", 3, "did you mean 'service'?"),
        ("exec web -i hosts.yml -m service -a nam=x", 3, "did you mean 'name'?"),
    ],
)
def test_command_lines(opsflow: Opsflow, line: str, code: int, message: str) -> None:
    given, out, err = opsflow(*line.split())
    assert (given, out) == (code, "")
    assert message in err
    assert (code == 3) is (NOBODY_TOUCHED in err)


def test_all_problems_of_all_files_are_told_at_once(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(
        """- hosts: web
  becom: true
  tasks:
    - aptt: name=nginx
    - apt:
        nam: nginx
      notify: Restart
"""
    )
    (tmp_path / "hosts.yml").write_text("web:\n  host:\n    web1:\n")
    code, _, err = opsflow("play", "site.yml", "-i", "hosts.yml")
    assert code == 3
    for place in ("site.yml:2:3", "site.yml:4:7", "site.yml:6:9", "site.yml:7:15", "hosts.yml:2:3"):
        assert f"{place}: " in err
    assert "5 problems found" in err


def test_connection_variables_are_checked_before_the_run(opsflow: Opsflow, tmp_path: Path) -> None:
    hosts = "web:\n  hosts:\n    web1: {ansible_port: ssh}\n    web2:\n  vars: {ansible_become_method: sud}\n"
    (tmp_path / "hosts.yml").write_text(hosts)
    code, _, err = opsflow("play", "site.yml", "-i", "hosts.yml")
    assert code == 3
    assert "hosts.yml:3:26: ansible_port must be a port number, not 'ssh'" in err
    assert err.count("hosts.yml:5:33: ansible_become_method must be sudo, su or doas") == 1


def test_help_imports_nothing_slow() -> None:
    code = "import sys, opsflow.cli.main; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"asyncssh", "jinja2", "yaml", "pydantic", "rich", "asyncio"} & set(done.stdout.split())
