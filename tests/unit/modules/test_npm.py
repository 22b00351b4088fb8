"""npm does what is needed, told by a program that stands for npm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.support.local import Run

PROGRAM = """#!/bin/sh
case $1 in
  list) cat {base}/list; exit 1;;
  outdated) cat {base}/outdated; exit 1;;
  *) echo "$@" >> {base}/log;;
esac
"""
INSTALLED = {"one": {"version": "1.0.0"}, "two": {"version": "2.0.0"}, "gone": {"missing": True}}


class Node:
    def __init__(self, run: Run, base: Path) -> None:
        self.run = run
        self.base = base
        (base / "npm").write_text(PROGRAM.format(base=base))
        (base / "npm").chmod(0o755)
        (base / "outdated").write_text("Package  Current\none  1.0.0\n")
        self.has(INSTALLED)

    def has(self, packages: dict[str, Any]) -> None:
        (self.base / "list").write_text(json.dumps({"dependencies": packages}))

    async def __call__(self, **options: Any) -> tuple[bool, list[str]]:
        (self.base / "log").write_text("")
        given = {"path": str(self.base), "executable": str(self.base / "npm"), **options}
        result = await self.run("npm", **given)
        return result["changed"], (self.base / "log").read_text().splitlines()


@pytest.fixture
def npm(run: Run, tmp_path: Path) -> Node:
    return Node(run, tmp_path)


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({"name": "one"}, []),
        ({"name": "one", "version": "1.0.0"}, []),
        ({"name": "one", "version": "1.1.0"}, ["install one@1.1.0"]),
        (
            {"name": "new", "global": True, "registry": "http://r"},
            ["install new --global --registry http://r"],
        ),
        ({}, ["install"]),
        ({"production": True, "ignore_scripts": True}, ["install --production --ignore-scripts"]),
        ({"ci": True}, ["ci"]),
        ({"name": "one", "state": "latest"}, ["update one"]),
        ({"name": "two", "state": "latest"}, []),
        ({"name": "one", "state": "absent"}, ["uninstall one"]),
        ({"name": "new", "state": "absent"}, []),
    ],
)
async def test_what_is_called(npm: Node, options: dict[str, Any], calls: list[str]) -> None:
    assert await npm(check=True, **options) == (bool(calls), [])
    assert await npm(**options) == (bool(calls), calls)


async def test_all_that_is_named_is_there(npm: Node) -> None:
    npm.has({"one": {"version": "1.0.0"}})
    assert await npm() == (False, [])
    assert await npm(state="latest") == (True, ["update"])
    (npm.base / "outdated").write_text("")
    assert await npm(state="latest") == (False, [])


async def test_a_new_directory_is_made(npm: Node) -> None:
    npm.has({})
    assert await npm(name="one", path=str(npm.base / "new")) == (True, ["install one"])
    assert (npm.base / "new").is_dir()


async def test_bad_input(run: Run) -> None:
    with pytest.raises(ValidationError, match="give path, or global"):
        await run("npm", name="x")
    with pytest.raises(ValidationError, match="absent needs name"):
        await run("npm", path="/x", state="absent")
