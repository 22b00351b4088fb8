"""Images are built, tagged, archived, loaded and removed; a build gets what .dockerignore leaves."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.target.docker_context import Context
from tests.support.local import Run

from .daemon import IMAGE, Daemon


def source(base: Path, dockerfile: str, **names: str) -> Path:
    """Make a directory for a build."""
    directory = base / "source"
    directory.mkdir()
    (directory / "Dockerfile").write_text(f"FROM {IMAGE}\n{dockerfile}")
    for name, text in names.items():
        (directory / name).write_text(text)
    return directory


async def test_an_image_is_built_once(run: Run, tmp_path: Path) -> None:
    directory = source(
        tmp_path, "ARG word\nCOPY greeting /\nRUN echo $word\nLABEL told=$word", greeting="hello"
    )
    wanted: dict[str, Any] = {
        "name": "lab/built",
        "source": "build",
        "build": {"path": str(directory), "args": {"word": "yes!"}, "labels": {"own": True}},
    }
    tried = await run("docker_image", **wanted, check=True)
    assert tried == {
        "changed": True,
        "actions": [f"Built image lab/built:latest from {directory}"],
        "image": {},
    }
    built = await run("docker_image", **wanted)
    assert built["changed"]
    assert built["image"]["Config"]["Labels"] == {"told": "yes!", "own": "true"}
    assert "yes!" in built["stdout"].splitlines()
    assert {"type": "output", "stream": "stdout", "line": "yes!"} in run.task.events
    again = await run("docker_image", **wanted)
    assert not again["changed"]
    forced = await run("docker_image", **wanted, force_source=True)
    assert not forced["changed"], "Docker's cache makes the same image"
    gone = await run("docker_image", name="lab/built", state="absent")
    assert gone["image"] == {"state": "Deleted"}
    assert not (await run("docker_image", name="lab/built", state="absent"))["changed"]


async def test_a_build_that_fails_tells_what_it_wrote(run: Run, tmp_path: Path) -> None:
    directory = source(tmp_path, "RUN echo before; false")
    with pytest.raises(TaskError, match="returned a non-zero code: 1") as caught:
        await run("docker_image", name="lab/bad", source="build", build={"path": str(directory)})
    assert "before" in caught.value.data["stdout"]


async def test_a_dockerfile_may_be_elsewhere(run: Run, tmp_path: Path) -> None:
    directory = source(tmp_path, "", greeting="hello")
    elsewhere = tmp_path / "Other"
    elsewhere.write_text(f"FROM {IMAGE}\nCOPY greeting /greeting")
    options = {"path": str(directory), "dockerfile": str(elsewhere)}
    built = await run("docker_image", name="lab/elsewhere", source="build", build=options)
    assert built["changed"]
    await run("docker_image", name="lab/elsewhere", state="absent")


async def test_an_archive_is_written_when_it_holds_something_else(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "busy.tar"
    wanted = {"name": IMAGE, "source": "local", "archive_path": str(path)}
    assert (await run("docker_image", **wanted, check=True))["actions"] == [
        f"Archived image {IMAGE} to {path}, since none present"
    ]
    assert not path.exists()
    assert (await run("docker_image", **wanted))["changed"]
    assert not (await run("docker_image", **wanted))["changed"]
    path.write_text("no archive")
    assert (await run("docker_image", **wanted))["actions"][0].endswith(
        "overwriting an unreadable archive file"
    )


async def test_an_image_is_loaded_and_tagged(run: Run, daemon: Daemon, tmp_path: Path) -> None:
    daemon.image("lab/loaded:1", "LABEL number=one")
    path = tmp_path / "loaded.tar"
    await run("docker_image", name="lab/loaded:1", source="local", archive_path=str(path))
    await run("docker_image", name="lab/loaded:1", state="absent")
    wanted = {"name": "lab/loaded:1", "source": "load", "load_path": str(path)}
    loaded = await run("docker_image", **wanted)
    assert loaded["image"]["RepoTags"] == ["lab/loaded:1"]
    assert not (await run("docker_image", **wanted))["changed"]
    with pytest.raises(TaskError, match=r"did not contain image 'lab/none:latest'.*found 'lab/loaded:1'"):
        await run("docker_image", name="lab/none", source="load", load_path=str(path))
    tagged = await run("docker_image", name="lab/loaded:1", source="local", repository="lab/second:2")
    assert sorted(tagged["image"]["RepoTags"]) == ["lab/loaded:1", "lab/second:2"]
    again = await run("docker_image", name="lab/loaded:1", source="local", repository="lab/second:2")
    assert not again["changed"]
    for name in ("lab/second:2", "lab/loaded:1"):
        await run("docker_image", name=name, state="absent")


async def test_an_image_that_is_not_here_is_told_of(run: Run) -> None:
    with pytest.raises(TaskError, match="Cannot find the image lab/none:latest locally"):
        await run("docker_image", name="lab/none", source="local")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "state present needs source"),
        ({"source": "build"}, "needs build"),
        ({"source": "load"}, "needs load_path"),
        ({"source": "local", "tag": "with space"}, "not a valid docker tag"),
        ({"source": "build", "build": {"path": "/", "shm_size": "much"}}, "must be a size"),
    ],
)
async def test_what_cannot_be_is_refused_before(run: Run, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        await run("docker_image", name="lab/any", **options)


def names(context: Context) -> set[str]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(context.chunks()))) as archive:
        return {info.name for info in archive if not info.isdir()}


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("", {"a.log", "b.txt", "sub/a.log", "sub/deep/c.txt"}),
        ("*.log", {"b.txt", "sub/a.log", "sub/deep/c.txt"}),
        ("**/*.log", {"b.txt", "sub/deep/c.txt"}),
        ("# said\nsub", {"a.log", "b.txt"}),
        ("sub\n!sub/deep", {"a.log", "b.txt", "sub/deep/c.txt"}),
        ("*\n!b.tx?", {"b.txt"}),
        ("/[ab].*", {"sub/a.log", "sub/deep/c.txt"}),
        (".", {"a.log", "b.txt", "sub/a.log", "sub/deep/c.txt"}),
    ],
)
def test_what_is_ignored_is_not_sent(tmp_path: Path, ignored: str, left: set[str]) -> None:
    for name in ("a.log", "b.txt", "sub/a.log", "sub/deep/c.txt", "Dockerfile"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".dockerignore").write_text(ignored)
    assert names(Context(str(tmp_path), None)) == left | {"Dockerfile", ".dockerignore"}


def test_an_archive_keeps_links_and_modes(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch")
    (tmp_path / "tool").write_bytes(b"x" * 1000)
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "link").symlink_to("tool")
    with tarfile.open(fileobj=io.BytesIO(b"".join(Context(str(tmp_path), None).chunks()))) as archive:
        found = {info.name: info for info in archive}
        assert found["tool"].mode & 0o777 == 0o755
        assert found["tool"].size == 1000
        assert found["link"].linkname == "tool"
        assert {info.uid for info in found.values()} == {0}
