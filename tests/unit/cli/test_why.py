"""`opsflow inventory why` names every layer that sets a variable, and who wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Opsflow


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    texts = {
        "hosts.yml": "all:\n  vars: {size: 1}\nweb:\n  hosts: {w1: {size: 4}, w2: }\n  vars: {size: 2}\n",
        "group_vars/web.yml": "size: 3\n",
        "files/w2.yml": "size: 9\n",
        "roles/app/defaults/main.yml": "size: 0\n",
        "roles/app/vars/main.yml": "size: 10\n",
        "roles/app/tasks/main.yml": "- {name: start, ping: , vars: {size: 11}}\n",
        "site.yml": """\
- name: site
  hosts: w2
  gather_facts: false
  vars: {size: 8}
  vars_files: ["files/{{ inventory_hostname }}.yml"]
  roles:
    - {role: app, size: 13}
  tasks:
    - {name: fact, set_fact: {size: 12}}
    - {name: ask, ping: , register: size}
""",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_layers_of_an_inventory(opsflow: Opsflow) -> None:
    code, out, _ = opsflow("inventory", "why", "w1", "size", "-i", "hosts.yml")
    assert code == 0
    assert (
        out
        == """\
size of w1 is 4
  wins  4  inventory host       hosts.yml:4:16
        3  variables file       group_vars/web.yml:1:1
        2  inventory group web  hosts.yml:5:10
        1  inventory group all  hosts.yml:2:10
"""
    )


def test_extra_variables_win(opsflow: Opsflow) -> None:
    out = opsflow("inventory", "why", "w1", "size", "-i", "hosts.yml", "-e", "size=x")[1]
    assert out.splitlines()[:2] == [
        'size of w1 is "x"',
        '  wins  "x"  extra variables      --extra-vars #1:1:1',
    ]


def test_the_layers_of_a_play(opsflow: Opsflow, tmp_path: Path) -> None:
    code, out, _ = opsflow("inventory", "why", "w2", "size", "site.yml", "-i", "hosts.yml")
    assert code == 0
    assert [line.split("  ")[-1].strip().removeprefix(f"{tmp_path}/") for line in out.splitlines()[2:]] == [
        "site.yml:7:19",
        "site.yml:9:31",
        "site.yml:10:7",
        "roles/app/tasks/main.yml:1:32",
        "roles/app/vars/main.yml:1:1",
        "files/w2.yml:1:1",
        "site.yml:4:10",
        "group_vars/web.yml:1:1",
        "hosts.yml:5:10",
        "hosts.yml:2:10",
        "roles/app/defaults/main.yml:1:1",
    ]
    assert "parameters of role app, in role app" in out
    assert "  …   registered result, after task 'ask'" in out
    assert [line.split()[1] for line in out.splitlines() if "wins" in line] == ["10"]


def test_a_play_explains_a_variable_for_hosts_with_the_same_answer_together(
    opsflow: Opsflow, tmp_path: Path
) -> None:
    (tmp_path / "inner.yml").write_text("- {name: inner, set_fact: {size: 7}}\n")
    (tmp_path / "more.yml").write_text("size: 40\n")
    (tmp_path / "explain.yml").write_text("""\
- name: explain
  hosts: web
  tasks:
    - include_tasks: inner.yml
      vars: {size: 30}
    - include_vars: more.yml
    - {name: ask, ping: , register: size}
""")
    code, out, _ = opsflow("play", "explain.yml", "--explain", "size", "-i", "hosts.yml")
    assert code == 0
    assert (
        out
        == """\
play explain (explain.yml:1:3)
size of w1 is 4
        30  vars of an include, below 'include_tasks'  explain.yml:5:14
        …   registered result, after task 'ask'        explain.yml:7:7
        7   set_fact, after task 'inner'               inner.yml:1:28
        40  include_vars, after task 'include_vars'    more.yml:1:1
  wins  4   inventory host                             hosts.yml:4:16
        3   variables file                             group_vars/web.yml:1:1
        2   inventory group web                        hosts.yml:5:10
        1   inventory group all                        hosts.yml:2:10
size of w2 is 3
        30  vars of an include, below 'include_tasks'  explain.yml:5:14
        …   registered result, after task 'ask'        explain.yml:7:7
        7   set_fact, after task 'inner'               inner.yml:1:28
        40  include_vars, after task 'include_vars'    more.yml:1:1
  wins  3   variables file                             group_vars/web.yml:1:1
        2   inventory group web                        hosts.yml:5:10
        1   inventory group all                        hosts.yml:2:10
"""
    )
    limited = opsflow("play", "explain.yml", "--explain", "size", "-i", "hosts.yml", "-l", "w2")[1]
    assert limited.splitlines()[1] == "size of w2 is 3"
    code, _, err = opsflow("play", "explain.yml", "--explain", "szie", "-i", "hosts.yml")
    assert (code, "nothing sets 'szie' for any host" in err, "did you mean 'size'?" in err) == (5, True, True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("w1 szie", "nothing sets 'szie' for w1\n  → did you mean 'size'?"),
        ("w3 size", "there is no host 'w3' in the inventory"),
        ("w1 size site.yml", "no play of site.yml is for 'w1'\n  → name a host that one of its plays is for"),
        ("w2 nothing site.yml", "nothing sets 'nothing' for w2 before the run"),
    ],
)
def test_what_cannot_be_told_is_said(opsflow: Opsflow, line: str, message: str) -> None:
    code, _, err = opsflow("inventory", "why", *line.split(), "-i", "hosts.yml")
    assert code == 5
    assert message in err
