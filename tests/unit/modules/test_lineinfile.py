"""lineinfile changes the lines that Ansible's changes, once."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("a=1\n#c\na=2\nz\n", {"line": "new"}, "a=1\n#c\na=2\nz\nnew\n", "line added"),
    ("x", {"line": "new"}, "x\nnew\n", "line added"),
    ("x", {"line": "x"}, "x\n", "line replaced"),
    ("", {"line": "new", "insertafter": "x"}, "new\n", "line added"),
    ("a=1\nb\na=2\n", {"line": "a=9", "regexp": "^a="}, "a=1\nb\na=9\n", "line replaced"),
    ("a=1\nb\na=2\n", {"line": "a=9", "regexp": "^a=", "firstmatch": True}, "a=9\nb\na=2\n", "line replaced"),
    ("a.b\nacb\n", {"line": "x", "search_string": "a.b"}, "x\nacb\n", "line replaced"),
    ("a=1\nb\n", {"line": r"b=\1", "regexp": "^a=(.)", "backrefs": True}, "b=1\nb\n", "line replaced"),
    ("a=1\n", {"line": "x", "regexp": "^q", "backrefs": True}, "a=1\n", ""),
    ("a\nb\na\nc\n", {"line": "n", "insertafter": "^a"}, "a\nb\na\nn\nc\n", "line added"),
    ("a\nb\na\nc\n", {"line": "n", "insertafter": "^a", "firstmatch": True}, "a\nn\nb\na\nc\n", "line added"),
    ("a\nb\na", {"line": "n", "insertafter": "^a"}, "a\nb\na\nn\n", "line added"),
    ("a\nb\na\nc\n", {"line": "n", "insertbefore": "^a"}, "a\nb\nn\na\nc\n", "line added"),
    ("a\nb\n", {"line": "n", "insertbefore": "BOF"}, "n\na\nb\n", "line added"),
    ("a\nb\n", {"line": "n", "insertbefore": "nowhere"}, "a\nb\nn\n", "line added"),
    ("a\nz\n", {"line": "z", "regexp": "^q", "insertbefore": "^a"}, "a\nz\n", ""),
    ("a\nb\na\n", {"line": "a", "state": "absent"}, "b\n", "2 line(s) removed"),
    ("a1\nb\na2\n", {"regexp": "^a", "state": "absent"}, "b\n", "2 line(s) removed"),
    ("a1\nb\n", {"search_string": "zz", "state": "absent"}, "a1\nb\n", ""),
    ("caf\udce9\n", {"line": "new"}, "caf\udce9\nnew\n", "line added"),
]


@pytest.mark.parametrize(("before", "options", "after", "msg"), CASES)
async def test_lines(
    run: Run, tmp_path: Path, before: str, options: dict[str, Any], after: str, msg: str
) -> None:
    path = tmp_path / "f"
    path.write_bytes(before.encode(errors="surrogateescape"))
    told = await run("lineinfile", path=str(path), check=True, diff=True, **options)
    assert path.read_bytes().decode(errors="surrogateescape") == before
    result = await run("lineinfile", path=str(path), **options)
    assert path.read_bytes().decode(errors="surrogateescape") == after
    assert (result["msg"], result["changed"]) == (msg, before != after)
    assert (told["msg"], told["changed"]) == (msg, before != after)
    assert told["diff"][0]["after"].replace("�", "\udce9") == after
    again = await run("lineinfile", path=str(path), **options)
    assert again["changed"] is False


async def test_a_file_is_created_only_if_asked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "d/f"
    with pytest.raises(TaskError, match="does not exist") as caught:
        await run("lineinfile", path=str(path), line="x")
    assert caught.value.data["rc"] == 257
    absent = await run("lineinfile", path=str(path), line="x", state="absent")
    assert absent == {"changed": False, "msg": "file not present"}
    assert (await run("lineinfile", path=str(path), line="x", create=True, mode="0600"))["changed"]
    assert path.read_text() == "x\n"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(TaskError, match="is a directory"):
        await run("lineinfile", path=str(tmp_path), line="x")


async def test_mode_backup_validation_and_links(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("a\n")
    (tmp_path / "l").symlink_to("f")
    only = await run("lineinfile", path=str(path), line="a", mode="0600")
    assert only["msg"] == "ownership, perms or SE linux context changed"
    with pytest.raises(TaskError, match="failed to validate"):
        await run("lineinfile", path=str(path), line="b", validate="false %s")
    result = await run("lineinfile", path=str(tmp_path / "l"), line="b", backup=True)
    assert Path(result["backup"]).read_text() == "a\n"
    assert (tmp_path / "l").is_symlink()
    assert path.read_text() == "a\nb\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "line is required"),
        ({"line": "x", "regexp": "a", "search_string": "a"}, "exclude each other"),
        ({"line": "x", "insertafter": "a", "insertbefore": "a"}, "exclude each other"),
        ({"line": "x", "backrefs": True}, "regexp is required"),
        ({"state": "absent"}, "one of line, regexp and search_string"),
    ],
)
async def test_options_that_do_not_fit(run: Run, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await run("lineinfile", path="/nope", **options)


async def test_bad_expressions_are_sentences(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a\n")
    with pytest.raises(TaskError, match=r"regexp is not a regular expression: .*: \("):
        await run("lineinfile", path=str(tmp_path / "f"), line="x", regexp="(")
    with pytest.raises(TaskError, match="does not fit the groups of regexp"):
        await run("lineinfile", path=str(tmp_path / "f"), line=r"\2", regexp="(a)", backrefs=True)
