"""Connection variables mean what they mean in Ansible; mistakes in them are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from opsflow.connection.settings import (
    VARIABLES,
    Become,
    ConnectionDefaults,
    become_from,
    settings_from,
)
from opsflow.connection.ssh_args import UNDERSTOOD
from opsflow.connection.ssh_config import HostConfig
from opsflow.core.errors import InputError
from opsflow.core.secrets import Secret

DEFAULTS = ConnectionDefaults()


class Unwanted(Mapping[str, Any]):
    """Variables of which some must not be rendered."""

    def __init__(self, values: dict[str, Any], forbidden: set[str]) -> None:
        self.values_by_name = values
        self.forbidden = forbidden

    def __getitem__(self, name: str) -> Any:
        assert name not in self.forbidden, f"{name} was rendered"
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


def test_a_host_without_variables_is_reached_by_its_name_and_the_configuration_decides() -> None:
    settings = settings_from("web1", {}, DEFAULTS)
    assert (settings.connection, settings.address) == ("ssh", "web1")
    assert (settings.user, settings.port, settings.host_key_checking) == (None, None, None)


def test_variables_outrank_keywords_and_keywords_outrank_the_command_line() -> None:
    defaults = ConnectionDefaults(user="cli", private_key_file="/cli")
    assert settings_from("h", {}, defaults).user == "cli"
    assert settings_from("h", {}, defaults, {"remote_user": "play"}).user == "play"
    assert settings_from("h", {"ansible_user": "inv"}, defaults, {"remote_user": "play"}).user == "inv"
    assert settings_from("h", {}, defaults).private_key_file == "/cli"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ansible_ssh_host", "address", "10.0.0.1"),
        ("ansible_ssh_user", "user", "bob"),
        ("ansible_ssh_port", "port", 2222),
        ("ansible_ssh_pass", "password", Secret("p")),
        ("ansible_ssh_private_key_file", "private_key_file", "/key"),
        ("ansible_ssh_timeout", "connect_timeout", 3.0),
        ("ansible_python_interpreter", "python", "/usr/bin/python3.9"),
    ],
)
def test_each_alias_is_understood(name: str, field: str, value: Any) -> None:
    given = value.reveal() if isinstance(value, Secret) else str(value)
    assert getattr(settings_from("h", {name: given}, DEFAULTS), field) == value


def test_of_two_aliases_the_older_one_counts_as_in_ansible() -> None:
    assert settings_from("h", {"ansible_user": "new", "ansible_ssh_user": "old"}, DEFAULTS).user == "old"


def test_an_interpreter_to_be_discovered_is_none() -> None:
    assert settings_from("h", {"ansible_python_interpreter": "auto_silent"}, DEFAULTS).python is None


def test_a_local_connection_reads_no_ssh_variables() -> None:
    variables = Unwanted(
        {"ansible_connection": "local", "ansible_host": "{{ x }}"}, {"ansible_host", "ansible_user"}
    )
    assert settings_from("h", variables, DEFAULTS).connection == "local"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(False, "no"), ("no", "no"), (True, "yes"), ("accept-new", "accept-new"), ("True", "yes")],
)
def test_host_key_checking(value: object, expected: str) -> None:
    assert settings_from("h", {"ansible_host_key_checking": value}, DEFAULTS).host_key_checking == expected


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"ansible_port": "ssh"}, "ansible_port must be a port number, not 'ssh'"),
        ({"ansible_port": 70000}, "ansible_port must be a port number"),
        ({"ansible_timeout": "soon"}, "ansible_timeout must be a number of seconds"),
        ({"ansible_connection": "winrm"}, "ansible_connection must be ssh or local"),
        ({"ansible_connection": "lokal"}, "did you mean 'local'?"),
        ({"ansible_host_key_checking": "maybe"}, "must be yes, no or accept-new"),
        ({"ansible_ssh_retries": "-1"}, "ansible_ssh_retries must be a whole number"),
        ({"ansible_ssh_common_args": "-o Prxy=1"}, "ssh's option Prxy is not supported"),
        ({"ansible_ssh_common_args": "-W x"}, "ssh's option -W is not supported"),
        ({"ansible_ssh_common_args": "gate"}, "'gate' is not an option of ssh"),
        ({"ansible_ssh_common_args": "-o 'x"}, "No closing quotation"),
        ({"ansible_ssh_common_args": "-J"}, "-J needs a value"),
    ],
)
def test_a_value_that_makes_no_sense_is_named(variables: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        settings_from("h", variables, DEFAULTS)
    assert message in str(raised.value)


def test_a_wrong_secret_is_not_shown() -> None:
    with pytest.raises(InputError) as raised:
        settings_from("h", {"ansible_password": ["hunter2"]}, DEFAULTS)
    assert "hunter2" not in str(raised.value)


def test_settings_show_no_secret() -> None:
    settings = settings_from("h", {"ansible_password": "hunter2", "ansible_private_key": "KEY"}, DEFAULTS)
    become = become_from({"ansible_become": True, "ansible_become_password": "hunter2"})
    assert "hunter2" not in f"{settings!r} {become!r} {settings.password}"
    assert "KEY" not in repr(settings)


def test_ssh_arguments_become_options_in_their_order() -> None:
    variables = {
        "ansible_ssh_args": "-C -o ControlMaster=auto -o ControlPersist=60s",
        "ansible_ssh_common_args": "-J gate,inner -p2222 -o 'UserKnownHostsFile /a /b'",
        "ansible_ssh_extra_args": '-vvo "ProxyCommand=nc %h %p" -F /cfg',
    }
    assert settings_from("h", variables, DEFAULTS).ssh_options == (
        ("Compression", "yes"),
        ("ProxyJump", "gate,inner"),
        ("Port", "2222"),
        ("UserKnownHostsFile", "/a /b"),
        ("ProxyCommand", "nc %h %p"),
        ("-F", "/cfg"),
    )


def test_every_ssh_option_that_is_taken_is_known_to_the_reader_of_configurations() -> None:
    for name in UNDERSTOOD.split():
        assert name.lower() in HostConfig._handlers


def test_nobody_is_become_unless_asked() -> None:
    assert become_from({}) is None
    assert become_from({"ansible_become": "no"}, {"become": True}) is None
    assert become_from({}, {"become": False}, ConnectionDefaults(become=True)) is None
    assert become_from({}, None, ConnectionDefaults(become=True)) == Become()


def test_become_variables_outrank_keywords() -> None:
    keywords = {"become": True, "become_user": "www-data", "become_method": "su"}
    assert become_from({}, keywords) == Become("su", "www-data")
    found = become_from(
        {
            "ansible_become_method": "community.general.doas",
            "ansible_doas_user": "db",
            "ansible_become_pass": "x",
        },
        keywords,
    )
    assert found == Become("doas", "db", Secret("x"))


def test_an_unknown_become_method_is_named() -> None:
    with pytest.raises(InputError, match=r"become_method must be sudo, su or doas .*did you mean 'sudo'"):
        become_from({"ansible_become": True, "ansible_become_method": "sodo"})


class _Asked(dict[str, object]):
    """Variables that remember which names were asked for."""

    def __init__(self, **values: object) -> None:
        super().__init__(values)
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:
        self.names.add(key)
        return super().get(key, default)


def test_the_list_of_variables_holds_all_that_are_read_and_no_other() -> None:
    asked: set[str] = set()
    for method in ("sudo", "su", "doas"):
        variables = _Asked(ansible_become=True, ansible_become_method=method)
        settings_from("h", variables, DEFAULTS)
        become_from(variables)
        asked |= variables.names
    assert asked == VARIABLES
