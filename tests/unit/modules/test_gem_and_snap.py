"""gem and snap do what is needed, told by programs that stand for theirs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

GEM = """#!/bin/sh
case "$*" in
  environment*) echo /home/me/gems;;
  *--remote*) echo "rack (3.1.0)";;
  *list*) cat {base}/installed;;
  *) echo "$@" >> {base}/log; case $1 in uninstall) : > {base}/installed;; esac;;
esac
"""
SNAP = """#!/bin/sh
case $1 in
  list) cat {base}/installed;;
  get) cat {base}/options 2>/dev/null || exit 1;;
  info) echo "name:      local-one";;
  *) echo "$@" >> {base}/log;;
esac
"""
SNAPS = """Name  Version  Rev  Tracking       Publisher  Notes
core  16       10   latest/stable  canonical  core
lxd   5.0      20   5.0/stable     canonical  -
off   1.0      30   latest/edge    me         disabled,classic
"""


class Program:
    def __init__(self, run: Run, base: Path, name: str, text: str) -> None:
        self.run = run
        self.base = base
        self.name = name
        (base / name).write_text(text.format(base=base))
        (base / name).chmod(0o755)
        run.task.env = {"PATH": f"{base}:{os.environ['PATH']}"}

    def installed(self, text: str) -> Program:
        (self.base / "installed").write_text(text)
        return self

    async def __call__(self, **options: Any) -> tuple[dict[str, Any], list[str]]:
        (self.base / "log").write_text("")
        result = await self.run(self.name, **options)
        return result, (self.base / "log").read_text().splitlines()


@pytest.fixture
def gem(run: Run, tmp_path: Path) -> Program:
    return Program(run, tmp_path, "gem", GEM).installed("rack (3.0.8, 2.2.7)\njson (default: 2.6.3)\n")


@pytest.fixture
def snap(run: Run, tmp_path: Path) -> Program:
    return Program(run, tmp_path, "snap", SNAP).installed(SNAPS)


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({}, ""),
        ({"version": "2.2.7"}, ""),
        ({"version": "1.0"}, "install --norc --version 1.0 --user-install --no-document rack"),
        ({"state": "latest"}, "install --norc --version 3.1.0 --user-install --no-document rack"),
        ({"state": "absent", "version": "9"}, ""),
        ({"state": "absent"}, "uninstall --norc --all --executables rack"),
        (
            {"version": "1", "user_install": False, "install_dir": "/g", "norc": False, "force": True},
            "install --version 1 --no-user-install --install-dir /g --force --no-document rack",
        ),
        (
            {"version": "1", "override_platform_install_dir": True, "build_flags": "--with-x"},
            "install --norc --version 1 --install-dir /home/me/gems --no-document rack -- --with-x",
        ),
    ],
)
async def test_gems(gem: Program, options: dict[str, Any], call: str) -> None:
    rehearsed, calls = await gem(name="rack", check=True, **options)
    assert (rehearsed["changed"], calls) == (bool(call), [])
    result, calls = await gem(name="rack", **options)
    assert result == rehearsed
    assert calls == [call] * bool(call)


async def test_bad_input_of_gem(run: Run) -> None:
    for options, message in (
        ({"gem_source": "/x", "version": "1"}, "gem_source goes with"),
        ({"state": "latest", "version": "1"}, "state latest"),
        ({"install_dir": "/x"}, "user_install"),
    ):
        with pytest.raises(ValidationError, match=message):
            await run("gem", name="x", **options)


@pytest.mark.parametrize(
    ("options", "calls", "told"),
    [
        ({"name": "core"}, [], {}),
        ({"name": ["a", "b"]}, ["install a b"], {"snaps_installed": ["a", "b"]}),
        (
            {"name": ["a", "b"], "classic": True},
            ["install --classic a", "install --classic b"],
            {"classic": True},
        ),
        ({"name": "core", "channel": "stable"}, [], {"channel": "stable"}),
        ({"name": "core", "channel": "edge"}, ["refresh --channel edge core"], {"channel": "edge"}),
        ({"name": "lxd", "revision": 21}, ["refresh --revision 21 lxd"], {}),
        (
            {"name": "./x.snap", "dangerous": True},
            ["install --dangerous ./x.snap"],
            {"snap_names": ["local-one"]},
        ),
        ({"name": ["core", "none"], "state": "absent"}, ["remove core"], {"snaps_removed": ["core"]}),
        ({"name": ["off", "core"], "state": "enabled"}, ["enable off"], {"snaps_enabled": ["off"]}),
        ({"name": ["off", "core"], "state": "disabled"}, ["disable core"], {"snaps_disabled": ["core"]}),
    ],
)
async def test_snaps(snap: Program, options: dict[str, Any], calls: list[str], told: dict[str, Any]) -> None:
    rehearsed, called = await snap(check=True, **options)
    assert (rehearsed["changed"], called) == (bool(calls), [])
    result, called = await snap(**options)
    assert (result["changed"], called) == (bool(calls), calls)
    assert {name: result[name] for name in told} == told


async def test_options_of_snaps(snap: Program) -> None:
    (snap.base / "options").write_text('{"ui": {"port": 80, "open": true}}')
    options = ["ui.port=80", "core:ui.open=true", "lxd:ui.port=90", "name = me"]
    result, calls = await snap(name=["core", "lxd"], options=options)
    assert calls == ["set core name=me", "set lxd ui.port=90 name=me"]
    assert result["options_changed"] == ["core:name = me", "lxd:ui.port=90", "lxd:name = me"]


async def test_snaps_that_are_not_there_cannot_be_enabled(snap: Program) -> None:
    with pytest.raises(TaskError, match="not installed: none"):
        await snap(name="none", state="enabled")
    with pytest.raises(ValidationError, match="KEY=VALUE"):
        await snap(name="core", options="x")
