"""Modules of a project on a real host: over SSH, as another user, detached; what is left of them."""

from __future__ import annotations

from pathlib import Path

from opsflow.lab import Host, Lab
from tests.support.command import play

WHO = """#!/usr/bin/python
import getpass
import os
import sys

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import fetch_url


def main():
    module = AnsibleModule({"data": {"no_log": True}}, supports_check_mode=True)
    _, out, _ = module.run_command("id -un")
    response, _ = fetch_url(module, "file:///etc/hostname")
    module.exit_json(
        changed=True, user=getpass.getuser(), id=out.strip(), python=sys.executable, cwd=os.getcwd(),
        host=response.read().decode().strip(), tmpdir=module.tmpdir, data=module.params["data"],
    )


main()
"""
SHELL = """#!/bin/sh
. "$1"
echo "{\\"user\\": \\"$(id -un)\\", \\"mode\\": \\"$(stat -c %a:%U "$1")\\", \\"word\\": \\"$word\\"}"
"""
PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - {name: first, who: {data: hush-hush}, register: first}
    - {name: other, who: , become: true, become_user: daemon, register: other}
    - {name: detached, who: , async: 60, poll: 1, register: detached}
    - {name: shell, of_shell: {word: "it's"}, become: true, become_user: daemon, register: shell}
    - assert:
        that:
          - first.user == "ops" and first.id == "ops"
          - first.data == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
          - first.host == inventory_hostname
          - other.user == "daemon" and other.id == "daemon"
          - detached.user == "ops" and detached.finished
          - shell.user == "daemon" and shell.mode == "600:daemon"
          - shell.word == "it's"
"""


def test_modules_of_a_project_run_over_ssh(lab: Lab, host: Host, tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "who.py").write_text(WHO)
    (tmp_path / "library" / "of_shell").write_text(SHELL)
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    code, summary = play(str(tmp_path / "play.yml"), lab.inventory, "-l", host.name)
    assert code == 0, summary
    left = lab.ssh(host.name, "find /tmp /var/tmp ~ -name 'ansible*' -o -name 'opsflow-*'").stdout
    assert left == ""
    assert "hush" not in lab.ssh(host.name, "cat /var/log/auth.log; journalctl --no-pager").stdout
