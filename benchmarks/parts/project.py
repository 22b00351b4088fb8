"""Writes a big project for the benchmark of starting up: many roles, many tasks, many hosts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROLES, TASKS, HOSTS = 50, 40, 10_000
"""Roles, tasks of each role, hosts of the inventory."""

_SIX_TASKS = """\
- name: Packages of {name}
  apt: {{name: "{{{{ {name}_packages }}}}", state: present}}
  when: {name}_enabled | bool and ansible_facts['os_family'] == 'Debian'
- name: Directory {number} of {name}
  file: {{path: "{{{{ {name}_root }}}}/{number}", state: directory, owner: root, mode: "0755"}}
- name: Configuration {number} of {name}
  template: {{src: app.conf.j2, dest: "{{{{ {name}_root }}}}/{number}/app.conf", mode: "0644"}}
  notify: Restart {name}
- name: Settings {number} of {name}
  lineinfile:
    path: /etc/{name}.conf
    regexp: "^{{{{ item.key }}}}="
    line: "{{{{ item.key }}}}={{{{ item.value }}}}"
  loop: "{{{{ {name}_settings | dict2items }}}}"
  loop_control: {{label: "{{{{ item.key }}}}"}}
- name: Ask {name} {number}
  command: /usr/bin/{name} --status
  register: {name}_status_{number}
  changed_when: false
  failed_when: {name}_status_{number}.rc not in [0, 3]
- name: Start {name} {number}
  service: {{name: "{name}", state: started, enabled: true}}
  when: "'running' not in {name}_status_{number}.stdout"
  tags: [start, "{name}"]
"""


@dataclass(frozen=True)
class Project:
    """The files of a big project."""

    playbook: Path
    inventory: Path
    tasks: int
    roles: int
    hosts: int


def write(folder: Path, *, roles: int = ROLES, tasks: int = TASKS, hosts: int = HOSTS) -> Project:
    """Write a playbook of `roles` roles with `tasks` tasks each, and an inventory of `hosts` hosts."""
    names = [f"role{number}" for number in range(roles)]
    for name in names:
        _role(folder / "roles" / name, name, tasks)
    playbook = folder / "site.yml"
    listed = "".join(f"    - {name}\n" for name in names)
    playbook.write_text(f"- name: The whole site\n  hosts: all\n  become: true\n  roles:\n{listed}")
    inventory = folder / "hosts.yml"
    inventory.write_text(_inventory(hosts))
    return Project(playbook, inventory, roles * tasks, roles, hosts)


def _role(folder: Path, name: str, tasks: int) -> None:
    defaults = (
        f"{name}_enabled: true\n{name}_packages: [{name}, {name}-doc]\n{name}_root: /srv/{name}\n"
        f"{name}_settings:\n  port: 80\n"
        f"  workers: '{{{{ ansible_facts[\"processor_vcpus\"] | default(2) }}}}'\n"
    )
    blocks = "".join(_SIX_TASKS.format(name=name, number=number) for number in range(tasks // 6 + 1))
    kept = "- name:".join(blocks.split("- name:")[: tasks + 1])
    handlers = f"- name: Restart {name}\n  service: {{name: {name}, state: restarted}}\n"
    for room, text in (("defaults", defaults), ("tasks", kept), ("handlers", handlers)):
        (folder / room).mkdir(parents=True)
        (folder / room / "main.yml").write_text(text)
    (folder / "templates").mkdir()
    (folder / "templates" / "app.conf.j2").write_text(f"root {{{{ {name}_root }}}}\n")


def _inventory(hosts: int) -> str:
    """Sites with hosts of their own, each host with variables, and groups across the sites."""
    lines = ["all:", "  vars: {domain: example.org}", "  children:"]
    for site in range(0, hosts, 100):
        lines += [
            f"    site{site // 100}:",
            f"      vars: {{site: {site // 100}, ntp: [10.{site // 100 % 256}.0.1]}}",
        ]
        lines.append("      hosts:")
        for number in range(site, min(site + 100, hosts)):
            address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
            lines.append(
                f"        node{number:05}: {{ansible_host: {address}, rack: {number % 40}, weight: 1.5}}"
            )
    for kind in ("web", "db"):
        lines += [f"    {kind}:", "      hosts:"]
        lines += [f"        node{number:05}:" for number in range(kind == "db", hosts, 2)]
    return "\n".join(lines) + "\n"
