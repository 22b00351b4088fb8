"""blockinfile, replace, assemble, find and tempfile."""

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

BEGIN, END = "# BEGIN ANSIBLE MANAGED BLOCK\n", "# END ANSIBLE MANAGED BLOCK\n"

BLOCKS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a\nb", {"block": "x\ny"}, f"a\nb\n{BEGIN}x\ny\n{END}", "Block inserted"),
    ("", {"block": "x"}, f"{BEGIN}x\n{END}", "Block inserted"),
    (f"a\n{BEGIN}old\n{END}b\n", {"block": "x\n"}, f"a\n{BEGIN}x\n{END}b\n", "Block inserted"),
    (f"a\n{BEGIN}x\n{END}b\n", {"block": "x\n\n"}, f"a\n{BEGIN}x\n\n{END}b\n", "Block inserted"),
    (f"a\n{BEGIN}x\n{END}b\n", {"block": "x"}, f"a\n{BEGIN}x\n{END}b\n", ""),
    (f"a\n{BEGIN}x\n{END}b\n", {"block": ""}, "a\nb\n", "Block removed"),
    (f"a\n{BEGIN}x\n{END}", {"state": "absent"}, "a\n", "Block removed"),
    ("a\n", {"state": "absent"}, "a\n", ""),
    ("a\nb\na\n", {"block": "x", "insertbefore": "^a"}, f"a\nb\n{BEGIN}x\n{END}a\n", "Block inserted"),
    ("a\nb\n", {"block": "x", "insertafter": "^a"}, f"a\n{BEGIN}x\n{END}b\n", "Block inserted"),
    ("a\n", {"block": "x", "insertbefore": "BOF"}, f"{BEGIN}x\n{END}a\n", "Block inserted"),
    ("a\n", {"block": "x", "insertafter": "nowhere"}, f"a\n{BEGIN}x\n{END}", "Block inserted"),
    (
        "a\nb\n",
        {"block": "x", "insertafter": "a", "append_newline": True, "prepend_newline": True},
        f"a\n\n{BEGIN}x\n{END}\nb\n",
        "Block inserted",
    ),
    (
        "a\n",
        {"block": "x", "marker": "<{mark}>", "marker_begin": "1", "marker_end": "2"},
        "a\n<1>\nx\n<2>\n",
        "Block inserted",
    ),
]


@pytest.mark.parametrize(("before", "options", "after", "msg"), BLOCKS)
async def test_blocks(
    run: Run, tmp_path: Path, before: str, options: dict[str, Any], after: str, msg: str
) -> None:
    path = tmp_path / "f"
    path.write_text(before)
    told = await run("blockinfile", path=str(path), check=True, diff=True, **options)
    assert path.read_text() == before
    assert (told["diff"][0]["before"], told["diff"][0]["after"]) == (before, after)
    result = await run("blockinfile", path=str(path), **options)
    assert path.read_text() == after
    assert (result["msg"], result["changed"]) == (msg, before != after)
    assert not (await run("blockinfile", path=str(path), **options))["changed"]


async def test_a_block_needs_a_file_or_leave_to_create_it(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(TaskError, match="does not exist") as caught:
        await run("blockinfile", path=str(path), block="x")
    assert caught.value.data["rc"] == 257
    assert (await run("blockinfile", path=str(path), block="x", create=True))["msg"] == "File created"
    changed = await run("blockinfile", path=str(path), block="y", backup=True)
    assert Path(changed["backup_file"]).read_text() == f"{BEGIN}x\n{END}"
    with pytest.raises(ValidationError, match="must differ"):
        await run("blockinfile", path=str(path), block="x", marker="same")


@pytest.mark.parametrize(
    ("options", "after", "msg"),
    [
        ({"regexp": "^a(.)$", "replace": r"x\1"}, "x1\nb2\nx3\n", "2 replacements made"),
        ({"regexp": "[ab]"}, "1\n2\n3\n", "3 replacements made"),
        ({"regexp": "zz"}, "a1\nb2\na3\n", ""),
        ({"regexp": "a", "replace": "x", "after": "b2"}, "a1\nb2\nx3\n", "1 replacements made"),
        ({"regexp": "a", "replace": "x", "before": "b2"}, "x1\nb2\na3\n", "1 replacements made"),
        (
            {"regexp": "2", "replace": "x", "after": "a1", "before": "a3"},
            "a1\nbx\na3\n",
            "1 replacements made",
        ),
        (
            {"regexp": "a", "after": "nope"},
            "a1\nb2\na3\n",
            "Pattern for before/after params did not match the given file: nope(?P<subsection>.*)",
        ),
    ],
)
async def test_replacements(run: Run, tmp_path: Path, options: dict[str, Any], after: str, msg: str) -> None:
    path = tmp_path / "f"
    path.write_text("a1\nb2\na3\n")
    assert (await run("replace", path=str(path), check=True, **options))["msg"] == msg
    assert path.read_text() == "a1\nb2\na3\n"
    result = await run("replace", path=str(path), **options)
    assert path.read_text() == after
    assert (result["msg"], result["changed"], result["rc"]) == (msg, after != "a1\nb2\na3\n", 0)


async def test_replacements_that_can_not_be(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("a\n")
    with pytest.raises(TaskError, match="does not exist"):
        await run("replace", path=str(tmp_path / "nope"), regexp="a")
    with pytest.raises(TaskError, match="replace does not fit the groups"):
        await run("replace", path=str(tmp_path / "f"), regexp="a", replace=r"\3")
    with pytest.raises(TaskError, match="regexp is not a regular expression"):
        await run("replace", path=str(tmp_path / "f"), regexp="(")


@pytest.mark.parametrize("remote", [True, False])
async def test_fragments_are_joined_in_order(run: Run, tmp_path: Path, remote: bool) -> None:
    source = tmp_path / "d"
    source.mkdir()
    for name, text in (("2", "two"), ("1", "one"), ("x", "no\n"), (".3", "three\n")):
        (source / name).write_text(text)
    options = {"src": str(source), "dest": f"{tmp_path}/out", "remote_src": remote, "regexp": r"^\.?\d"}
    result = await run("assemble", delimiter=r"-\n", ignore_hidden=True, **options)
    assert (tmp_path / "out").read_text() == "one\n-\ntwo"
    assert (result["changed"], result["msg"], result["src"]) == (True, "OK", str(source))
    assert not (await run("assemble", delimiter="-", ignore_hidden=True, **options))["changed"]
    told = await run("assemble", check=True, diff=True, **options)
    assert told["diff"]["after"] == "three\none\ntwo"
    with pytest.raises(TaskError, match=r"nope.* (does not exist|could not find)|could not find .*nope"):
        await run("assemble", **{**options, "src": "/nope"})


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "t"
    (top / "s/deep").mkdir(parents=True)
    (top / "a.txt").write_text("hello\nworld\n")
    (top / "b.log").write_text("x" * 3000)
    (top / "s/c.txt").write_text("other\n")
    (top / "s/deep/d.txt").write_text("")
    (top / ".hidden").touch()
    (top / "l").symlink_to("a.txt")
    (top / "b.log").chmod(0o600)
    os.utime(top / "a.txt", (0, 0))
    return top


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, {"a.txt", "b.log"}),
        ({"hidden": True}, {"a.txt", "b.log", ".hidden"}),
        ({"recurse": True, "patterns": "*.txt"}, {"a.txt", "s/c.txt", "s/deep/d.txt"}),
        ({"recurse": True, "depth": 2, "patterns": "*.txt"}, {"a.txt", "s/c.txt"}),
        ({"patterns": ["^[ab]"], "use_regex": True, "excludes": ["b"]}, {"a.txt"}),
        ({"file_type": "directory", "recurse": True}, {"s", "s/deep"}),
        ({"file_type": "link"}, {"l"}),
        ({"file_type": "any"}, {"a.txt", "b.log", "s", "l"}),
        ({"size": "2k"}, {"b.log"}),
        ({"size": "-2k"}, {"a.txt"}),
        ({"age": "1d"}, {"a.txt"}),
        ({"age": "-1d"}, {"b.log"}),
        ({"contains": "wor"}, {"a.txt"}),
        ({"contains": "hello\nwor", "read_whole_file": True}, {"a.txt"}),
        ({"mode": "0600"}, {"b.log"}),
        ({"mode": "u=r", "exact_mode": False, "patterns": "b*"}, {"b.log"}),
    ],
)
async def test_find(run: Run, tree: Path, options: dict[str, Any], names: set[str]) -> None:
    result = await run("find", paths=str(tree), **options)
    assert {os.path.relpath(entry["path"], tree) for entry in result["files"]} == names
    assert (result["matched"], result["changed"]) == (len(names), False)


async def test_find_tells_what_it_could_not_do(run: Run, tree: Path) -> None:
    result = await run("find", paths=[str(tree / "a.txt"), str(tree)], get_checksum=True, limit=1)
    assert result["skipped_paths"] == {str(tree / "a.txt"): f"'{tree}/a.txt' is not a directory"}
    assert (result["matched"], len(result["files"][0]["checksum"])) == (1, 40)
    with pytest.raises(TaskError, match="failed to process age"):
        await run("find", paths=str(tree), age="soon")


async def test_temporary_things(run: Run, tmp_path: Path) -> None:
    made = await run("tempfile", path=str(tmp_path), suffix=".x")
    assert (made["state"], made["mode"], made["changed"]) == ("file", "0600", True)
    assert made["path"].startswith(f"{tmp_path}/ansible.")
    assert made["path"].endswith(".x")
    assert (await run("tempfile", path=str(tmp_path), state="directory"))["mode"] == "0700"
    with pytest.raises(TaskError, match="cannot make a temporary file in '/nope'"):
        await run("tempfile", path="/nope")
