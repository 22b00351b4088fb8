"""postgresql_db and postgresql_user on a real server: names are names, secrets are kept, dumps are whole."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from tests.support.databases import Server, fixture, postgresql
from tests.support.local import Run

server = fixture(postgresql)
ODD = 'it\'s "odd"; DROP DATABASE postgres; -- 100%s'
SECRET = "a:b\\c 'geheim'"


@pytest.fixture
def call(run: Run, server: Server) -> Any:
    where = {"login_unix_socket": server.socket, "login_port": server.port}

    async def call(module: str, **args: Any) -> dict[str, Any]:
        return await run(f"postgresql_{module}", **{**where, **args})

    return call


async def test_any_name_is_a_name(call: Any) -> None:
    for changed in (True, False):
        assert (await call("user", name=ODD, password="x", comment="it's"))["changed"] is changed
        assert (await call("db", name=ODD, owner=ODD, comment=ODD))["changed"] is changed
    for changed in (True, False):
        assert (await call("db", name=ODD, target=ODD + "2", state="rename"))["changed"] is changed
    for changed in (True, False):
        assert (await call("db", name=ODD + "2", state="absent", force=True))["changed"] is changed
        assert (await call("user", name=ODD, state="absent"))["changed"] is changed


async def test_bad_input_is_refused_before_anything_is_changed(call: Any) -> None:
    with pytest.raises(TaskError, match="conn_limit is a number"):
        await call("db", name="x", conn_limit="1; DROP DATABASE postgres")
    with pytest.raises(TaskError, match="Passed input"):
        await call("db", name="x'; --", trust_input=False)
    with pytest.raises(TaskError, match="Invalid role_attr_flags specified: NOSUCH"):
        await call("user", name="x", role_attr_flags="LOGIN,NOSUCH")
    with pytest.raises(TaskError, match="Passed input"):
        await call("user", name="x", configuration={"a": "'; --"}, trust_input=False)
    with pytest.raises(ValueError, match="target"):
        await call("db", name="x", state="rename")


async def test_diff_shows_what_check_mode_would_run(call: Any) -> None:
    told = await call("db", name="planned", comment="c", check=True, diff=True)
    assert told["diff"] == {"prepared": 'CREATE DATABASE "planned"\nCOMMENT ON DATABASE "planned" IS \'c\''}
    told = await call("user", name="planned", password=SECRET, check=True, diff=True)
    assert told["diff"] == {"prepared": 'CREATE USER "planned" WITH ENCRYPTED PASSWORD %(password)s '}
    assert not (await call("db", name="planned", state="absent"))["changed"]


async def test_a_dump_asks_nobody_and_tells_nobody_the_password(
    call: Any, run: Run, server: Server, tmp_path: Path
) -> None:
    """A program in the way of pg_dump keeps what it is told and told of, before the real one runs."""
    await call("user", name="dumper", password=SECRET, role_attr_flags="SUPERUSER")
    await call("db", name="data")
    await call("query", query="CREATE TABLE t AS SELECT 42 AS answer", login_db="data")
    spy = tmp_path / "bin" / "pg_dump"
    spy.parent.mkdir()
    told_of = '(tr "\\0" "\\n" </proc/$$/environ; echo "$@")'
    spy.write_text(f'#!/bin/sh\n{told_of} >{tmp_path}/seen\nexec /usr/bin/pg_dump "$@"\n')
    spy.chmod(0o755)
    run.task.env = {"PATH": f"{spy.parent}:/usr/bin:/bin", "PGPASSWORD": "another"}
    login = {"login_host": "127.0.0.1", "login_user": "dumper", "login_password": SECRET}
    target = tmp_path / "data.sql.gz"
    told = await call("db", name="data", state="dump", target=str(target), **login)
    assert b"42" in gzip.decompress(target.read_bytes())
    seen = (tmp_path / "seen").read_text()
    assert "geheim" not in seen + json.dumps(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "data.sql.gz", "seen"]
    with pytest.raises(TaskError, match="password authentication failed"):
        await call("db", name="data", state="dump", target=str(target), **{**login, "login_password": "no"})


async def test_a_dump_that_fails_leaves_the_old_one(call: Any, tmp_path: Path) -> None:
    for name in ("d.sql", "d.sql.xz", "d.tar"):
        (tmp_path / name).write_text("old")
        with pytest.raises(TaskError, match='database "nowhere" does not exist'):
            await call("db", name="nowhere", state="dump", target=str(tmp_path / name))
        assert (tmp_path / name).read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 3
    (tmp_path / "broken.sql.gz").write_text("this is not gzip")
    with pytest.raises(TaskError, match="not in gzip format"):
        await call("db", name="postgres", state="restore", target=str(tmp_path / "broken.sql.gz"))
    with pytest.raises(TaskError, match="does not exist on the host"):
        await call("db", name="postgres", state="restore", target=str(tmp_path / "none.sql"))


async def test_check_mode_tells_that_a_dump_would_be_made(call: Any, tmp_path: Path) -> None:
    told = await call("db", name="postgres", state="dump", target=str(tmp_path / "d.sql"), check=True)
    assert told["changed"]
    assert not list(tmp_path.iterdir())


async def test_a_user_who_may_not_see_hashes_changes_a_password_each_time(call: Any) -> None:
    await call("user", name="maker", password="m", role_attr_flags="CREATEROLE")
    login = {"login_host": "127.0.0.1", "login_user": "maker", "login_password": "m", "login_db": "postgres"}
    for _ in range(2):
        assert (await call("user", name="made", password="geheim", **login))["changed"]
    assert not (await call("user", name="made", password="x", no_password_changes=True, **login))["changed"]
    assert not (await call("user", name="made", password="geheim"))["changed"]
