"""file brings a path to a state, says truly what changes, and does nothing twice."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from opsflow.core.errors import TaskError
from opsflow.target import modes
from tests.support.local import Run


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.lstat().st_mode):04o}"


SYMBOLIC = [
    "u+x", "a=rw", "u=rwx,g=rx,o=", "go-rwx", "u=rwX,go=rX", "a+X", "g=u", "o=g", "u+s", "g+s,o+t", "u=",
    "a=", "u+rw-x", "ug=rw,o=r", "+t", "o=u-w", "+x", "-w", "=rw", "u=r+w,g-x+r", "u-s", "=", "a=rwx",
    "ugo=rwx", "a=rwxst", "o+s", "u+t", "-t", "g=s",
]  # fmt: skip


@pytest.mark.parametrize("directory", [False, True])
@pytest.mark.parametrize("start", [0o000, 0o644, 0o755, 0o4711, 0o2750, 0o1777, 0o7777])
def test_modes_mean_what_chmod_says(directory: bool, start: int, tmp_path: Path) -> None:
    for number, symbolic in enumerate(SYMBOLIC):
        path = tmp_path / f"{number}"
        path.mkdir() if directory else path.touch()
        path.chmod(start)
        subprocess.run(["chmod", "--", symbolic, path], check=False, stderr=subprocess.DEVNULL)
        assert oct(modes.resolve(symbolic, start, directory)) == oct(stat.S_IMODE(path.stat().st_mode)), (
            symbolic
        )


@pytest.mark.parametrize("bad", ["9999", "u+q", "z=rw", "", "u", "77777", -1, "u=rw;g=r"])
def test_a_mode_that_is_none_is_refused(bad: object) -> None:
    with pytest.raises(Exception, match="octal or symbolic"):
        modes.resolve(bad, 0o644, False)


@pytest.mark.parametrize(
    ("given", "bits"), [("0644", "0644"), ("644", "0644"), (0o600, "0600"), ("1777", "01777")]
)
async def test_modes_come_as_text_or_number(run: Run, tmp_path: Path, given: str | int, bits: str) -> None:
    result = await run("file", path=str(tmp_path / "f"), state="touch", mode=given)
    assert result["mode"] == bits
    assert int(bits, 8) == stat.S_IMODE((tmp_path / "f").stat().st_mode)


async def test_touch_returns_what_ansible_returns(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    result = await run("file", path=str(path), state="touch", mode="0640")
    assert {key: result[key] for key in ("dest", "mode", "size", "state", "changed")} == {
        "dest": str(path),
        "mode": "0640",
        "size": 0,
        "state": "file",
        "changed": True,
    }
    assert result["uid"] == os.getuid()
    again = await run(
        "file", path=str(path), state="touch", access_time="preserve", modification_time="preserve"
    )
    assert not again["changed"]


async def test_touch_sets_the_times_that_are_given(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch()
    options = {"access_time": "preserve", "modification_time": "202001020304.05"}
    assert (await run("file", path=str(path), state="touch", **options))["changed"]
    assert not (await run("file", path=str(path), state="touch", **options))["changed"]
    with pytest.raises(TaskError, match="time yesterday using format"):
        await run("file", path=str(path), state="touch", access_time="yesterday")


async def test_a_directory_is_made_with_its_parents_once(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a/b"
    assert (await run("file", path=str(path), state="directory", mode="u=rwx,go=", check=True))["changed"]
    assert not (tmp_path / "a").exists()
    made = await run("file", path=str(path) + "/", state="directory", mode="u=rwx,go=")
    assert (made["changed"], made["state"], made["mode"], made["path"]) == (
        True,
        "directory",
        "0700",
        str(path),
    )
    assert made["diff"]["before"]["state"] == "absent"
    assert not (await run("file", path=str(path), state="directory", mode="0700"))["changed"]


async def test_recursion_sets_everything_below(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d/e").mkdir(parents=True)
    (tmp_path / "d/e/f").touch(0o644)
    (tmp_path / "d/l").symlink_to("e/f")
    options = {"path": str(tmp_path / "d"), "state": "directory", "recurse": True, "mode": "u=rwX,go="}
    assert (await run("file", check=True, **options))["changed"]
    assert mode(tmp_path / "d/e/f") == "0644"
    assert (await run("file", **options))["changed"]
    assert (mode(tmp_path / "d/e"), mode(tmp_path / "d/e/f")) == ("0700", "0600")
    assert not (await run("file", **options))["changed"]
    with pytest.raises(TaskError, match="recurse option requires"):
        await run("file", path=str(tmp_path / "d/e/f"), recurse=True)


async def test_absence_of_files_links_and_trees(run: Run, tmp_path: Path) -> None:
    (tmp_path / "d/e").mkdir(parents=True)
    (tmp_path / "l").symlink_to("d")
    told = await run("file", path=str(tmp_path / "d"), state="absent", check=True, diff=True)
    assert told["diff"]["before"]["path_content"] == {"directories": [str(tmp_path / "d/e")], "files": []}
    assert (tmp_path / "d/e").exists()
    assert (await run("file", path=str(tmp_path / "l"), state="absent"))["changed"]
    assert (tmp_path / "d").is_dir()
    assert (await run("file", path=str(tmp_path / "d"), state="absent"))["state"] == "absent"
    assert not (await run("file", path=str(tmp_path / "d"), state="absent"))["changed"]


async def test_links_are_made_moved_and_left(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    link = tmp_path / "l"
    made = await run("file", path=str(link), src="a", state="link")
    assert (made["changed"], made["dest"], made["src"], made["state"]) == (True, str(link), "a", "link")
    assert not (await run("file", path=str(link), src="a", state="link"))["changed"]
    assert (await run("file", path=str(link), src="b", state="link", check=True))["changed"]
    assert os.readlink(link) == "a"
    moved = await run("file", path=str(link), src="b", state="link")
    assert (moved["diff"]["before"]["src"], moved["diff"]["after"]["src"]) == ("a", "b")
    assert os.readlink(link) == "b"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "l"]


async def test_links_are_not_made_over_other_things_unless_forced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    (tmp_path / "full/x").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(TaskError, match="src file does not exist, use 'force=yes'"):
        await run("file", path=str(tmp_path / "l"), src="nope", state="link")
    with pytest.raises(TaskError, match="refusing to convert from file to symlink"):
        await run("file", path=str(tmp_path / "f"), src="empty", state="link")
    with pytest.raises(TaskError, match="refusing to convert from directory to symlink"):
        await run("file", path=str(tmp_path / "empty"), src="f", state="link")
    with pytest.raises(TaskError, match="is not empty, refusing to convert it"):
        await run("file", path=str(tmp_path / "full"), src="f", state="link", force=True)
    assert (await run("file", path=str(tmp_path / "l"), src="nope", state="link", force=True))["changed"]
    assert (await run("file", path=str(tmp_path / "empty"), src="f", state="link", force=True))["changed"]
    assert (await run("file", path=str(tmp_path / "f"), src="l", state="link", force=True))["changed"]


async def test_hard_links(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "other").touch()
    options = {"path": str(tmp_path / "h"), "src": str(tmp_path / "a"), "state": "hard"}
    assert (await run("file", **options))["state"] == "hard"
    assert (tmp_path / "h").samefile(tmp_path / "a")
    assert not (await run("file", **options))["changed"]
    with pytest.raises(TaskError, match="cannot link, the destination exists"):
        await run("file", **{**options, "path": str(tmp_path / "other")})
    assert (await run("file", **{**options, "path": str(tmp_path / "other")}, force=True))["changed"]


async def test_attributes_follow_a_link_or_not(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").touch(0o644)
    (tmp_path / "l").symlink_to("f")
    assert (await run("file", path=str(tmp_path / "l"), state="file", mode="0600"))["changed"]
    assert mode(tmp_path / "f") == "0600"
    with pytest.raises(TaskError, match=r"is link, cannot continue"):
        await run("file", path=str(tmp_path / "l"), state="file", mode="0644", follow=False)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
async def test_owner_and_group_by_name_and_number(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.touch()
    assert (await run("file", path=str(path), owner="daemon", group="1", check=True))["changed"]
    assert path.stat().st_uid == 0
    result = await run("file", path=str(path), owner="daemon", group="1")
    assert (result["owner"], result["gid"], result["changed"]) == ("daemon", 1, True)
    assert result["diff"]["before"] == {"path": str(path), "owner": 0, "group": 0}
    assert not (await run("file", path=str(path), owner=1, group="daemon"))["changed"]


async def test_what_is_wrong_is_said_with_what_is_there(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "f"
    with pytest.raises(TaskError, match="is absent, cannot continue") as caught:
        await run("file", path=str(path), mode="0600")
    assert (caught.value.data["path"], caught.value.data["state"]) == (str(path), "absent")
    path.touch()
    with pytest.raises(TaskError, match="failed to look up user nosuchuser"):
        await run("file", path=str(path), owner="nosuchuser")
    with pytest.raises(TaskError, match="already exists as a file"):
        await run("file", path=str(path), state="directory")
    with pytest.raises(TaskError, match="src option requires state"):
        await run("file", path=str(path), src="x")


async def test_variables_in_paths_are_those_of_the_host_and_task(run: Run, tmp_path: Path) -> None:
    run.task.env = {"WHERE": str(tmp_path)}
    assert (await run("file", path="$WHERE/f", state="touch"))["dest"] == f"{tmp_path}/f"
