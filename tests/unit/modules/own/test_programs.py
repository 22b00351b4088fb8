"""Modules that are programs: their arguments, their interpreters, what they may print around the result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.modules.own.module import module_class
from opsflow.modules.own.places import Places
from opsflow.modules.own.program import read_program
from tests.support.local import Run


class Library:
    """Writes modules and runs them."""

    def __init__(self, run: Run, base: Path) -> None:
        self.run = run
        self.base = base

    async def __call__(
        self, name: str, text: str | bytes, /, *, check: bool = False, **args: Any
    ) -> dict[str, Any]:
        path = self.base / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        module = module_class(read_program(path.stem, path, Places()))
        self.run.task.check = check
        return await module().run(self.run.task, module.Args.model_validate(args))  # type: ignore[arg-type]


@pytest.fixture
def library(run: Run, tmp_path: Path) -> Library:
    return Library(run, tmp_path)


async def test_a_shell_script_sources_its_arguments(library: Library) -> None:
    text = (
        '#!/bin/sh\n. "$1"\nc=$_ansible_check_mode\n'
        'echo "{\\"msg\\": \\"$greeting, $name\\", \\"check\\": \\"$c\\"}"\n'
    )
    result = await library("hello.sh", text, check=True, greeting="Good day", name="it's me")
    assert result == {"msg": "Good day, it's me", "check": "True"}


async def test_a_module_that_wants_json_gets_json(library: Library) -> None:
    text = (
        "#!/usr/bin/python\n# WANT_JSON\nimport json, sys\nd = json.load(open(sys.argv[1]))\n"
        "print(json.dumps(dict(got=d, py=sys.executable)))\n"
    )
    result = await library("wants.py", text, number=1, list=["a", {"b": None}])
    assert result == {"got": {"number": 1, "list": ["a", {"b": None}]}, "py": sys.executable}


async def test_arguments_are_put_into_a_module_that_has_a_place_for_them(library: Library) -> None:
    text = "#!/bin/sh\ncat <<'END'\n{\"given\": <<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>}\nEND\n"
    assert await library("embedded.sh", text, word='it\'s "quoted"') == {"given": {"word": 'it\'s "quoted"'}}


async def test_the_old_mark_for_common_code_means_the_new_way(library: Library) -> None:
    text = (
        "#!/usr/bin/python\n#<<INCLUDE_ANSIBLE_MODULE_COMMON>>\nm = AnsibleModule(dict(a=dict()))\n"
        "m.exit_json(a=m.params['a'])\n"
    )
    assert await library("old.py", text, a="x") == {"a": "x"}


async def test_another_interpreter_may_be_named(library: Library) -> None:
    library.run.task.vars["ansible_nosuch_interpreter"] = "/bin/sh"
    assert await library("odd", "#!/opt/nosuch -e\necho '{\"ok\": 1}'\n") == {"ok": 1}


async def test_a_binary_is_run_as_it_is(library: Library, tmp_path: Path) -> None:
    content = Path("/bin/cat").resolve().read_bytes()
    result = await library("binary", content, a=1)
    assert result == {"a": 1}  # what it printed is its file of arguments


async def test_what_stands_around_the_result_does_no_harm(library: Library) -> None:
    text = (
        "#!/bin/sh\necho motd\necho '[ no result ]'\necho '{ neither'\n"
        "echo '  {\"a\": 1,'\necho '\"b\": 2}'\necho bye\n"
    )
    result = await library("noisy", text)
    assert (result["a"], result["b"]) == (1, 2)
    assert result["warnings"] == ["the module wrote more after its result: bye"]


async def test_no_result_is_a_failure_with_all_that_was_said(library: Library) -> None:
    result = await library("mute", "#!/bin/sh\necho out\necho err >&2\nexit 3\n")
    assert result["failed"]
    assert (result["rc"], result["module_stdout"], result["module_stderr"]) == (3, "out\n", "err\n")
    assert "no JSON object" in result["msg"]


async def test_arguments_are_open_to_nobody_else(library: Library) -> None:
    text = (
        '#!/bin/sh\nm=$(stat -c %a "$1" "$0" "$(dirname "$0")" | tr "\\n" " ")\n'
        'echo "{\\"modes\\": \\"$m\\", \\"path\\": \\"$1\\"}"\n'
    )
    result = await library("modes", text, password="x")
    assert result["modes"] == "600 700 700 "
    assert not Path(result["path"]).parent.exists()


async def test_an_interpreter_that_is_not_there_is_told(library: Library, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="cannot run /no/such/program: No such file"):
        await library("lost", "#!/no/such/program\n")


async def test_source_for_a_newer_python_is_told(library: Library) -> None:
    text = "from ansible.module_utils.basic import AnsibleModule\nx = 1\n"
    path = library.base / "new.py"
    path.write_text(text)
    program = read_program("new", path, Places())
    broken = b"print 'old'\n"
    sent = {**program.sent(), "options": {}, "interpreter": [], "code": "broken"}
    with pytest.raises(TaskError, match=r"Python [\d.]+ on the host cannot read .*new.py"):
        await library.run.task.call("own_module.run", sent, keep={**program.kept, "broken": broken})
