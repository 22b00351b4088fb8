"""copy and template: right content, few round trips, whole files, no traces."""

import asyncio
import hashlib
import os
import resource
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import InputError, TaskError
from tests.support.local import Run
from tests.support.vaulted import FILE, PRODUCTION_VALUE, VARIABLES, vault


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):04o}"


def sha1(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()


@pytest.fixture
def there(tmp_path: Path) -> Path:
    path = tmp_path / "there"
    path.mkdir()
    return path


async def test_content_is_put_once_and_returns_what_ansible_returns(run: Run, there: Path) -> None:
    dest = there / "f"
    result = await run("copy", content="hello\n", dest=str(dest), mode="0640")
    assert dest.read_text() == "hello\n"
    expected: dict[str, Any] = {
        "changed": True,
        "dest": str(dest),
        "checksum": sha1(b"hello\n"),
        "md5sum": hashlib.md5(b"hello\n").hexdigest(),
        "mode": "0640",
        "size": 6,
        "state": "file",
        "uid": os.getuid(),
    }
    assert {key: result[key] for key in expected} == expected
    again = await run("copy", content="hello\n", dest=str(dest), mode="0640")
    assert not again["changed"]
    assert (again["checksum"], again["path"]) == (sha1(b"hello\n"), str(dest))


async def test_a_small_file_is_one_round_trip_and_a_large_one_two(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "small").write_bytes(b"x" * 60_000)
    (tmp_path / "large").write_bytes(os.urandom(3_000_000))
    before = run.task.channel.round_trips
    await run("copy", src="small", dest=f"{there}/")
    assert run.task.channel.round_trips == before + 1
    await run("copy", src="large", dest=f"{there}/")
    assert run.task.channel.round_trips == before + 3
    assert (there / "large").read_bytes() == (tmp_path / "large").read_bytes()
    assert any(event["type"] == "progress" and event["percent"] == 100 for event in run.task.events)
    assert not (await run("copy", src="large", dest=str(there)))["changed"]
    assert run.task.channel.round_trips == before + 4


async def test_a_file_of_another_size_is_sent_without_being_read_before(
    run: Run, tmp_path: Path, there: Path
) -> None:
    source, dest = tmp_path / "large", there / "large"
    source.write_bytes(os.urandom(1_000_000) * 17)
    dest.write_bytes(b"other")
    before = run.task.channel.round_trips
    result = await run("copy", src="large", dest=str(dest))
    assert (result["changed"], result["checksum"]) == (True, sha1(source.read_bytes()))
    assert run.task.channel.round_trips == before + 2
    assert dest.read_bytes() == source.read_bytes()
    assert not (await run("copy", src="large", dest=str(dest)))["changed"]
    assert run.task.channel.round_trips == before + 4
    dest.write_bytes(b"x" + source.read_bytes()[1:])
    assert (await run("copy", src="large", dest=str(dest), check=True))["changed"]
    assert (await run("copy", src="large", dest=str(dest)))["changed"]
    assert dest.read_bytes() == source.read_bytes()


async def test_check_and_diff_tell_and_change_nothing(run: Run, there: Path) -> None:
    dest = there / "f"
    dest.write_text("old\n")
    told = await run("copy", content="new\n", dest=str(dest), check=True, diff=True)
    assert told["changed"]
    assert (told["diff"]["before"], told["diff"]["after"]) == ("old\n", "new\n")
    assert told["diff"]["before_header"] == str(dest)
    assert dest.read_text() == "old\n"
    mode_only = await run("copy", content="old\n", dest=str(dest), mode="0600", check=True, diff=True)
    assert mode_only["diff"]["after"]["mode"] == "0600"
    assert mode(dest) != "0600"
    binary = await run("copy", content="\0", dest=str(dest), check=True, diff=True)
    assert binary["diff"]["src_binary"] == 1


async def test_a_replaced_file_keeps_its_mode_and_a_backup_is_left_if_asked(run: Run, there: Path) -> None:
    dest = there / "f"
    dest.write_text("old")
    dest.chmod(0o604)
    result = await run("copy", content="new", dest=str(dest), backup=True)
    assert (mode(dest), dest.read_text()) == ("0604", "new")
    backup = Path(result["backup_file"])
    assert backup.name.startswith("f.")
    assert backup.name.endswith("~")
    assert (backup.read_text(), mode(backup)) == ("old", "0604")


async def test_force_no_leaves_what_is_there(run: Run, there: Path) -> None:
    (there / "f").write_text("old")
    assert not (await run("copy", content="new", dest=f"{there}/f", force=False))["changed"]
    assert (there / "f").read_text() == "old"


async def test_validation_decides_and_leaves_no_temporary_file(run: Run, there: Path) -> None:
    (there / "f").write_text("old")
    with pytest.raises(TaskError, match="failed to validate"):
        await run("copy", content="new", dest=f"{there}/f", validate="grep -q old %s")
    with pytest.raises(TaskError, match="validate must contain %s"):
        await run("copy", content="new", dest=f"{there}/f", validate="true")
    assert [p.name for p in there.iterdir()] == ["f"]
    assert (there / "f").read_text() == "old"
    assert (await run("copy", content="new", dest=f"{there}/f", validate="grep -q new %s"))["changed"]


async def test_links_at_the_destination_are_replaced_or_followed(run: Run, there: Path) -> None:
    (there / "target").write_text("old")
    (there / "l").symlink_to("target")
    assert (await run("copy", content="new", dest=f"{there}/l", follow=True))["dest"] == f"{there}/target"
    assert (there / "target").read_text() == "new"
    assert (await run("copy", content="newer", dest=f"{there}/l"))["changed"]
    assert not (there / "l").is_symlink()
    assert (there / "target").read_text() == "new"


async def test_destinations_that_can_not_be(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "src").touch()
    with pytest.raises(TaskError, match=r"Destination directory .*/nope does not exist"):
        await run("copy", content="x", dest=f"{there}/nope/f")
    assert (await run("copy", content="x", dest=f"{there}/nope/f", check=True))["changed"]
    with pytest.raises(TaskError, match="can not use content with a dir as dest"):
        await run("copy", content="x", dest=str(there))
    (there / "src").mkdir()
    with pytest.raises(TaskError, match="is a directory: a file can't take its place"):
        await run("copy", src="src", dest=str(there))
    assert (await run("copy", src="src", dest=f"{there}/new/dir/", directory_mode="0700"))["dest"] == (
        f"{there}/new/dir/src"
    )
    assert mode(there / "new") == "0700"


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"src": "a", "content": "b"},
        {"content": "b", "dest": "/tmp/"},
    ],
)
async def test_options_that_exclude_each_other(run: Run, args: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="content"):
        await run("copy", **{"dest": "/tmp/x", **args})


async def test_structures_become_json(run: Run, there: Path) -> None:
    await run("copy", content={"a": [1, True]}, dest=f"{there}/j")
    assert (there / "j").read_text() == '{"a": [1, true]}'


async def test_the_checksum_is_looked_at_before_anything_is_sent(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "src").write_text("x")
    with pytest.raises(TaskError, match="does not have the expected checksum"):
        await run("copy", src="src", dest=f"{there}/", checksum="0" * 40)
    assert (await run("copy", src="src", dest=f"{there}/", checksum=sha1(b"x")))["changed"]


async def test_encrypted_files_are_decrypted_on_the_way_unless_they_should_not(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/secret").write_text(FILE)
    (tmp_path / "tree/plain").write_text("plain")
    await run("copy", src="tree/secret", dest=f"{there}/")
    assert (there / "secret").read_text() == VARIABLES
    await run("copy", src="tree/secret", dest=f"{there}/as_it_is", decrypt=False)
    assert (there / "as_it_is").read_text() == FILE
    assert (await run("copy", src="tree/", dest=f"{there}/tree"))["changed"]
    assert [(there / f"tree/{name}").read_text() for name in ("secret", "plain")] == [VARIABLES, "plain"]
    assert not (await run("copy", src="tree/", dest=f"{there}/tree"))["changed"]
    await run("copy", src="tree/", dest=f"{there}/tree", decrypt=False)
    assert (there / "tree/secret").read_text() == FILE


async def test_a_large_encrypted_file_in_a_tree_is_streamed_decrypted(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/a").write_bytes(content := os.urandom(100_000))
    (tmp_path / "tree/b").write_text(vault().encrypt(content))
    await run("copy", src="tree/", dest=f"{there}/tree")
    assert [(there / f"tree/{name}").read_bytes() for name in "ab"] == [content, content]


async def test_templates_scripts_and_fragments_may_be_encrypted(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "t.j2").write_text(vault().encrypt(b"{{ x }} = 1\n"))
    (tmp_path / "s.sh").write_text(vault().encrypt(b"#!/bin/sh\necho of the script\n"))
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/1").write_text(vault().encrypt(b"one\n"))
    (tmp_path / "parts/2").write_text("two\n")
    run.task.vars["x"] = "y"
    await run("template", src="t.j2", dest=f"{there}/t")
    assert (there / "t").read_text() == "y = 1\n"
    assert (await run("script", cmd="s.sh"))["stdout"] == "of the script\n"
    await run("assemble", src="parts", dest=f"{there}/a", remote_src=False)
    assert (there / "a").read_text() == "one\ntwo\n"


async def test_what_cannot_be_decrypted_is_not_sent(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "secret").write_text(PRODUCTION_VALUE)
    with pytest.raises(InputError, match="secret:1:1: can't be decrypted"):
        await run("copy", src="secret", dest=f"{there}/")
    assert list(there.iterdir()) == []


async def test_mode_preserve_takes_the_mode_from_here(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "src").touch()
    (tmp_path / "src").chmod(0o751)
    assert (await run("copy", src="src", dest=f"{there}/", mode="preserve"))["mode"] == "0751"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "tree"
    (top / "sub/empty").mkdir(parents=True)
    (top / "a").write_text("a")
    (top / "sub/b").write_text("bb")
    (top / "sub/b").chmod(0o700)
    (top / "link").symlink_to("a")
    return top


def found(top: Path) -> dict[str, str]:
    return {
        str(path.relative_to(top)): os.readlink(path)
        if path.is_symlink()
        else "/"
        if path.is_dir()
        else path.read_text()
        for path in top.rglob("*")
    }


async def test_a_tree_is_one_round_trip_when_small(run: Run, tree: Path, there: Path) -> None:
    told = await run("copy", src="tree", dest=str(there), check=True)
    assert told["changed"]
    assert list(there.iterdir()) == []
    before = run.task.channel.round_trips
    result = await run("copy", src="tree", dest=str(there), mode="0600", directory_mode="0710")
    assert run.task.channel.round_trips == before + 1
    assert (result["changed"], result["dest"]) == (True, f"{there}/")
    assert found(there / "tree") == {"a": "a", "link": "a", "sub": "/", "sub/b": "bb", "sub/empty": "/"}
    assert (mode(there / "tree/sub/b"), mode(there / "tree/sub")) == ("0600", "0710")
    assert not (await run("copy", src="tree", dest=str(there), mode="0600"))["changed"]


async def test_of_a_large_tree_only_what_differs_is_sent(run: Run, tree: Path, there: Path) -> None:
    for number in range(30):
        (tree / f"n{number:02}").write_bytes(os.urandom(20_000))
    before = run.task.channel.round_trips
    assert (await run("copy", src="tree/", dest=str(there), mode="preserve"))["changed"]
    assert run.task.channel.round_trips == before + 2
    assert mode(there / "sub/b") == "0700"
    (tree / "n07").write_bytes(b"7" * 300_000)
    (there / "n21").write_bytes(b"spoilt")
    run.task.events.clear()
    assert (await run("copy", src="tree/", dest=str(there), mode="preserve"))["changed"]
    sent = {event["message"] for event in run.task.events if event["type"] == "progress"}
    assert sent == {"sending n07", "sending n21"}
    for path in tree.rglob("n*"):
        assert (there / path.name).read_bytes() == path.read_bytes()
    assert not (await run("copy", src="tree/", dest=str(there), mode="preserve"))["changed"]


async def test_diffs_of_trees_and_of_files_too_large_to_show(run: Run, tree: Path, there: Path) -> None:
    (there / "a").write_text("old")
    for check in (True, False):
        result = await run("copy", src="tree/", dest=str(there), check=check, diff=True)
        shown = {diff["after_header"]: (diff["before"], diff["after"]) for diff in result["diff"]}
        assert shown == {"a": ("old", "a"), "link": ("", "a"), "sub/b": ("", "bb")}
    (tree / "a").write_bytes(b"x" * 200_000)
    for check in (True, False):
        assert (await run("copy", src="tree/a", dest=f"{there}/x", check=check, diff=True))["diff"][
            "src_larger"
        ]
        result = await run("copy", src="tree/", dest=str(there), check=check, diff=True)
        assert [(diff["before"], diff["src_larger"]) for diff in result["diff"]] == [("a", 104448)] * 2


async def test_links_in_a_tree_are_sent_as_links_if_asked(run: Run, tree: Path, there: Path) -> None:
    await run("copy", src="tree/", dest=str(there), local_follow=False)
    assert os.readlink(there / "link") == "a"
    assert not (await run("copy", src="tree/", dest=str(there), local_follow=False))["changed"]


async def test_a_file_that_is_on_the_host_already(run: Run, tree: Path, there: Path) -> None:
    options: dict[str, Any] = {"src": f"{tree}/sub/b", "dest": f"{there}/r", "remote_src": True}
    assert (await run("copy", check=True, **options))["changed"]
    result = await run("copy", mode="preserve", **options)
    assert (result["changed"], result["src"], result["mode"]) == (True, f"{tree}/sub/b", "0700")
    assert not (await run("copy", **options))["changed"]
    with pytest.raises(TaskError, match="Source /nope not found"):
        await run("copy", **{**options, "src": "/nope"})
    with pytest.raises(TaskError, match="expected checksum"):
        await run("copy", **{**options, "checksum": "abc"})


async def test_a_tree_that_is_on_the_host_already(run: Run, tree: Path, there: Path) -> None:
    options: dict[str, Any] = {
        "src": str(tree),
        "dest": f"{there}/",
        "remote_src": True,
        "local_follow": False,
    }
    assert (await run("copy", **options))["changed"]
    assert found(there / "tree") == found(tree)
    assert not (await run("copy", **options))["changed"]


async def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    run: Run, tmp_path: Path, there: Path
) -> None:
    (tmp_path / "big").write_bytes(os.urandom(8_000_000))
    (there / "f").write_text("old")
    pid = (await run.task.channel.ready)["pid"]
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (100_000, limits[1]))
    with pytest.raises(TaskError, match=r"cannot write '.*/f': File too large"):
        await run("copy", src="big", dest=f"{there}/f")
    assert [(p.name, p.read_text()) for p in there.iterdir()] == [("f", "old")]
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    assert (await run("copy", src="big", dest=f"{there}/f"))["changed"]  # the channel still works


async def test_a_connection_that_ends_leaves_no_half_file(run: Run, there: Path) -> None:
    started = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        while not any(there.iterdir()):
            yield b"x" * 1000
            await asyncio.sleep(0.001)
        started.set()
        await asyncio.Event().wait()

    args = {"dest": f"{there}/f", "checksum": "0" * 40, "content": "stream"}
    task = asyncio.create_task(run.task.call("copy.put", args, upload=endless()))
    await started.wait()
    await run.task.channel.close()
    task.cancel()
    with pytest.raises((asyncio.CancelledError, TaskError)):  # whichever end is told first
        await task
    assert list(there.iterdir()) == []


async def test_what_arrives_must_be_what_was_announced(run: Run, there: Path) -> None:
    with pytest.raises(TaskError, match="does not have the expected checksum"):
        await run.task.call("copy.put", {"dest": f"{there}/f", "checksum": "0" * 40}, payload=b"x")
    assert list(there.iterdir()) == []


async def test_unreadable_here_is_told(run: Run, there: Path) -> None:
    with pytest.raises(TaskError, match="could not find 'nope'"):
        await run("copy", src="nope", dest=str(there))


async def test_a_template_is_rendered_here_and_put_there(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "templates").mkdir()
    source = tmp_path / "templates/t.j2"
    source.write_text(
        "# {{ ansible_managed }} {{ template_path }}\n{% if x %}\nx is {{ x }}\n{% endif %}\nend\n"
    )
    run.task.vars = {"x": "é"}
    dest = there / "t"
    told = await run("template", src="t.j2", dest=str(dest), check=True, diff=True)
    assert told["diff"]["after"] == "# Ansible managed t.j2\nx is é\nend\n"
    assert not dest.exists()
    result = await run("template", src="t.j2", dest=str(dest), mode="0600")
    assert (result["changed"], result["mode"], result["src"]) == (True, "0600", str(source))
    assert dest.read_text() == "# Ansible managed t.j2\nx is é\nend\n"
    assert not (await run("template", src="t.j2", dest=str(dest)))["changed"]
    await run("template", src="t.j2", dest=str(dest), newline_sequence="\\r\\n", output_encoding="latin-1")
    assert dest.read_bytes().endswith("x is é\r\nend\r\n".encode("latin-1"))
    assert (await run("template", src="t.j2", dest=str(there)))["dest"] == f"{there}/t.j2"


async def test_a_template_says_its_own_syntax(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "t").write_text(
        "#jinja2: trim_blocks: False, variable_start_string: '[['\n{% if 1 %}\n[[ 1 }}\n{% endif %}"
    )
    await run("template", src="t", dest=f"{there}/t")
    assert (there / "t").read_text() == "\n1\n"
    (tmp_path / "t").write_text("#jinja2: trim: False\n")
    with pytest.raises(TaskError, match="t:1: 'trim' is not an option"):
        await run("template", src="t", dest=f"{there}/t")
    (tmp_path / "t").write_text("<< 1 >>")
    await run("template", src="t", dest=f"{there}/t", variable_start_string="<<", variable_end_string=">>")
    assert (there / "t").read_text() == "1"


async def test_a_template_that_can_not_be_written_so(run: Run, tmp_path: Path, there: Path) -> None:
    (tmp_path / "t").write_text("é")
    with pytest.raises(TaskError, match=r"cannot write .* as ascii"):
        await run("template", src="t", dest=f"{there}/t", output_encoding="ascii")
    (tmp_path / "t").write_bytes(b"\xff")
    with pytest.raises(TaskError, match="is not UTF-8 text"):
        await run("template", src="t", dest=f"{there}/t")
