"""Each rule finds what it is about, where it stands, and leaves what is right alone."""

from __future__ import annotations

import textwrap

import pytest

from opsflow.lint.model import RULES

from .conftest import Linted, Write

BAD = {
    "bare-loop": ["debug: {msg: x}", "loop: hosts_to_greet"],
    "become-user": ["ping:", "become_user: deploy"],
    "changed-handler": ["service: {name: nginx, state: restarted}", "when: conf is changed"],
    "command-with-module": ["command: apt-get install -y nginx", "changed_when: true"],
    "compare-to-bool": ["ping:", "when: flag == true"],
    "condition-braces": ["ping:", 'when: "{{ flag }}"'],
    "ignored-errors": ["ping:", "ignore_errors: true"],
    "invalid": ["coppy: {src: a, dest: b}"],
    "latest": ["apt: {name: nginx, state: latest}"],
    "mode": ["file: {path: /tmp/x, mode: 644}"],
    "no-changed-when": ["command: /usr/local/bin/deploy"],
    "old-action": ["action: ping"],
    "old-loop": ['debug: {msg: "{{ item }}"}', "with_items: [1, 2]"],
    "options-as-text": ["apt: name=nginx"],
    "pipe-hides-failure": ["shell: cat /etc/passwd | wc -l", "changed_when: false"],
    "plain-secret": ["user: {name: x}", "vars: {db_password: hunter2}"],
    "shell-not-needed": ["shell: uptime", "changed_when: false"],
    "undefined-variable": ['debug: {msg: "{{ nowhere }}"}'],
    "unknown-variable": ['debug: {msg: "{{ nowhere }}"}', "when: flag"],
    "missing-include": ["include_tasks: nowhere.yml"],
}
GOOD = {
    "bare-loop": ["debug: {msg: x}", 'loop: "{{ names }}"'],
    "become-user": ["ping:", "become: true", "become_user: deploy"],
    "changed-handler": ["service: {name: nginx, state: restarted}", "when: conf is changed and flag"],
    "command-with-module": ["command: systemctl is-active nginx", "changed_when: false"],
    "compare-to-bool": ["ping:", "when: not flag"],
    "condition-braces": ["ping:", "when: flag"],
    "ignored-errors": ["ping:", "ignore_errors: true", "register: pong"],
    "latest": ["apt: {name: nginx, state: latest, only_upgrade: true}"],
    "mode": ["file: {path: /tmp/x, mode: 0644}"],
    "no-changed-when": ["command: /usr/local/bin/deploy creates=/srv/app"],
    "old-loop": ['debug: {msg: "{{ item }}"}', "with_sequence: count=3"],
    "options-as-text": ["command: dd if=/dev/zero of=/tmp/x", "changed_when: true"],
    "pipe-hides-failure": ["shell: a || b", "changed_when: false"],
    "plain-secret": ["user: {name: x}", 'vars: {db_password: "{{ vaulted }}", vaulted: $6$salt$hash}'],
    "shell-not-needed": ["shell: uptime > /tmp/x", "changed_when: false"],
    "undefined-variable": ['debug: {msg: "{{ nowhere | default(1) }}"}'],
    "unknown-variable": ['debug: {msg: "{{ flag }}"}', "when: flag"],
}


def play(task: list[str], more: str = "") -> str:
    """Return a playbook with a task, a play's variables that all of them may use, and more of the play."""
    lines = textwrap.indent("\n".join(task), " " * 6).lstrip()
    known = "{flag: false, names: [a], conf: {changed: false}}"
    return f"- hosts: all\n  vars: {known}\n{more}  tasks:\n    - name: A task\n      {lines}\n"


@pytest.mark.parametrize("rule", BAD)
def test_what_is_wrong_in_a_task_is_found(rule: str, write: Write, linted: Linted) -> None:
    write("play.yml", play(BAD[rule]))
    said = linted("play.yml")
    assert [line.split()[1].rstrip(":") for line in said] == [rule], said
    assert int(said[0].split(":")[1]) >= 4


@pytest.mark.parametrize("rule", GOOD)
def test_what_is_right_in_a_task_is_left_alone(rule: str, write: Write, linted: Linted) -> None:
    write("play.yml", play(GOOD[rule]))
    assert linted("play.yml") == []


@pytest.mark.parametrize("rule", BAD)
def test_a_rule_is_switched_off_at_the_line_or_for_all(rule: str, write: Write, linted: Linted) -> None:
    path = write("play.yml", play(BAD[rule]))
    (said,) = linted("play.yml")
    assert linted("play.yml", skip=(rule,)) == []
    lines = path.read_text().splitlines()
    number = int(said.split(":")[1]) - 1
    lines[number] += f"  # noqa: {rule}"
    silenced = write("silenced.yml", "\n".join(lines) + "\n")
    assert linted(str(silenced.name)) == []


def test_every_rule_has_a_test() -> None:
    elsewhere = {
        "connection", "duplicate-handler", "duplicate-key", "inventory", "missing-file", "missing-vars-file",
        "no-hosts", "play-keyword", "suspicious", "template-file", "unknown-handler", "unknown-host",
        "unknown-rule", "unknown-tag", "unnamed-task", "unused-handler", "unused-vars-file",
    }  # fmt: skip
    assert RULES.keys() == {*BAD, *elsewhere}


def test_positions_are_those_of_what_is_wrong(write: Write, linted: Linted) -> None:
    write("play.yml", play(["copy: {content: x, dest: /tmp/x, mode: 640}"]))
    assert linted("play.yml") == [
        "play.yml:5:40 mode: 'mode' is the number 640, which is the mode 1200 → write '0640', in quotes"
    ]


def test_an_unknown_rule_behind_noqa_is_told(write: Write, linted: Linted) -> None:
    write("play.yml", play(["command: id  # noqa: no-change-when"]))
    assert linted("play.yml")[0] == (
        "play.yml:5:1 unknown-rule: there is no rule 'no-change-when' → did you mean 'no-changed-when'?"
    )


def test_a_task_without_a_name_is_noted(write: Write, linted: Linted) -> None:
    write("play.yml", "- hosts: all\n  tasks:\n    - ping:\n    - meta: noop\n")
    assert linted("play.yml") == ["play.yml:3:7 unnamed-task: the task 'ping' has no name"]


def test_handlers_that_nothing_notifies_or_that_are_not_there(write: Write, linted: Linted) -> None:
    write(
        "play.yml",
        """
        - hosts: all
          tasks:
            - name: More
              include_tasks: more.yml
          handlers:
            - name: Used
              ping:
            - name: Unused
              ping:
            - name: Used
              setup:
        """,
    )
    write("more.yml", "- name: One\n  ping:\n  notify: [Used, Usedd]\n")
    assert linted("play.yml") == [
        "more.yml:3:18 unknown-handler: there is no handler named 'Usedd' and none listens to it"
        " → did you mean 'Used'?",
        "play.yml:8:7 unused-handler: nothing notifies the handler 'Unused'",
        "play.yml:10:7 duplicate-handler: a second handler named 'Used': the one at line 6 never runs",
    ]


def test_hosts_that_match_nothing(write: Write, linted: Linted) -> None:
    write("play.yml", "- hosts: wbe1\n  tasks: [{name: One, ping: }]\n")
    assert linted("play.yml") == [
        "play.yml:1:10 unknown-host: no host or group matches 'wbe1' → did you mean 'web1'?"
    ]
    assert linted("play.yml", inventory="") == []


def test_a_play_that_cannot_be(write: Write, linted: Linted) -> None:
    write("play.yml", "- hosts: all\n  serial: [half]\n  vars_files: [nowhere.yml]\n  tasks: []\n")
    rules = [line.split()[1] for line in linted("play.yml")]
    assert rules == ["play-keyword:", "missing-vars-file:"]


def test_keys_given_twice_are_errors(write: Write, linted: Linted) -> None:
    write("play.yml", "- hosts: all\n  vars: {a: 1, a: 2}\n  tasks: []\n")
    write("hosts.yml", "all:\n  hosts: {one: {a: 1, a: 2}}\n")
    assert [line.split()[1] for line in linted("play.yml", "hosts.yml")] == ["duplicate-key:"] * 2


def test_inventories(write: Write, linted: Linted) -> None:
    write(
        "hosts.yml",
        "all:\n  hosts:\n    one: {ansible_port: ssh}\n    two:\n  children: {web: {hosts: {three: }}}\n",
    )
    write("group_vars/wbe.yml", "a: 1\n")
    write("host_vars/two/main.yml", "admin_password: hunter2\n")
    write("broken.ini", "[web\none\n")
    said = linted("hosts.yml", "broken.ini")
    assert [line.split(": ")[0] for line in said] == [
        "broken.ini:1:1 inventory",
        "group_vars/wbe.yml:1:1 unused-vars-file",
        "hosts.yml:3:25 connection",
    ]


def test_plays_without_hosts(write: Write, linted: Linted) -> None:
    write("play.yml", "- hosts: all\n  tasks: []\n")
    write("hosts.yml", "all: {children: {web: }}\n")
    assert linted("play.yml", inventory="hosts.yml") == [
        " no-hosts: there is no inventory, or it has no hosts → name one with -i, such as -i hosts.yml"
    ]


def test_what_play_warns_of(write: Write, linted: Linted) -> None:
    write("hosts.yml", "all:\n  hosts: {one: }\n")
    write("group_vars/all", "a: 1\n")
    write("group_vars/all.yml", "a: 1\n")
    assert linted("hosts.yml") == [
        "group_vars/all.yml:1:1 suspicious: not read, because group_vars/all exists and comes first"
    ]
