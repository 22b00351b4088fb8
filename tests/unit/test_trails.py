"""Errors tell which includes and roles led to them; what includes itself ends, with the circle named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Opsflow


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path)


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_problems_name_the_chain_of_imports_and_circles(opsflow: Opsflow, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "roles/a/meta/main.yml": "dependencies: [b]\n",
            "roles/b/meta/main.yml": "dependencies: [{role: a}]\n",
            "one.yml": "- import_tasks: two.yml\n",
            "two.yml": "- import_tasks: one.yml\n- pnig:\n- debug: {msg: '{{ x'}\n",
            "three.yml": "- ping: {\n",
            "four.yml": "- debug: {msg: '{{ nobody }}'}\n",
        },
    )
    done = opsflow.play("""\
- hosts: localhost
  roles: [a]
  tasks:
    - import_tasks: one.yml
    - import_tasks: three.yml
""")
    assert done.code == 3
    roles = tmp_path / "roles"
    assert (
        f"{roles}/b/meta/main.yml:1:23: the role depends on itself: "
        f"a (play.yml:2:11) → b ({roles}/a/meta/main.yml:1:16) → a\n"
        f"  included from {roles}/a/meta/main.yml:1:16\n  included from play.yml:2:11\n" in done.err
    )
    chain = "  included from one.yml:1:17\n  included from play.yml:4:21\n"
    assert f"two.yml:1:17: 'one.yml' imports itself: one.yml → two.yml → one.yml\n{chain}" in done.err
    assert f"two.yml:2:3: there is no module or keyword 'pnig'\n{chain}" in done.err
    assert (
        f"two.yml:3:16: template: unexpected end of template, expected 'end of print statement'\n{chain}"
        in (done.err)
    )
    assert "\n  included from play.yml:5:21\n" in done.err.partition("three.yml:")[2]
    undefined = opsflow.play("- hosts: localhost\n  tasks:\n    - import_tasks: four.yml\n")
    assert (
        "four.yml:1:16: the variable 'nobody' is not defined anywhere\n  included from play.yml:3:21\n"
        in undefined.err
    )


def test_failures_of_a_run_name_the_chain_of_includes(opsflow: Opsflow, tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "roles/a/tasks/main.yml": "- include_tasks: more.yml\n",
            "roles/a/tasks/more.yml": "- fail: {msg: here}\n  ignore_errors: true\n",
            "bad.yml": "- pong:\n",
            "loop.yml": "- include_tasks: loop.yml\n",
            "hosts.yml": "all: {hosts: {h: {ansible_connection: local, "
            "x: '{{ hostvars.h.x }}', y: '{{ z }}', z: '{{ y }}'}}}\n",
        },
    )
    done = opsflow.play(
        """\
- hosts: all
  gather_facts: false
  tasks:
    - include_role: {name: a}
    - {debug: {msg: "{{ x }}"}, ignore_errors: true}
    - {debug: {msg: "{{ y }}"}, ignore_errors: true}
    - block:
        - include_tasks: bad.yml
      rescue:
        - include_tasks: loop.yml
""",
        "-i",
        "hosts.yml",
    )
    more = f"{tmp_path}/roles/a/tasks/more.yml"
    assert f"here\n               at {more}:1:3\n" in done.out
    assert done.out.count(" included from ") > 3
    assert f"included from {tmp_path}/roles/a/tasks/main.yml:1:3\n" in done.out
    assert "included from play.yml:4:7\n" in done.out
    assert "'{{ hostvars.h.x }}' (hosts.yml:1:49) needs itself, without end" in done.out
    assert "the variable 'y' refers to itself: y (hosts.yml:1:74) → z (hosts.yml:1:88) → y" in done.out
    assert "bad.yml:1:3: there is no module or keyword 'pong'\n" in done.out
    assert "includes are nested 400 deep, which seems to have no end: loop.yml:1:3 → loop.yml:1:3" in done.out
    assert done.code == 2
