"""The configuration file is found, checked and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import InputError
from opsflow.source.config import Config, config_layers, load_config
from opsflow.source.values import Map


def load(directory: Path, *, path: Path | None = None, **environ: str) -> tuple[Config, list[str]]:
    warnings: list[str] = []
    return load_config(path, warn=warnings.append, environ=environ, directory=directory), warnings


def problems(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "opsflow.yml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    return [
        str(p.origin).removeprefix(f"{file}:") + f" {p.message} → {p.hint}" for p in caught.value.problems
    ]


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == (Config(), [])
    assert Config().forks == 50


def test_the_first_file_in_order_counts(tmp_path: Path) -> None:
    here, home, named = tmp_path / "here", tmp_path / "home", tmp_path / "named.yml"
    here.mkdir()
    (home / ".config" / "opsflow").mkdir(parents=True)
    (home / ".config" / "opsflow" / "opsflow.yml").write_text("forks: 1\n")
    environ = {"HOME": str(home)}
    assert load(here, **environ)[0].forks == 1
    (here / "opsflow.yml").write_text("forks: 2\n")
    assert load(here, **environ)[0].forks == 2
    named.write_text("forks: 3\n")
    assert load(here, OPSFLOW_CONFIG=str(named), **environ)[0].forks == 3
    assert load(here, path=here / "opsflow.yml", OPSFLOW_CONFIG=str(named), **environ)[0].forks == 2


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*none\.yml: No such file"):
        load(tmp_path, path=tmp_path / "none.yml")


def test_a_file_where_anyone_may_write_is_ignored_unless_it_is_named(tmp_path: Path) -> None:
    file = tmp_path / "opsflow.yml"
    file.write_text("forks: 2\n")
    tmp_path.chmod(0o1777)
    config, warnings = load(tmp_path)
    assert config == Config()
    assert warnings == [
        f"{file} is ignored: anyone may write to it or its directory; name it with --config to use it"
    ]
    assert load(tmp_path, path=file)[0].forks == 2


def test_paths_are_relative_to_the_file_and_notifiers_keep_their_places(tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text(
        "inventory: hosts.yml\nroles_path: [roles, /srv/roles]\nhost_key_checking: no\ntimeout: 5\n"
        "private_key_file: keys/id\nnotifiers:\n  - type: console\n"
    )
    config, _ = load(tmp_path)
    assert config.inventory == [str(tmp_path / "hosts.yml")]
    assert config.roles_path == [str(tmp_path / "roles"), "/srv/roles"]
    assert config.private_key_file == str(tmp_path / "keys" / "id")
    assert (config.host_key_checking, config.timeout) == ("no", 5)
    assert isinstance(config.notifiers[0], Map)
    assert config.notifiers[0].origin.line == 7


def test_a_list_of_hosts_is_no_path(tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text("inventory: ['a,b,']\n")
    assert load(tmp_path)[0].inventory == ["a,b,"]


def test_problems_are_told_at_their_places(tmp_path: Path) -> None:
    assert problems(tmp_path, "forks: 0\nnotifers: []\n") == [
        "1:1 'forks' must be greater than or equal to 1 → None",
        "2:1 unknown option 'notifers' → did you mean 'notifiers'?",
    ]
    assert problems(tmp_path, "forks: 1\nforks: 2\n") == [
        "2:1 'forks' is given twice: first at line 1 → None"
    ]
    assert problems(tmp_path, "host_key_checking: maybe\n") == [
        "1:1 'host_key_checking' must be 'yes', 'accept-new' or 'no' → None"
    ]


def test_an_empty_file_is_fine(tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text("# nothing\n")
    assert load(tmp_path)[0] == Config()


def test_the_environment_outranks_the_files(tmp_path: Path) -> None:
    (tmp_path / "opsflow.yml").write_text("timeout: 5\nremote_user: admin\nroles_path: shared\n")
    environ = {"ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_TIMEOUT": "30", "ANSIBLE_SSH_RETRIES": "2"}
    config, _ = load(tmp_path, **environ, ANSIBLE_ROLES_PATH="a:/b", OPSFLOW_INVENTORY="web1,")
    assert (config.host_key_checking, config.timeout, config.ssh_retries) == ("no", 30.0, 2)
    assert (config.remote_user, config.inventory) == ("admin", ["web1,"])
    assert config.roles_path == [str(tmp_path / "a"), "/b"]


def test_of_several_variables_the_last_counts(tmp_path: Path) -> None:
    config, _ = load(tmp_path, OPSFLOW_INVENTORY="ours.yml", ANSIBLE_INVENTORY="theirs.yml")
    assert config.inventory == [str(tmp_path / "ours.yml")]


def test_a_variable_with_a_wrong_value_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ANSIBLE_TIMEOUT:1:1: 'timeout' must be"):
        load(tmp_path, ANSIBLE_TIMEOUT="soon")


def test_layers_say_where_each_option_is_written(tmp_path: Path) -> None:
    (tmp_path / "ansible.cfg").write_text("[defaults]\nforks = 5\n")
    (tmp_path / "opsflow.yml").write_text("become: true\nforks: 7\n")
    layers = config_layers(warn=print, environ={"ANSIBLE_FORKS": "9"}, directory=tmp_path)
    forks = [(layer.values["forks"], layer.origins["forks"]) for layer in layers]
    assert [(value, Path(origin.file).name, origin.line) for value, origin in forks] == [
        (5, "ansible.cfg", 2), (7, "opsflow.yml", 2), (9, "ANSIBLE_FORKS", 1),
    ]  # fmt: skip
