"""The files that are damaged: our own playbooks and cases, and a few of each other kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from opsflow.source.vault import VaultSecret, seal

ROOT = Path(__file__).parents[2]
PASSWORD = b"open sesame"
_TEXT = {".yml", ".yaml", ".ini", ".toml", ".j2", ".json", ""}


@dataclass(frozen=True)
class Seed:
    """A file and those around it. `kind` says how it is read, `victim` which of `files` is damaged."""

    kind: str
    name: str
    files: dict[str, bytes]
    victim: str
    main: str


def seeds() -> list[Seed]:
    """Return all seeds, in the same order each time."""
    return [*_playbooks(), *_cases(), *_inventories(), *_vaults(), *_settings()]


def _playbooks() -> list[Seed]:
    paths = [*sorted((ROOT / "examples").glob("*.yml")), *sorted((ROOT / "playbooks").glob("*.yml"))]
    return [_lone(path) for path in paths]


def _lone(path: Path) -> Seed:
    return Seed("playbook", path.stem, {"play.yml": path.read_bytes()}, "play.yml", "play.yml")


def _cases() -> list[Seed]:
    found: list[Seed] = []
    for path in sorted((ROOT / "tests" / "conformance" / "cases").glob("*/*")):
        if path.suffix == ".yml":
            found.append(_lone(path))
        elif path.is_dir():
            files = {str(file.relative_to(path)): file.read_bytes() for file in _files_below(path)}
            found += [Seed("playbook", path.name, files, name, "play.yml") for name in files]
    return found


def _files_below(path: Path) -> list[Path]:
    files = [file for file in sorted(path.rglob("*")) if file.is_file() and file.suffix in _TEXT]
    return [file for file in files if file.name not in ("play.json", "play.opsflow.json")]


def _inventories() -> list[Seed]:
    texts = {path.name: path.read_bytes() for path in sorted((ROOT / "inventory").glob("*.yml"))}
    texts |= {name: text.encode() for name, text in _INVENTORIES.items()}
    return [Seed("inventory", name, {name: text}, name, name) for name, text in texts.items()]


def _vaults() -> list[Seed]:
    sealed = seal(b"password: {deep: [1, secret]}\n", VaultSecret("default", PASSWORD))
    inline = "\n".join("  " + line for line in sealed.splitlines())
    texts = {"whole.yml": sealed, "inline.yml": f"a: 1\nb: !vault |\n{inline}\n"}
    return [Seed("vault", name, {name: text.encode()}, name, name) for name, text in texts.items()]


def _settings() -> list[Seed]:
    texts = {
        "opsflow.yml": (ROOT / "examples" / "config.yml").read_bytes(),
        "ansible.cfg": _ANSIBLE_CFG.encode(),
    }
    return [Seed("settings", name, {name: text}, name, name) for name, text in texts.items()]


_INVENTORIES = {
    "hosts.ini": """\
lone ansible_connection=local number=1.5 list=[1,'a'] text="a b" # remark
web[01:20:2] ansible_port=2222
[web]
w-[a:c].example.org:22 x={'a':1}
[db:children]
web
[db:vars]
name = {{ inventory_hostname }}
""",
    "hosts.toml": """\
[web.hosts]
"w[1:3]" = {}
w9 = {ansible_port = 22, list = [1, 2]}
[web.vars]
a = 1.5
[all]
children = ["web"]
""",
    "computed.yml": """\
plugin: constructed
strict: false
compose: {a: "1 + 1", b: "inventory_hostname | upper"}
groups: {odd: "'1' in inventory_hostname"}
keyed_groups: [{key: "group_names", prefix: g, parent_group: "all_{{ a }}", separator: "-"}]
""",
    "generated.yml": """\
plugin: generator
hosts:
  name: "{{ kind }}-{{ number }}"
  parents: [{name: "{{ kind }}", vars: {kind: "{{ kind }}"}, parents: [{name: machines}]}]
layers: {kind: [web, db], number: [1, 2]}
""",
    "answer.json": '{"web": {"hosts": ["w1"], "vars": {"a": 1}}, "_meta": {"hostvars": {"w1": {"b": [1]}}}}',
}

_ANSIBLE_CFG = """\
[defaults]
inventory = hosts.yml
roles_path = roles:/etc/roles
forks = 20
remote_user = admin
timeout = 10
host_key_checking = False
gathering = smart
[privilege_escalation]
become = true
become_method = sudo
[ssh_connection]
ssh_args = -o ControlMaster=auto -C
pipelining = True
"""
