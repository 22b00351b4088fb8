"""What is understood of `ansible.cfg`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.source import ansible_cfg
from opsflow.source.config import Config, load_config

DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"


def load(directory: Path, **environ: str) -> tuple[Config, list[str]]:
    said: list[str] = []
    config = load_config(None, warn=said.append, note=said.append, environ=environ, directory=directory)
    return config, said


def test_settings_are_read_and_the_rest_is_named(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text(
        """\
[defaults]
inventory = hosts.yml, more
roles_path: roles:/srv/roles
forks = 20 ; at once
timeout=30
remote_user = deploy
private_key_file = ~/.ssh/id
Host_Key_Checking = False
vault_password_file = secret/word
vault_identity_list = dev@secret/dev, prod@prompt
nocows = 1
[privilege_escalation]
become = yes
become_method = su
become_user = app
become_ask_pass = True
[ssh_connection]
pipelining = True
"""
    )
    config, said = load(tmp_path)
    assert config == Config(
        inventory=[str(tmp_path / "hosts.yml"), str(tmp_path / "more")],
        roles_path=[str(tmp_path / "roles"), "/srv/roles"],
        forks=20,
        timeout=30,
        remote_user="deploy",
        private_key_file=str(Path("~/.ssh/id").expanduser()),
        host_key_checking="no",
        vault_password_file=str(tmp_path / "secret/word"),
        vault_ids=[f"dev@{tmp_path / 'secret/dev'}", "prod@prompt"],
        become=True,
        become_method="su",
        become_user="app",
        become_ask_pass=True,
    )
    assert said == [
        f"{tmp_path / 'ansible.cfg'}: without a meaning here: defaults.nocows, ssh_connection.pipelining"
    ]


def test_our_own_file_outranks_it_and_the_environment_both(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nforks = 1\ntimeout = 2\nremote_user = a\n")
    (tmp_path / "opsflow.yml").write_text("timeout: 3\nremote_user: b\n")
    config, _ = load(tmp_path, ANSIBLE_FORKS="7", ANSIBLE_BECOME="true")
    assert (config.forks, config.timeout, config.remote_user, config.become) == (7, 3, "b", True)
    assert load(tmp_path)[0].forks == 1


def test_only_the_first_file_counts(tmp_path: Path) -> None:
    here, home, named = tmp_path / "here", tmp_path / "home", tmp_path / "named"
    for directory in (here, home, named):
        directory.mkdir()
    (home / ".ansible.cfg").write_text("[defaults]\nforks = 1\n")
    assert load(here, HOME=str(home))[0].forks == 1
    (here / "ansible.cfg").write_text("[defaults]\nforks = 2\n")
    assert load(here, HOME=str(home))[0].forks == 2
    (named / "ansible.cfg").write_text("[defaults]\nforks = 3\n")
    assert load(here, HOME=str(home), ANSIBLE_CONFIG=str(named))[0].forks == 3
    assert load(here, HOME=str(home), ANSIBLE_CONFIG=str(named / "ansible.cfg"))[0].forks == 3


def test_a_file_where_anyone_may_write_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "ansible.cfg"
    file.write_text("[defaults]\nforks = 2\n")
    tmp_path.chmod(0o1777)
    config, said = load(tmp_path)
    assert config.forks == Config().forks
    assert said == [
        f"{file} is ignored: anyone may write to its directory; name it with ANSIBLE_CONFIG to use it"
    ]
    assert load(tmp_path, ANSIBLE_CONFIG=str(file))[0].forks == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("forks = 1\n", ":1:1: a setting before the first [section]"),
        ("[defaults]\nforks = many\n", ":2:1: 'forks' must be a valid integer"),
        ("[defaults]\n\nhost_key_checking = maybe\n", ":3:1: 'host_key_checking' must be 'yes'"),
        ("[privilege_escalation]\nbecome_method = pbrun\n", ":2:1: 'become_method' must be 'sudo'"),
        ("[defaults]\nforks = 1\nforks = 2\n", ":3:1: given twice"),
        ("[defaults]\nforks\n", ":2:1: not a line of a configuration"),
        ("[defaults]\nhash_behaviour = merge\n", ":2:1: mappings of one name are replaced, never merged"),
    ],
)
def test_problems_are_told_at_their_places(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "ansible.cfg").write_text(text)
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert f"{tmp_path / 'ansible.cfg'}{message}" in str(caught.value)


def test_a_wrong_environment_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ANSIBLE_FORKS:1:1: 'forks' must be a valid integer"):
        load(tmp_path, ANSIBLE_FORKS="many")
    with pytest.raises(InputError, match="ANSIBLE_HASH_BEHAVIOUR:1:1: mappings of one name"):
        load(tmp_path, ANSIBLE_HASH_BEHAVIOUR="merge")


def test_every_setting_that_is_understood_is_documented() -> None:
    section = DOCUMENT.read_text().split("\n## ansible.cfg\n")[1]
    documented = {
        (name, key)
        for name, keys in re.findall(r"^- `\[(\w+)\]`: (.*)$", section, re.M)
        for key in re.findall(r"`(\w+)`", keys)
    }
    assert documented == set(ansible_cfg._SETTINGS)  # pyright: ignore[reportPrivateUsage]
