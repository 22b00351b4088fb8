"""Options of the package modules are checked before any host is touched."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.modules.apt import Apt
from opsflow.modules.base.module import find_module


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing is asked for"),
        ({"name": "a", "deb": "/a.deb"}, "deb and name cannot be given together"),
        ({"name": "a", "upgrade": "dist"}, "name and upgrade cannot be given together"),
        ({"deb": "/a.deb", "state": "absent"}, "deb goes with state=present only"),
        ({"name": "*,a", "state": "latest"}, "no other name may be given"),
        ({"name": "a", "state": "installed"}, "state"),
        ({"name": "a", "lock_timeout": "soon"}, "whole number"),
        ({"nam": "a"}, "nam"),
    ],
)
def test_apt_refuses(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        find_module("ansible.builtin.apt").Args.model_validate(options)


def test_apt_knows_ansibles_aliases() -> None:
    args: Any = find_module("apt").Args.model_validate(
        {"pkg": "a, b", "update-cache": "yes", "allow-downgrades": True, "install-recommends": "no"}
    )
    assert args.name == ["a", "b"]
    assert (args.update_cache, args.allow_downgrade, args.install_recommends) == (True, True, False)


def test_a_hook_is_one_command_whatever_commas_it_has() -> None:
    args: Any = find_module("system_update").Args.model_validate({"pre_update": "echo a, b"})
    assert args.pre_update == ["echo a, b"]


@pytest.mark.parametrize(("given", "policy"), [(False, "never"), (True, "if_required"), ("always", "always")])
def test_yaml_words_for_a_reboot(given: Any, policy: str) -> None:
    args: Any = find_module("system_update").Args.model_validate({"reboot": given})
    assert args.reboot == policy


def test_nobody_is_rebooted_who_did_not_ask() -> None:
    args: Any = find_module("opsflow.system_update").Args.model_validate({})
    assert (args.reboot, args.autoremove, args.conffiles, args.mode) == ("never", False, "keep", "dist")


def test_yes_and_no_of_yaml_are_words_among_the_choices() -> None:
    assert Apt.Args.model_validate({"upgrade": True}).upgrade == "yes"
    assert Apt.Args.model_validate({"name": "nginx", "upgrade": False}).upgrade == "no"
