"""Modules of a project in a run: they are found, sent once, run, and what they say is their task's result."""

from __future__ import annotations

import pytest

from tests.support.plays import Player

HELLO = """
    #!/usr/bin/python
    from ansible.module_utils.basic import AnsibleModule
    import os

    def main():
        module = AnsibleModule(
            argument_spec=dict(
                name=dict(required=True), key=dict(no_log=True), times=dict(type="int", default=1),
            ),
            supports_check_mode=True,
        )
        rc, out, err = module.run_command(["echo", "hello " + module.params["name"]], check_rc=True)
        module.exit_json(
            changed=not module.check_mode, rc=rc, said=out, times=module.params["times"],
            path=module.params["key"], text="the key is %s." % module.params["key"], pid=os.getpid(),
        )

    main()
"""


@pytest.fixture
def hello(play: Player) -> Player:
    play.write("library/hello.py", HELLO)
    return play


async def test_a_module_beside_the_playbook_runs_on_each_host(hello: Player) -> None:
    played = await hello(
        """
        - hosts: all
          gather_facts: false
          tasks:
            - hello: name={{ inventory_hostname }} times=3
              register: first
            - debug: msg="{{ first.said }} {{ first.times + 1 }} {{ first is changed }}"
        """
    )
    assert played.said("a") == ["hello a\n 4 True"]
    assert played.said("b") == ["hello b\n 4 True"]


async def test_each_task_is_a_process_of_its_own_and_one_round_trip(hello: Player) -> None:
    played = await hello(
        """
        - hosts: a
          gather_facts: false
          tasks:
            - hello: {name: x}
              loop: [1, 2]
              register: found
            - debug: msg="{{ found.results | map(attribute='pid') | unique | length }}"
        """
    )
    assert played.said("a") == [2]


async def test_secret_options_are_masked_in_the_result(hello: Player) -> None:
    played = await hello(
        """
        - hosts: a
          gather_facts: false
          tasks:
            - name: hello
              hello: name=x key=s3cret-key
        """
    )
    data = played.results("hello")["a"].data
    assert data["path"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert data["text"] == "the key is ********."
    assert "s3cret" not in str(data)


async def test_wrong_options_fail_on_the_host(hello: Player) -> None:
    played = await hello(
        """
        - hosts: a
          gather_facts: false
          tasks:
            - name: no name
              hello: times=3
              ignore_errors: true
            - name: no number
              hello: name=x times=many
              ignore_errors: true
            - name: no such option
              hello: name=x nmae=y
              ignore_errors: true
        """
    )
    assert played.results("no name")["a"].data["msg"] == "missing required arguments: name"
    assert "unable to convert to int" in played.results("no number")["a"].data["msg"]
    message = played.results("no such option")["a"].data["msg"]
    assert message.startswith("Unsupported parameters for (hello) module: nmae. Supported")


async def test_check_mode_environment_and_async_reach_a_module(play: Player) -> None:
    play.write(
        "library/look.py",
        """
        from ansible.module_utils.basic import AnsibleModule
        import os
        module = AnsibleModule({}, supports_check_mode=True)
        module.exit_json(changed=True, check=module.check_mode, colour=os.environ.get("COLOUR"))
        """,
    )
    played = await play(
        """
        - hosts: a
          gather_facts: false
          environment: {COLOUR: green}
          tasks:
            - look:
              check_mode: true
              register: checked
            - look:
              async: 30
              poll: 1
              register: detached
            - debug: msg="{{ checked.check }} {{ checked.colour }} {{ detached.check }} {{ detached.colour }}"
        """
    )
    assert played.said("a") == ["True green False green"]


async def test_a_module_that_knows_no_check_mode_is_skipped_in_it(play: Player) -> None:
    play.write(
        "library/touch.py",
        """
        from ansible.module_utils.basic import AnsibleModule
        module = AnsibleModule({"path": {"type": "path"}})
        open(module.params["path"], "w").close()
        module.exit_json(changed=True)
        """,
    )
    played = await play(
        f"""
        - hosts: a
          gather_facts: false
          tasks:
            - name: touch
              touch: path={play.base}/touched
        """,
        check=True,
    )
    assert played.results("touch")["a"].data["skipped"]
    assert not (play.base / "touched").exists()


async def test_a_crash_tells_the_line_of_the_module(play: Player) -> None:
    path = play.write("library/crash.py", "import ansible.module_utils.basic\nraise ValueError('boom')\n")
    played = await play("- hosts: a\n  gather_facts: false\n  tasks:\n    - {name: crash, crash: }\n")
    data = played.results("crash")["a"].data
    assert data["msg"] == "Task failed: Module failed: boom"
    assert f"File \"{path}\", line 2, in <module>\n    raise ValueError('boom')" in data["exception"]


async def test_a_module_leaves_no_file(
    hello: Player, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(temporary))
    hello.write("library/program", "#!/bin/sh\necho '{}'\n")
    await hello("- hosts: a\n  gather_facts: false\n  tasks:\n    - hello: name=x\n    - program:\n")
    assert list(temporary.iterdir()) == []
    assert not list(hello.base.rglob("*.pyc"))
