"""slurp and fetch bring files here; what a host says never decides where to."""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    path.write_bytes(os.urandom(1_000_000))
    return path


async def test_slurp(run: Run, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"\xff\0")
    result = await run("slurp", path=str(tmp_path / "f"))
    assert result == {
        "changed": False,
        "content": base64.b64encode(b"\xff\0").decode(),
        "encoding": "base64",
        "source": str(tmp_path / "f"),
    }
    (tmp_path / "f").write_text("é")
    assert (await run("slurp", src=str(tmp_path / "f"), armor=False))["content"] == "é"
    with pytest.raises(TaskError, match="File not found: /nope"):
        await run("slurp", src="/nope")
    with pytest.raises(TaskError, match="is a directory and must be a file"):
        await run("slurp", src=str(tmp_path))


async def test_a_file_comes_to_host_and_path_in_one_round_trip(run: Run, tmp_path: Path, big: Path) -> None:
    dest = tmp_path / "got"
    told = await run("fetch", src=str(big), dest=str(dest), check=True)
    assert told["changed"]
    assert not dest.exists()
    trips = run.task.channel.round_trips
    result = await run("fetch", src=str(big), dest=str(dest))
    assert run.task.channel.round_trips == trips + 1
    here = dest / "localhost" / str(big).lstrip("/")
    assert here.read_bytes() == big.read_bytes()
    sha1 = hashlib.sha1(big.read_bytes()).hexdigest()
    assert (result["changed"], result["dest"], result["checksum"]) == (True, str(here), sha1)
    assert result["md5sum"] == hashlib.md5(big.read_bytes()).hexdigest()
    again = await run("fetch", src=str(big), dest=str(dest))
    told = {"file": str(big), "dest": str(here), "checksum": sha1, "md5sum": result["md5sum"]}
    assert again == {"changed": False, **told}
    assert [p.name for p in here.parent.iterdir()] == ["big"]


async def test_flat(run: Run, tmp_path: Path, big: Path) -> None:
    assert (await run("fetch", src=str(big), dest=f"{tmp_path}/x/", flat=True))["dest"] == f"{tmp_path}/x/big"
    assert (await run("fetch", src=str(big), dest=f"{tmp_path}/y", flat=True))["dest"] == f"{tmp_path}/y"
    with pytest.raises(TaskError, match="is a directory: write"):
        await run("fetch", src=str(big), dest=f"{tmp_path}/x", flat=True)


async def test_an_empty_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "e").touch()
    assert (await run("fetch", src=f"{tmp_path}/e", dest=f"{tmp_path}/here", flat=True))["changed"]
    assert (tmp_path / "here").read_bytes() == b""


async def test_what_is_missing_or_no_file(run: Run, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="the remote file does not exist: /nope"):
        await run("fetch", src="/nope", dest=str(tmp_path))
    result = await run("fetch", src="/nope", dest=str(tmp_path), fail_on_missing=False)
    assert (result["changed"], result["file"]) == (False, "/nope")
    with pytest.raises(TaskError, match="remote file is a directory"):
        await run("fetch", src="/etc", dest=str(tmp_path))


async def test_a_hostile_host_can_not_write_elsewhere(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(fn: str, args: dict[str, Any], *, on_data: Any = None, **_: Any) -> dict[str, Any]:
        if fn == "fetch.locate":
            return {"source": "../../../../evil"}
        on_data(b"x")
        return {"checksum": hashlib.sha1(b"x").hexdigest(), "sent": True}

    monkeypatch.setattr(run.task, "call", call)
    dest = tmp_path / "a/b/c/d"
    result = await run("fetch", src="~/x", dest=str(dest))
    assert result["dest"] == f"{dest}/localhost/evil"
    assert (await run("fetch", src="../../y", dest=str(dest)))["dest"] == f"{dest}/localhost/y"
    monkeypatch.setattr(run.task, "host", "..")
    with pytest.raises(TaskError, match="cannot make a path below"):
        await run("fetch", src="/x", dest=str(dest))


async def test_what_is_not_as_announced_is_not_kept(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def call(fn: str, args: dict[str, Any], *, on_data: Any = None, **_: Any) -> dict[str, Any]:
        on_data(b"x")
        return {"checksum": "0" * 40, "sent": True}

    monkeypatch.setattr(run.task, "call", call)
    with pytest.raises(TaskError, match="does not have the checksum"):
        await run("fetch", src="/x", dest=f"{tmp_path}/here/", flat=True)
    assert list((tmp_path / "here").iterdir()) == []
    assert (await run("fetch", src="/x", dest=f"{tmp_path}/here/", flat=True, validate_checksum=False))[
        "changed"
    ]


async def test_a_place_that_can_not_be_written(run: Run, tmp_path: Path, big: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TaskError, match=r"cannot write '.*/file/big' on the control node"):
        await run("fetch", src=str(big), dest=f"{tmp_path}/file/", flat=True)
    assert (await run("ping"))["ping"] == "pong"


async def test_a_relative_destination_is_beside_the_playbook(run: Run, tmp_path: Path, big: Path) -> None:
    run.task.vars = {"playbook_dir": str(tmp_path)}
    assert (await run("fetch", src=str(big), dest="here/", flat=True))["dest"] == f"{tmp_path}/here/big"
