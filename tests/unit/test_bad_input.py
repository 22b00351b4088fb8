"""Bad input, by the command line: all that is wrong, with its place, and no connection made."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Opsflow, environment

HOSTS = """\
web:
  hosts:
    web[1:2]: {ansible_host: 127.0.0.1, ansible_port: %d, ansible_user: nobody}
"""


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """Yield the socket that all hosts of the inventory lead to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def opsflow(tmp_path: Path, port: socket.socket) -> Iterator[Opsflow]:
    """Yield the command line; whatever the test does with it, it must not connect."""
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(HOSTS % port.getsockname()[1])
    yield Opsflow(tmp_path, inventory)
    with pytest.raises(BlockingIOError):
        port.accept()


def test_the_inventory_of_these_tests_would_be_connected_to(tmp_path: Path, port: socket.socket) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(HOSTS % port.getsockname()[1])
    done = Opsflow(tmp_path, inventory).play([{"hosts": "web1", "tasks": [{"ping": None}]}], "--timeout", "1")
    assert done.code == 4
    port.accept()[0].close()


BAD = """\
- hosts: web
  gather_fact: no
  tasks:
    - comand: uptime
    - copy:
        src: a
        dset: /tmp/a
    - service: {name: a, enabled: maybe}
    - file: {path: /a, state: dir}
    - debug: {msg: "{{ 1 + }}"}
    - debug: {msg: "{{ 'a' | uper }}"}
    - shell: "true"
      notify: restart ngnix
    - ping:
      shell: "true"
  handlers:
    - name: restart nginx
      ping:
"""
SHOWN = """\
play.yml:2:3: unknown keyword 'gather_fact' of a play
    1 | - hosts: web
    2 |   gather_fact: no
      |   ^
  → did you mean 'gather_facts'?

play.yml:4:7: there is no module or keyword 'comand'
    3 |   tasks:
    4 |     - comand: uptime
      |       ^
  → did you mean 'command'?

play.yml:7:9: the module 'copy' has no option 'dset'
    6 |         src: a
    7 |         dset: /tmp/a
      |         ^
  → did you mean 'dest'?

play.yml:8:26: service: 'enabled' must be a boolean: yes or no
    7 |         dset: /tmp/a
    8 |     - service: {name: a, enabled: maybe}
      |                          ^

play.yml:9:24: file: 'state' must be 'absent', 'directory', 'file', 'hard', 'link' or 'touch'
    8 |     - service: {name: a, enabled: maybe}
    9 |     - file: {path: /a, state: dir}
      |                        ^

play.yml:10:20: template: unexpected 'end of print statement'
    9 |     - file: {path: /a, state: dir}
   10 |     - debug: {msg: "{{ 1 + }}"}
      |                    ^

play.yml:11:20: template: there is no filter named 'uper'
   10 |     - debug: {msg: "{{ 1 + }}"}
   11 |     - debug: {msg: "{{ 'a' | uper }}"}
      |                    ^
  → did you mean 'upper'?

play.yml:13:15: there is no handler named 'restart ngnix' and none listens to it
   12 |     - shell: "true"
   13 |       notify: restart ngnix
      |               ^
  → did you mean 'restart nginx'?

play.yml:15:7: a task names one module: this one has 'ping' already
   14 |     - ping:
   15 |       shell: "true"
      |       ^

9 problems found; no host was touched
"""


def test_all_that_is_wrong_in_a_playbook_is_shown_at_once_with_its_line(opsflow: Opsflow) -> None:
    done = opsflow.play(BAD)
    assert (done.code, done.out) == (3, "")
    assert done.err == SHOWN


def test_a_play_for_hosts_that_do_not_exist_is_skipped_with_a_warning(opsflow: Opsflow) -> None:
    play = "- hosts: wbe\n  tasks:\n    - ping:\n"
    done = opsflow.play(play)
    assert done.code == 0
    assert "warning: no host or group matches 'wbe'\n  at play.yml:1:10\n  → did you mean 'web" in done.out
    assert "nothing was done: no task ran on any host" in done.out
    checked = opsflow.play(play, "--syntax-check")
    assert (checked.code, checked.out) == (0, "play.yml: no problems found\n")
    assert "warning: play.yml:1:10: no host or group matches 'wbe'\n    1 | - hosts: wbe\n" in checked.err


def test_variables_tags_and_limits_that_do_not_exist(opsflow: Opsflow) -> None:
    play = """\
- hosts: wbe
  vars: {version: 1}
  tasks:
    - debug: {msg: "version {{ vesrion }}"}
    - ping:
      when: versoin == 1
      tags: deploy
"""
    done = opsflow.play(play, "--tags", "depoly", "--limit", "web7")
    assert done.code == 3
    assert "play.yml:4:20: the variable 'vesrion' is not defined anywhere\n" in done.err
    assert "play.yml:6:13: the variable 'versoin' is not defined anywhere\n" in done.err
    assert done.err.count("→ did you mean 'version'?") == 2
    assert "--limit: no host or group matches 'web7'\n  → did you mean 'web" in done.err
    assert "no task has the tag 'depoly'\n  → did you mean 'deploy'?" in done.err
    assert done.err.endswith("4 problems found; no host was touched\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '- hosts: web\n  vars: {a: "b\n  tasks: []\n',
            'play.yml:2:13: invalid YAML: .*\n    1 .*\n    2 .*"b',
        ),
        (
            "- hosts: web\n  tasks:\n  \t- ping:\n",
            "play.yml:3:3: invalid YAML: (.*\n)+.*→ indent with spaces",
        ),
        (
            "- hosts: web\n  vars:\n    a: {{ b }}\n",
            "→ put quotes around a value that starts with a template",
        ),
        ("hosts: web\n", "play.yml:1:1: a playbook is a list of plays"),
    ],
)
def test_what_is_no_playbook(opsflow: Opsflow, text: str, message: str) -> None:
    done = opsflow.play(text)
    assert done.code == 3
    assert re.search(message, done.err), done.err


def test_files_that_are_not_there(opsflow: Opsflow) -> None:
    done = opsflow("play", "nothing.yml", "-i", "nowhere.yml")
    assert done.code == 3
    assert "cannot read nothing.yml: No such file or directory" in done.err
    assert "inventory nowhere.yml does not exist" in done.err
    play = [{"hosts": "web", "tasks": [{"ping": None}]}]
    assert "cannot read none.yml" in opsflow.play(play, "-e", "@none.yml").err


def test_a_command_line_that_makes_no_sense(opsflow: Opsflow) -> None:
    done = opsflow("play", "--bogus")
    assert (done.code, done.out) == (5, "")
    assert "No such option: --bogus" in done.err


def test_a_single_task_is_checked_as_well(opsflow: Opsflow) -> None:
    done = opsflow("exec", "web", "-i", opsflow.inventory or "", "-m", "comand", "uptime")
    assert done.code == 3
    assert "there is no module or keyword 'comand'\n  → did you mean 'command'?" in done.err


def test_files_of_variables_that_are_not_there(opsflow: Opsflow) -> None:
    done = opsflow.play("- hosts: web\n  vars_files: [none.yml]\n")
    assert (done.code, done.out) == (3, "")
    assert "play.yml:2:16: there is no file of variables: none.yml" in done.err


def test_a_password_that_cannot_be_asked_for(opsflow: Opsflow) -> None:
    command = [sys.executable, "-m", "opsflow", "exec", "web", "-i", "hosts.yml", "-K", "id"]
    done = subprocess.run(
        command,
        cwd=opsflow.directory,
        env=environment(),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith("opsflow: there is no terminal to ask for a password on\n  → set ")
