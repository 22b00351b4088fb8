"""What lint looks at: playbooks with all they include, roles, files of tasks, and projects of them."""

from __future__ import annotations

import pytest

from opsflow.core.errors import InputError

from .conftest import Linted, Write

BROKEN = "- name: Broken\n  coppy: {}\n"


def files(said: list[str]) -> list[str]:
    return [line.split(":")[0] for line in said]


def test_all_files_are_looked_at_and_all_is_told_at_once(write: Write, linted: Linted) -> None:
    write("site.yml", '- hosts: all\n  roles: [web]\n  tasks: [{name: Say, debug: {msg: "{{ nowhere }}"}}]\n')
    write("roles/web/tasks/main.yml", "- import_tasks: more.yml\n- name: Late\n  include_tasks: late.yml\n")
    write("roles/web/tasks/more.yml", BROKEN)
    write("roles/web/tasks/late.yml", BROKEN + '- name: Say\n  debug: {msg: "{{ x }"}\n')
    assert linted("site.yml") == [
        "roles/web/tasks/late.yml:2:3 invalid: there is no module or keyword 'coppy' → did you mean 'copy'?",
        "roles/web/tasks/late.yml:4:16 invalid: template: unexpected '}'",
        "roles/web/tasks/more.yml:2:3 invalid: there is no module or keyword 'coppy' → did you mean 'copy'?",
        "site.yml:3:36 unknown-variable: the variable 'nowhere' is not defined anywhere"
        " → did you mean 'now'?",
    ]


def test_variables_of_tasks_that_cannot_be_read_are_known(write: Write, linted: Linted) -> None:
    write(
        "site.yml",
        """
        - hosts: all
          tasks:
            - name: Look
              statt: {path: /}
              register: root
            - name: Say
              debug: {msg: "{{ root }}"}
        """,
    )
    assert [line.split()[1] for line in linted("site.yml")] == ["invalid:"]


def test_a_file_whose_name_is_partly_known(write: Write, linted: Linted) -> None:
    write(
        "site.yml",
        "- hosts: all\n  tasks: [{name: Setup, include_tasks: 'setup-{{ ansible_os_family }}.yml'}]\n",
    )
    write("setup-Debian.yml", BROKEN)
    write("unrelated.yml", BROKEN)
    assert files(linted("site.yml")) == ["setup-Debian.yml"]


def test_files_of_a_loop(write: Write, linted: Linted) -> None:
    write(
        "site.yml",
        "- hosts: all\n  tasks: [{name: Each, include_tasks: '{{ item }}', loop: [a.yml, b.yml]}]\n",
    )
    write("a.yml", BROKEN)
    write("b.yml", BROKEN)
    assert files(linted("site.yml")) == ["a.yml", "b.yml"]


def test_a_file_that_includes_itself_is_looked_at_once(write: Write, linted: Linted) -> None:
    write("site.yml", "- hosts: all\n  tasks: [{name: Again, include_tasks: again.yml}]\n")
    write("again.yml", "- name: Again\n  include_tasks: again.yml\n  when: flag | default(false)\n- ping:\n")
    assert linted("site.yml") == ["again.yml:4:3 unnamed-task: the task 'ping' has no name"]


def test_a_role_with_tasks_that_nothing_includes(write: Write, linted: Linted) -> None:
    write("web/tasks/main.yml", "- name: Say\n  debug: {msg: '{{ from_outside }}'}\n")
    write("web/tasks/other.yml", BROKEN)
    write("web/defaults/main.yml", "web_password: hunter2\n")
    assert [line.split(": ")[0] for line in linted("web")] == [
        "web/defaults/main.yml:1:15 plain-secret",
        "web/tasks/other.yml:2:3 invalid",
    ]


def test_a_file_of_tasks(write: Write, linted: Linted) -> None:
    write("tasks.yml", BROKEN)
    assert files(linted("tasks.yml")) == ["tasks.yml"]


def test_a_project(write: Write, linted: Linted) -> None:
    write("site.yml", "- hosts: web\n  roles: [web]\n")
    write("roles/web/tasks/main.yml", BROKEN)
    write("inventory/hosts.yml", "all: {hosts: {one: {ansible_port: ssh}}}\n")
    write("group_vars/all.yml", "a: 1\n")
    write("opsflow.yml", "fork: 3\n")
    write("requirements.yml", "roles: []\n")
    write(".github/x.yml", "- broken: [\n")
    assert [line.split(": ")[0] for line in linted(inventory="")] == [
        "inventory/hosts.yml:1:35 connection",
        "opsflow.yml:1:1 invalid",
        "roles/web/tasks/main.yml:2:3 invalid",
    ]


def test_a_path_that_is_not_there(linted: Linted) -> None:
    with pytest.raises(InputError, match=r"there is no nowhere\.yml"):
        linted("nowhere.yml")


def test_variables_of_included_files_are_known(write: Write, linted: Linted) -> None:
    write(
        "site.yml",
        """
        - hosts: all
          vars_files: [one.yml]
          tasks:
            - name: More
              include_vars: two.yml
            - name: Say
              debug: {msg: "{{ one }} {{ two }} {{ thre }}"}
        """,
    )
    write("one.yml", "one: 1\n")
    write("two.yml", "two: 2\nthree: 3\n")
    assert linted("site.yml") == [
        "site.yml:7:20 unknown-variable: the variable 'thre' is not defined anywhere → did you mean 'three'?"
    ]


def test_modules_of_the_project_are_known(write: Write, linted: Linted) -> None:
    write(
        "site.yml",
        "- hosts: all\n  tasks: [{name: Own, deploy: {version: 1}}, {name: Other, deployed: {}}]\n",
    )
    write("library/deploy.py", "#!/usr/bin/python\nfrom ansible.module_utils.basic import AnsibleModule\n")
    assert linted("site.yml") == [
        "site.yml:2:60 invalid: there is no module or keyword 'deployed' → did you mean 'deploy'?"
    ]


def test_files_that_tasks_take(write: Write, linted: Linted) -> None:
    write("site.yml", "- hosts: all\n  roles: [web]\n")
    write(
        "roles/web/tasks/main.yml",
        """
        - name: There
          template: {src: fine.j2, dest: /x}
        - name: Not there
          template: {src: fien.j2, dest: /x}
        - name: Not valid
          template: {src: broken.j2, dest: /x}
        - name: On the host
          copy: {src: nowhere, dest: /x, remote_src: true}
        - name: A program
          script: run.sh --fast
          changed_when: false
        """,
    )
    write("roles/web/templates/fine.j2", "{{ template_host }} {{ x | default(1) }}\nport {{ prot }}\n")
    write("roles/web/templates/broken.j2", "one\n{% if %}\n")
    write("roles/web/defaults/main.yml", "port: 80\n")
    assert linted("site.yml") == [
        "roles/web/tasks/main.yml:4:19 missing-file: there is no file 'fien.j2' in the templates of the role"
        " or playbook → did you mean 'fine.j2'?",
        "roles/web/tasks/main.yml:10:11 missing-file: there is no file 'run.sh' in the files of the role"
        " or playbook",
        "roles/web/templates/broken.j2:2:1 template-file: template: Expected an expression,"
        " got 'end of statement block'",
        "roles/web/templates/fine.j2:2:9 unknown-variable: the variable 'prot' is not defined anywhere"
        " → did you mean 'port'?",
    ]
