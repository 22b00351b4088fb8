"""Where modules of a project are found, which one wins, and what is refused before any host is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsflow.api import prepare
from opsflow.core.errors import OpsFlowError
from opsflow.modules.own.known import KnownModules
from opsflow.modules.own.places import Places
from tests.support.plays import Player

SAYS = """
    from ansible.module_utils.basic import AnsibleModule
    AnsibleModule(dict(data=dict())).exit_json(where="{}")
"""
ONE_TASK = "- hosts: a\n  gather_facts: false\n  tasks:\n    - {name: task, %s: }\n"


async def where(play: Player, playbook: str) -> list[object]:
    played = await play(playbook)
    return [event.result.data.get("where") for event in played.events if hasattr(event, "result")]


async def test_a_library_replaces_a_module_of_ours_but_for_its_full_name(play: Player) -> None:
    play.write("library/ping.py", SAYS.format("library"))
    found = await where(
        play,
        """
        - hosts: a
          gather_facts: false
          tasks:
            - ping:
            - ansible.legacy.ping:
            - ansible.builtin.ping:
        """,
    )
    assert found == ["library", "library", None]


async def test_what_is_done_on_the_control_node_is_not_replaced(play: Player) -> None:
    play.write("library/debug.py", SAYS.format("library"))
    played = await play("- hosts: a\n  gather_facts: false\n  tasks:\n    - debug: msg=ours\n")
    assert played.said("a") == ["ours"]


async def test_modules_of_a_role_are_there_for_the_whole_play(play: Player) -> None:
    play.write("roles/one/library/own.py", SAYS.format("one"))
    play.write("roles/two/library/own.py", SAYS.format("two"))
    play.write("roles/two/tasks/main.yml", "- own:\n")
    found = await where(
        play,
        """
        - hosts: a
          gather_facts: false
          roles: [one, two]
          pre_tasks:
            - own:
          tasks:
            - own:
        """,
    )
    assert found == ["one", "one", "one"]


async def test_a_role_that_is_included_brings_its_modules(play: Player) -> None:
    play.write("roles/one/library/own.py", SAYS.format("one"))
    play.write("roles/one/tasks/main.yml", "- {name: task, own: }\n")
    played = await play("- hosts: a\n  gather_facts: false\n  tasks:\n    - include_role: {name: one}\n")
    assert played.results("one : task")["a"].data["where"] == "one"


def test_the_playbook_is_before_roles_and_those_before_named_directories(tmp_path: Path) -> None:
    for name in ("playbook", "role", "named"):
        for module in {"playbook": "abc", "role": "bc", "named": "cd"}[name]:
            path = tmp_path / name / "library" / f"{module}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    places = Places([tmp_path / "named" / "library"])
    places.add(tmp_path / "playbook")
    places.add(tmp_path / "role")
    found = {name: path.parent.parent.name for name, path in places.files("library").items()}
    assert found == {"a": "playbook", "b": "playbook", "c": "playbook", "d": "named"}


def test_names_of_files_are_names_of_modules(tmp_path: Path) -> None:
    for name in ("a.py", "a.ini", "b.sh", "c", "_old.py", "__init__.py", "d.txt", "e.py~", ".f.py", "g.pyc"):
        (tmp_path / name).touch()
    (tmp_path / "topic").mkdir()
    (tmp_path / "topic" / "h.py").touch()
    found = Places([tmp_path]).files("library")
    assert {name: path.name for name, path in found.items()} == {
        "a": "a.py", "b": "b.sh", "c": "c", "old": "_old.py", "h": "h.py",
    }  # fmt: skip


async def test_an_action_plugin_is_refused_where_a_task_names_it(play: Player) -> None:
    path = play.write("action_plugins/deploy.py", "")
    play.write("library/deploy.py", SAYS.format("library"))
    assert await play.problems("- hosts: a\n  tasks:\n    - name: x\n      deploy:\n") == [
        f"4:7 'deploy' has an action plugin of this project, which is not supported: {path}"
        " → write what it does as tasks, or as a module in library/"
    ]


async def test_plugins_that_would_change_the_run_are_warned_of_once(play: Player) -> None:
    play.write("callback_plugins/mail.py", "")
    play.write("library/own.py", SAYS.format("here"))
    played = await play(ONE_TASK % "own" + ONE_TASK % "own")
    warnings = [event.message for event in played.events if type(event).__name__ == "Warned"]
    assert warnings == ["callback_plugins are not supported: what they would do is not done"]


async def test_a_module_that_is_nearly_the_projects_is_suggested(play: Player) -> None:
    play.write("library/deploy.py", SAYS.format("library"))
    assert await play.problems(ONE_TASK % "deplyo") == [
        "4:20 there is no module or keyword 'deplyo' → did you mean 'deploy'?"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from ansible.module_utils.nosuch import x\n",
         "library/own.py:1: there is no 'ansible.module_utils.nosuch' to import"),
        ("import ansible.module_utils.basic\nimport ansible.module_utils.a.b\n",
         "library/own.py:2: there is no 'ansible.module_utils.a.b' to import"),
        ("from ansible.module_utils.basic import AnsibleModule, nosuch\n",
         "library/own.py:1: there is no 'ansible.module_utils.basic.nosuch' to import"),
        ("from ansible.module_utils.basic import *\nprint 'x'\n", "library/own.py:2: this is no Python 3"),
        ("from ansible_collections.a.b.plugins.module_utils.c import d\n",
         "there is no 'ansible_collections.a.b.plugins.module_utils.c'"),
        ("print('hello')\n", "does not say what reads it"),
        ("#!powershell\n#Requires -Module Ansible.ModuleUtils.Legacy\n", "is for Windows"),
    ],
)  # fmt: skip
async def test_what_cannot_run_is_told_before_any_host_is_touched(
    play: Player, text: str, message: str
) -> None:
    play.write("library/own.py", text)
    (problem,) = await play.problems(ONE_TASK % "own")
    assert problem.startswith("4:20 ")
    assert message in problem


async def test_imports_that_may_fail_are_no_problem(play: Player) -> None:
    play.write(
        "library/own.py",
        """
        from ansible.module_utils.basic import AnsibleModule
        try:
            from ansible.module_utils.nosuch import x
        except ImportError:
            x = "absent"
        AnsibleModule({}).exit_json(where=x)
        """,
    )
    assert await where(play, ONE_TASK % "own") == ["absent"]


async def test_a_project_has_module_utils_of_its_own(play: Player) -> None:
    play.write("module_utils/tools/__init__.py", "from .low import level\n")
    play.write("module_utils/tools/low.py", "from ..plain import word\nlevel = word + ' low'\n")
    play.write(
        "module_utils/plain.py", "from ansible.module_utils.basic import env_fallback\nword = 'plain'\n"
    )
    play.write("roles/one/module_utils/deep/a/b.py", "data = 'deep'\n")
    play.write(
        "library/own.py",
        """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils import tools
        from ansible.module_utils.deep.a import b as below
        AnsibleModule({}).exit_json(where="%s, %s" % (tools.level, below.data))
        """,
    )
    playbook = "- hosts: a\n  gather_facts: false\n  roles: [one]\n  tasks:\n    - own:\n"
    assert await where(play, playbook) == ["plain low, deep"]


async def test_a_project_may_replace_module_utils_of_ours(play: Player) -> None:
    play.write("module_utils/ansible_release.py", "__version__ = 'mine'\n")
    play.write(
        "library/own.py",
        """
        from ansible.module_utils.basic import AnsibleModule
        from ansible.module_utils.ansible_release import __version__
        AnsibleModule({}).exit_json(where=__version__)
        """,
    )
    assert await where(play, ONE_TASK % "own") == ["mine"]


def test_only_what_a_module_imports_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "library" / "own.py"
    path.parent.mkdir()
    path.write_text("from ansible.module_utils.parsing.convert_bool import boolean\n")
    places = Places()
    places.add(tmp_path)
    units = [unit.name for unit in KnownModules(places).find("own").program.units]  # type: ignore[attr-defined]
    assert "ansible.module_utils.basic" not in units
    assert "ansible.module_utils.parsing.convert_bool" in units


def test_a_project_without_such_a_module_has_ours() -> None:
    assert KnownModules(Places()).find("ping").__name__ == "Ping"
    with pytest.raises(OpsFlowError, match="there is no module named 'pnig'"):
        KnownModules(Places()).find("pnig")


async def test_configured_directories_are_searched(play: Player) -> None:
    play.write("elsewhere/own.py", SAYS.format("named"))
    book = play.write("play.yml", ONE_TASK % "own")
    run = prepare([book], ["a,"], places=Places([play.base / "elsewhere"]))
    assert [task.info.module for task in run.tasks() if task.module] == ["own"]
