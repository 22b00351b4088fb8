"""What an AnsibleModule does for a module: commands, files, results. Each test is a module of its own."""

from __future__ import annotations

import json
import os
import textwrap
from pathlib import Path
from typing import Any

import pytest

from opsflow.modules.own.module import module_class
from opsflow.modules.own.places import Places
from opsflow.modules.own.program import read_program
from tests.support.local import Run

SPEC = """
from ansible.module_utils.basic import *
import ansible.module_utils.basic as basic
module = AnsibleModule({"secret": {"no_log": True}, "base": {}}, supports_check_mode=True)
os.chdir(module.params["base"])
"""


class Body:
    """Runs the body of a module; what it leaves in `found` is returned."""

    def __init__(self, run: Run, base: Path) -> None:
        self.run = run
        self.base = base

    async def __call__(self, body: str, *, check: bool = False, secret: str = "hush-hush") -> dict[str, Any]:
        path = self.base / "own.py"
        path.write_text(SPEC + textwrap.dedent(body) + "\nmodule.exit_json(found=found)\n")
        self.run.task.check = check
        module = module_class(read_program("own", path, Places()))
        args = module.Args.model_validate({"secret": secret, "base": str(self.base)})
        return await module().run(self.run.task, args)  # type: ignore[arg-type]


@pytest.fixture
def body(run: Run, tmp_path: Path) -> Body:
    return Body(run, tmp_path)


COMMANDS = {
    "run('echo a \"b c\"')": [0, "a b c\n", ""],
    "run(['echo', 'a', '$WORD', 'x y'])": [0, "a word x y\n", ""],
    "run(['echo', '~', '$WORD'], expand_user_and_vars=False)": [0, "~ $WORD\n", ""],
    "run('echo a | tr a b; exit 3', use_unsafe_shell=True)": [3, "b\n", ""],
    "run(['echo', 'a b', '$WORD'], use_unsafe_shell=True)": [0, "a b $WORD\n", ""],
    "run('[[ a == a ]]; echo $?', use_unsafe_shell=True, executable='/bin/bash')": [0, "0\n", ""],
    "run('cat', data='in')": [0, "in\n", ""],
    "run('cat', data=b'in', binary_data=True)": [0, "in", ""],
    "run('cat')": [0, "", ""],
    "[type(part).__name__ for part in run('echo', encoding=None)]": ["int", "bytes", "bytes"],
    "run(['sh', '-c', 'echo $A'], environ_update={'A': 'b'}, expand_user_and_vars=False)": [0, "b\n", ""],
    "run('pwd', cwd='/usr')": [0, "/usr\n", ""],
    "run('pwd', cwd='/no/such')[0]": 0,
    "run('sh -c umask', umask=0o77)": [0, "0077\n", ""],
    "run(['printf', '\\\\351'])[1].encode('utf-8', 'surrogateescape') == b'\\xe9'": True,
    "run('sh -c \"exit 4\"')": [4, "", ""],
}


async def test_commands_run_as_told(body: Body) -> None:
    calls = ", ".join(COMMANDS)
    result = await body(f"os.environ['WORD'] = 'word'\nrun = module.run_command\nfound = [{calls}]")
    assert dict(zip(COMMANDS, result["found"], strict=True)) == COMMANDS


async def test_a_command_that_waits_for_an_answer_is_ended(body: Body) -> None:
    result = await body(
        """
        line = "printf 'Password: '; read x; echo no"
        found = module.run_command(["sh", "-c", line], prompt_regex=r"[Pp]assword: $", data=None)
        """
    )
    assert result["found"][:2] == [257, "Password: "]


async def test_a_command_that_fails_may_end_the_module(body: Body) -> None:
    result = await body(
        "found = module.run_command(['sh', '-c', 'echo out; echo err >&2; exit 4'], check_rc=True)"
    )
    assert (result["failed"], result["rc"], result["msg"], result["stdout"]) == (True, 4, "err", "out\n")
    missing = await body("found = module.run_command(['/no/such', '--password', 'shown'])")
    assert (missing["rc"], missing["cmd"]) == (2, "/no/such --password '********'")
    assert missing["msg"] == "Error executing command."


async def test_passwords_of_commands_are_not_shown(body: Body) -> None:
    result = await body(
        "found = module.run_command(['false', 'hush-hush', '--pass=x', 'http://u:pw@h/'], check_rc=True)"
    )
    assert result["cmd"] == "false ******** '--pass=********' 'http://u:********@h/'"


async def test_files_get_owner_and_mode_where_they_differ(body: Body) -> None:
    result = await body(
        """
        open("f", "w").close()
        os.chmod("f", 0o640)
        diff = {}
        mode = module.set_mode_if_different
        found = [
            mode("f", "u=rw,go=r", False, diff), diff, mode("f", 0o644, False), mode("f", "0644", True),
            mode("f", None, False), module.set_owner_if_different("f", os.getuid(), False),
            module.set_fs_attributes_if_different({"path": "f", "mode": "4755", "owner": None}, False),
            module.add_path_info({"path": "f"})["mode"], module.add_path_info({"dest": "g"}),
        ]
        """
    )
    seen = {"before": {"mode": "0640"}, "after": {"mode": "0644"}}
    assert result["found"] == [True, seen, False, True, False, False, True, "04755", {"dest": "g"}]


async def test_a_bad_mode_or_owner_ends_the_module(body: Body) -> None:
    result = await body("open('f', 'w').close()\nfound = module.set_mode_if_different('f', 'u~x', False)")
    assert result["msg"] == "mode must be in octal or symbolic form"
    assert result["details"] == "bad symbolic permission for mode: u~x"
    result = await body("found = module.set_owner_if_different('f', 'no-such-user', False)")
    assert result["msg"] == "chown failed: failed to look up user no-such-user"


async def test_check_mode_only_tells(body: Body) -> None:
    result = await body(
        """
        open("f", "w").close()
        os.chmod("f", 0o600)
        found = [
            module.set_mode_if_different("f", "0644", False), oct(os.stat("f").st_mode),
            module.set_mode_if_different("absent", "0644", False), module.check_mode,
        ]
        """,
        check=True,
    )
    assert result["found"] == [True, "0o100600", True, True]


async def test_a_file_is_replaced_at_once_with_what_the_old_one_was(body: Body, tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o741)
    result = await body(
        """
        for name in "ab":
            with open(name, "w") as file:
                file.write("new")
        backup = module.backup_local("old")
        module.atomic_move("a", "old")
        module.atomic_move("b", "fresh")
        mode = oct(os.stat("old").st_mode)
        found = [open(backup).read(), open("old").read(), mode, os.listdir(".")]
        """
    )
    before, after, mode, names = result["found"]
    assert (before, after, mode) == ("old", "new", "0o100741")
    assert {"fresh", "old", "a", "b"} & set(names) == {"fresh", "old"}
    assert oct((tmp_path / "fresh").stat().st_mode & 0o777) == oct(0o666 & ~_umask())


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


async def test_digests_sizes_words_and_programs(body: Body) -> None:
    result = await body(
        """
        with open("f", "w") as file:
            file.write("abc")
        found = [
            module.sha1("f"), module.digest_from_file("f", "md5"), module.sha256("absent"),
            module.human_to_bytes("1.5K"), module.bytes_to_human(1536), module.boolean("off"),
            module.get_bin_path("sh") in ("/bin/sh", "/usr/bin/sh"), module.get_bin_path("no-such-program"),
            module.jsonify({"a": {1}, "b": b"x"}), module.from_json("[1]"), module.tmpdir == module.tmpdir,
        ]
        """
    )
    assert result["found"] == [
        "a9993e364706816aba3e25717850c26c9cd0d89d", "900150983cd24fb0d6963f7d28e17f72", None,
        1536, "1.50 KB", False, True, None, '{"a": [1], "b": "x"}', [1], True,
    ]  # fmt: skip
    missing = await body("found = module.get_bin_path('no-such-program', required=True)")
    assert missing["msg"].startswith('Failed to find required executable "no-such-program" in paths: ')


async def test_a_result_has_warnings_and_no_secrets(body: Body) -> None:
    result = await body(
        """
        module.warn("one")
        module.deprecate("two", version="3")
        open("left", "w").close()
        module.add_cleanup_file("left")
        found = 1
        module.exit_json(
            changed=True, a="hush-hush", b=["x hush-hush"], hush={"hush-hush": 1}, warnings=["three", "one"],
            ansible_facts={"f": 1}, path="left",
        )
        """
    )
    assert result.pop("path") == "left"
    assert result == {
        "changed": True,
        "a": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
        "b": ["x ********"],
        "hush": {"hush-hush": 1},
        "ansible_facts": {"f": 1},
        "warnings": ["one", "three"],
        "deprecations": [{"msg": "two", "collection_name": None, "version": "3"}],
    }


async def test_a_failure_tells_what_led_to_it(body: Body) -> None:
    result = await body(
        """
        try:
            1 / 0
        except ZeroDivisionError as error:
            module.fail_json("no hush-hush", exception=error, rc=3)
        """
    )
    assert (result["failed"], result["msg"], result["rc"]) == (True, "no ********", 3)
    assert "ZeroDivisionError" in result["exception"]


async def test_dates_and_odd_bytes_survive_the_way(body: Body) -> None:
    result = await body(
        """
        import datetime
        found = [datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3), b"x", {1, 1}, "\\udce9", "ä"]
        """
    )
    assert result["found"] == ["2026-01-02", "2026-01-02T03:00:00", "x", [1], "\udce9", "ä"]
    assert json.dumps(result)


async def test_a_module_that_is_not_ready_for_its_directory_finds_another(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    path.write_text(
        "import os, tempfile\nfrom ansible.module_utils.basic import AnsibleModule\n"
        "os.chdir(tempfile.mkdtemp())\nos.rmdir(os.getcwd())\n"
        "AnsibleModule({}).exit_json(cwd=os.getcwd())\n"
    )
    module = module_class(read_program("gone", path, Places()))
    result = await module().run(run.task, module.Args())  # type: ignore[arg-type]
    assert os.path.isdir(result["cwd"])


async def test_a_module_may_go_on_with_another_python(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "again.py"
    path.write_text(
        "import sys\nfrom ansible.module_utils.basic import AnsibleModule\n"
        "from ansible.module_utils.common import respawn\n"
        "module = AnsibleModule({'word': {}})\n"
        "if not respawn.has_respawned():\n"
        "    respawn.respawn_module(respawn.probe_interpreters_for_module(['/no', sys.executable], 'json'))\n"
        "module.exit_json(again=respawn.has_respawned(), word=module.params['word'])\n"
    )
    module = module_class(read_program("again", path, Places()))
    args = module.Args.model_validate({"word": 'it\'s "ä"'})
    assert await module().run(run.task, args) == {"again": True, "word": 'it\'s "ä"'}  # type: ignore[arg-type]
