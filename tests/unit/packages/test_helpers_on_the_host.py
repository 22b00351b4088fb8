"""The small parts on the host: policy-rc.d, hooks, kernels, os-release, needrestart."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.core.errors import TaskError
from opsflow.target import os_info, restarts
from opsflow.target.apt import prepared
from opsflow.target.policy_rc_d import answering
from tests.support.local import Run

from .recorded import recorded


def test_services_are_answered_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "policy-rc.d"
    with answering(101, str(path)):
        assert path.read_text() == "#!/bin/sh\nexit 101\n"
        assert path.stat().st_mode & 0o777 == 0o755
    assert list(tmp_path.iterdir()) == []


def test_the_administrators_own_policy_comes_back_after_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "policy-rc.d"
    path.write_text("mine")
    with pytest.raises(RuntimeError), answering(0, str(path)):
        raise RuntimeError
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_no_policy_changes_nothing(tmp_path: Path) -> None:
    with answering(None, str(tmp_path / "policy-rc.d")):
        assert list(tmp_path.iterdir()) == []


async def test_hooks_run_in_order_and_only_executables(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pre-update.d"
    folder.mkdir()
    for name, mode in (("20-b", 0o755), ("10-a", 0o755), ("30-no", 0o644), ("40.dpkg-dist", 0o755)):
        (folder / name).write_text(f"#!/bin/sh\necho {name}\n")
        (folder / name).chmod(mode)
    args = {"stage": "pre-update", "commands": ["echo first"], "root": str(tmp_path)}
    result = await run.task.call("hooks.run", args)
    assert [hook["stdout"] for hook in result["hooks"]] == ["first\n", "10-a\n", "20-b\n"]


async def test_a_failing_hook_ends_the_stage(run: Run, tmp_path: Path) -> None:
    args = {"stage": "pre-update", "commands": ["echo no >&2; exit 3", "echo never"], "root": str(tmp_path)}
    with pytest.raises(TaskError, match=r"pre-update hook '.*' failed with exit code 3: no") as caught:
        await run.task.call("hooks.run", args)
    assert [hook["rc"] for hook in caught.value.data["hooks"]] == [3]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("running", "newer"),
    [
        ("6.1.0-9-amd64", "6.1.0-25-amd64"),
        ("6.1.0-25-amd64", None),
        ("6.1.0-26-amd64", None),
        ("6.1.0-9-cloud-amd64", None),
        ("5.10-custom", None),
    ],
)
def test_a_newer_kernel_of_the_same_flavour(tmp_path: Path, running: str, newer: str | None) -> None:
    for name in ("vmlinuz-6.1.0-9-amd64", "vmlinuz-6.1.0-25-amd64", "vmlinuz-7.0-rt-amd64", "config-9-amd64"):
        (tmp_path / name).touch()
    assert restarts.newer_kernel(str(tmp_path), running) == newer


def test_needrestart_names_services() -> None:
    text = "NEEDRESTART-VER: 3.6\nNEEDRESTART-SVC: ssh.service\nNEEDRESTART-SVC: cron.service\n"
    assert restarts.parse_needrestart(text) == ["cron.service", "ssh.service"]


def test_os_release_is_read_without_quotes() -> None:
    text = "# comment\nNAME=\"Ubuntu\"\nVERSION_ID='24.04'\nID=ubuntu\n\n"
    assert os_info.parse_os_release(text) == {"NAME": "Ubuntu", "VERSION_ID": "24.04", "ID": "ubuntu"}


def test_diff_shows_what_apt_prepared() -> None:
    shown = prepared(recorded("simulate-purge.txt"))
    assert shown.startswith("The following packages will be REMOVED:")
    assert shown.endswith("0 upgraded, 0 newly installed, 2 to remove and 5 not upgraded.")
