"""A project's `ansible.cfg` holds for the command line."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Opsflow


def test_inventory_and_roles_path_are_taken_from_it(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text(
        "[defaults]\ninventory = hosts\nroles_path = lib\nnocows = 1\n[privilege_escalation]\nbecome = no\n"
    )
    (tmp_path / "hosts").write_text("a ansible_connection=local\n")
    (tmp_path / "lib/greet/tasks").mkdir(parents=True)
    (tmp_path / "lib/greet/tasks/main.yml").write_text("- {name: greet, debug: {msg: hello}}\n")
    (tmp_path / "site.yml").write_text("- {hosts: all, gather_facts: false, roles: [greet]}\n")
    code, out, err = opsflow("play", "site.yml", "-v")
    assert code == 0
    assert "hello" in out
    assert f"note: {tmp_path / 'ansible.cfg'}: without a meaning here: defaults.nocows" in err
    assert "note" not in opsflow("play", "site.yml")[2]


PLAYS = """
- hosts: all
  gather_subset: [min]
  tasks:
  - {name: change, command: "true", notify: handled}
  - {name: fails, fail: , when: inventory_hostname == 'a'}
  handlers:
  - {name: handled, debug: {msg: handled}}
- {hosts: all, gather_subset: [min], tasks: [{debug: {msg: second}}]}
"""


def test_what_plays_do_that_do_not_say_is_taken_from_it(opsflow: Opsflow, tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(PLAYS)
    run = ("play", "site.yml", "-i", "a,b,", "-c", "local", "--output", "ndjson")

    def finished(settings: str) -> list[tuple[str, str]]:
        (tmp_path / "ansible.cfg").write_text(f"[defaults]\n{settings}\n")
        _, out, _ = opsflow(*run)
        events = [json.loads(line) for line in out.splitlines()]
        return sorted((e["task"]["name"], e["host"]) for e in events if e["event"] == "host_finished")

    assert [name for name, _ in finished("")].count("Gathering Facts") == 3
    smart = finished("gathering = smart\nforce_handlers = yes")
    assert [name for name, _ in smart].count("Gathering Facts") == 2
    assert ("handled", "a") in smart
    fatal = finished("gathering = explicit\nany_errors_fatal = yes")
    assert "Gathering Facts" not in dict(fatal)
    assert "handled" not in dict(fatal)


def test_a_task_of_exec_may_have_a_time_limit(opsflow: Opsflow) -> None:
    code, out, _ = opsflow("exec", "localhost", "--task-timeout", "1", "sleep 20")
    assert code == 2
    assert "its time limit of 1 s" in out


def test_exec_lists_hosts_and_touches_none(opsflow: Opsflow) -> None:
    assert opsflow("exec", "-i", "a,b,c,", "all:!b", "--list-hosts")[:2] == (
        0,
        "    hosts (2):\n      a\n      c\n",
    )
