"""Of all places that set a variable the strongest wins, whichever of them do."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.api import prepare
from opsflow.core.events import Event
from opsflow.engine.options import RunOptions
from tests.support.plays import Played

LEVELS = (
    "role_defaults",
    "inventory_all",
    "inventory_group",
    "inventory_group_vars_all",
    "playbook_group_vars_all",
    "inventory_group_vars",
    "playbook_group_vars",
    "inventory_host",
    "inventory_host_vars",
    "playbook_host_vars",
    "play_vars",
    "vars_prompt",
    "vars_files",
    "role_vars",
    "block_vars",
    "task_vars",
    "include_vars",
    "set_fact",
    "role_params",
    "extra_vars",
)
"""Where a variable may be set, the weakest first: Ansible's order."""
NAMES = tuple(f"v{number}" for number in range(12))

_FILES = {
    "role_defaults": "roles/r/defaults/main.yml",
    "role_vars": "roles/r/vars/main.yml",
    "vars_files": "files.yml",
    "include_vars": "roles/r/vars/included.yml",
    "inventory_group_vars_all": "inv/group_vars/all.yml",
    "inventory_group_vars": "inv/group_vars/web.yml",
    "inventory_host_vars": "inv/host_vars/w1.yml",
    "playbook_group_vars_all": "group_vars/all.yml",
    "playbook_group_vars": "group_vars/web.yml",
    "playbook_host_vars": "host_vars/w1.yml",
}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sets(st.sampled_from(LEVELS)), min_size=len(NAMES), max_size=len(NAMES)))
def test_the_strongest_wins(chosen: list[set[str]]) -> None:
    places = dict(zip(NAMES, chosen, strict=True))
    expected = [max(places[name], key=LEVELS.index, default="nobody") for name in NAMES]
    with tempfile.TemporaryDirectory() as directory:
        assert _played(Path(directory), places) == expected


def _played(base: Path, places: dict[str, set[str]]) -> Any:
    """Return what a task of a role sees when each level sets the variables that `places` says."""

    def at(level: str) -> dict[str, str]:
        return {"unused": level} | {name: level for name in NAMES if level in places[name]}

    def write(name: str, value: Any) -> None:
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(yaml.safe_dump(value))

    for level, file in _FILES.items():
        write(file, at(level))
    web = {"hosts": {"w1": at("inventory_host")}, "vars": at("inventory_group")}
    write("inv/hosts.yml", {"all": {"vars": at("inventory_all"), "children": {"web": web}}})
    seen = "{{ [" + ", ".join(f"{name} | default('nobody')" for name in NAMES) + "] }}"
    show = {"debug": {"msg": seen}, "vars": at("task_vars")}
    write(
        "roles/r/tasks/main.yml",
        [
            {"include_vars": "included.yml"},
            {"set_fact": at("set_fact")},
            {"block": [show], "vars": at("block_vars")},
        ],
    )
    prompts = [
        {"name": name, "default": value, "private": False} for name, value in at("vars_prompt").items()
    ]
    play = {
        "hosts": "w1",
        "gather_facts": False,
        "vars": at("play_vars"),
        "vars_prompt": prompts,
        "vars_files": ["files.yml"],
        "roles": [{"role": "r", **at("role_params")}],
    }
    write("play.yml", [play])
    options = RunOptions(extra_vars=at("extra_vars"))
    events: list[Event] = []
    run = prepare([base / "play.yml"], [str(base / "inv")], options, subscribers=[events.append])
    return Played(asyncio.run(run.run()), events).said("w1")[-1]
