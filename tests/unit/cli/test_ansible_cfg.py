"""A project's `ansible.cfg` holds for the command line."""

from __future__ import annotations

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
