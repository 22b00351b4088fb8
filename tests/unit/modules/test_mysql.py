"""mysql_query, mysql_db and mysql_variables on a real server: logins, values that stay values, dumps."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.target import mysql_auth
from opsflow.target.mysql import client_section
from opsflow.target.mysql_values import identifier, literal
from opsflow.target.request import Fail
from tests.support.databases import Server, fixture, mariadb
from tests.support.local import Run

server = fixture(mariadb)
NASTY = [
    "'; DROP TABLE victims; --", "\\'; DROP TABLE victims; --", '"; DROP TABLE victims; --', "%s", "%(a)s",
    "%", "\\", "\n\\.\n", '"', "'", "''", "\\! id", "ü\u2028💣", "\0\r\x1a\t", "/*", "`",
]  # fmt: skip
ODD = "it's `odd`; DROP DATABASE x; -- 100%s"
SECRET = "a\\b\"c #geheim' "


@pytest.fixture
def call(run: Run, server: Server) -> Any:
    where = {"login_unix_socket": server.socket, "login_user": "root", "config_file": "/nowhere"}

    async def call(module: str, **args: Any) -> dict[str, Any]:
        return await run(f"mysql_{module}", **{**where, **args})

    return call


@pytest.fixture
def door(server: Server) -> dict[str, Any]:
    """How to come in by TCP."""
    return {"login_unix_socket": None, "login_host": "127.0.0.1", "login_port": server.port}


async def test_a_value_never_becomes_a_part_of_the_query(call: Any) -> None:
    await call("db", name="safe", encoding="utf8mb4")
    await call("query", login_db="safe", query="CREATE TABLE victims (id int)")
    for mode in ("", "NO_BACKSLASH_ESCAPES"):
        for text in NASTY:
            named = {"text": text, "none": None, "list": [text, "x"]}
            told = await call(
                "query",
                query=["SELECT %(text)s AS text, %(none)s AS none", "SELECT %(text)s IN %(list)s AS yes"],
                named_args=named,
                session_vars={"sql_mode": mode},
            )
            assert told["query_result"] == [[{"text": text, "none": None}], [{"yes": 1}]]
    told = await call("query", login_db="safe", query="SELECT count(*) AS n FROM victims")
    assert told["query_result"] == [[{"n": 0}]]


async def test_any_name_is_a_name(call: Any) -> None:
    for changed in (True, False):
        assert (await call("db", name=[ODD]))["changed"] is changed
    told = await call("db", name=[ODD], state="absent", check=True, diff=True)
    assert told["diff"] == {"prepared": f"DROP DATABASE {identifier(ODD)}"}
    for changed in (True, False):
        assert (await call("db", name=[ODD], state="absent"))["changed"] is changed
    with pytest.raises(TaskError, match="Failed to execute SET SESSION"):
        await call("query", query="SELECT 1", session_vars={"x = 1; --": 1})


async def test_values_that_json_does_not_know_are_numbers_and_text(call: Any) -> None:
    told = await call(
        "query", query="SELECT 1.50 AS exact, SUM(2) AS sum, TIME '-30:02:03.5' AS time, x'00ff' AS raw"
    )
    (row,) = told["query_result"][0]
    assert row == {"exact": 1.5, "sum": 2.0, "time": "-30:02:03.5", "raw": "\0\udcff"}


async def test_things_that_are_there_already_are_no_change(call: Any) -> None:
    for changed in (True, False):
        told = await call("query", query="CREATE DATABASE IF NOT EXISTS there")
        assert told["changed"] is changed


async def test_a_password_opens_the_door_and_a_wrong_one_does_not(
    call: Any, door: dict[str, Any], tmp_path: Path
) -> None:
    await call("query", query="CREATE USER ann IDENTIFIED BY %s", positional_args=[SECRET])
    ask = {"query": "SELECT user() AS me", **door}
    told = await call("query", login_password=SECRET, **{**ask, "login_user": "ann"})
    assert told["query_result"] == [[{"me": "ann@localhost"}]]
    with pytest.raises(TaskError, match="Access denied for user 'ann'"):
        await call("query", login_password="wrong", **{**ask, "login_user": "ann"})
    file = tmp_path / "my.cnf"
    file.write_text('# mine\n[mysqld]\nuser=x\n[client]\nuser = ann\npassword="geheim"\n!includedir /x\n')
    assert client_section(str(file)) == {"user": "ann", "password": "geheim"}
    await call("query", query="SET PASSWORD FOR ann = PASSWORD('geheim')")
    assert (await call("query", config_file=str(file), **{**ask, "login_user": None}))["rowcount"] == [1]


async def test_tls_is_as_it_is_asked_for(call: Any, door: dict[str, Any], server: Server) -> None:
    await call("query", query="CREATE USER tess IDENTIFIED BY 'p'")
    ask = {"query": "SHOW STATUS LIKE 'Ssl_version'", **door, "login_user": "tess", "login_password": "p"}
    authority = str(Path(server.socket).parent / "server.crt")
    for secured, args in ((False, {}), (True, {"ca_cert": authority}), (True, {"check_hostname": False})):
        told = await call("query", **ask, **args)
        assert told["query_result"][0][0]["Value"].startswith("TLS") is secured, args
    with pytest.raises(TaskError, match="certificate verify failed"):
        await call("query", ca_cert=authority, **{**ask, "login_host": "localhost"})


async def test_a_dump_tells_nobody_the_password(
    call: Any, run: Run, door: dict[str, Any], tmp_path: Path
) -> None:
    """A program in the way of mariadb-dump keeps what it is told, before the real one runs."""
    await call(
        "query",
        query=["CREATE USER dumper IDENTIFIED BY %(p)s", "GRANT ALL ON *.* TO dumper"],
        named_args={"p": SECRET},
    )
    await call("db", name="data")
    await call("query", login_db="data", query="CREATE TABLE t AS SELECT 42 AS answer")
    spy = tmp_path / "bin" / "mariadb-dump"
    spy.parent.mkdir()
    told_of = '(tr "\\0" "\\n" </proc/$$/environ; echo "$@")'
    spy.write_text(f'#!/bin/sh\n{told_of} >{tmp_path}/seen\nexec /usr/bin/mariadb-dump "$@"\n')
    spy.chmod(0o755)
    run.task.env = {"PATH": f"{spy.parent}:/usr/bin:/bin"}
    login = {**door, "login_user": "dumper", "login_password": SECRET}
    target = tmp_path / "data.sql.gz"
    told = await call("db", name="data", state="dump", target="data.sql.gz", chdir=str(tmp_path), **login)
    assert b"42" in gzip.decompress(target.read_bytes())
    assert "geheim" not in (tmp_path / "seen").read_text() + json.dumps(told)
    assert (await call("db", name="copy", state="import", target=str(target), **login))["changed"]
    told = await call("query", login_db="copy", query="SELECT answer FROM t")
    assert told["query_result"] == [[{"answer": 42}]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bin", "data.sql.gz", "seen"]


async def test_a_dump_that_fails_leaves_the_old_one(call: Any, tmp_path: Path) -> None:
    await call("db", name="some")
    for name in ("d.sql", "d.sql.bz2"):
        (tmp_path / name).write_text("old")
        with pytest.raises(TaskError, match="unknown option"):
            await call(
                "db", name="some", state="dump", target=str(tmp_path / name), dump_extra_args="--nosuch"
            )
        assert (tmp_path / name).read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2
    (tmp_path / "d.sql.gz").write_text("no gzip")
    with pytest.raises(TaskError, match="not in gzip format"):
        await call("db", name="some", state="import", target=str(tmp_path / "d.sql.gz"))


async def test_root_without_a_password_is_tried_where_that_is_wanted(call: Any, tmp_path: Path) -> None:
    args = {"login_user": "nobody", "login_password": "x", "check_implicit_admin": True}
    told = await call("db", name="mysql", state="dump", target=str(tmp_path / "d.sql"), **args)
    assert "--user=root" in told["executed_commands"][0]
    with pytest.raises(TaskError, match="Access denied"):
        await call("db", name="mysql", **{**args, "check_implicit_admin": False})


async def test_a_variable_is_set_once_and_told(call: Any) -> None:
    given = {"variable": "wait_timeout", "value": "1234"}
    told = await call("variables", check=True, diff=True, **given)
    assert told["diff"] == {"prepared": "SET GLOBAL `wait_timeout` = 1234"}
    for changed in (True, False):
        assert (await call("variables", **given))["changed"] is changed
    with pytest.raises(TaskError, match="no MariaDB, for this mode"):
        await call("variables", mode="persist", **given)


async def test_a_server_that_is_not_there(call: Any) -> None:
    with pytest.raises(TaskError, match="/nowhere: No such file or directory"):
        await call("query", query="SELECT 1", login_unix_socket="/nowhere")


def test_the_proof_of_a_password_is_what_the_servers_compute() -> None:
    nonce, password = bytes(range(20)), b"geheim"
    stored = hashlib.sha256(hashlib.sha256(password).digest()).digest()
    proof = mysql_auth.first("caching_sha2_password", password, nonce, False)
    mask = hashlib.sha256(stored + nonce).digest()
    inner = bytes(one ^ other for one, other in zip(proof, mask, strict=True))
    assert hashlib.sha256(inner).digest() == stored
    assert mysql_auth.first("caching_sha2_password", b"", nonce, False) == b""
    assert mysql_auth.first("sha256_password", password, nonce, True) == b"geheim\0"
    with pytest.raises(Fail, match="use TLS or a socket"):
        mysql_auth.first("mysql_clear_password", password, nonce, False)
    with pytest.raises(Fail, match="not there: auth_gssapi_client"):
        mysql_auth.first("auth_gssapi_client", password, nonce, True)


def test_a_password_under_the_key_of_the_server_can_be_read_by_it(tmp_path: Path) -> None:
    key, nonce = tmp_path / "key", bytes(range(1, 21))
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout"], check=True, capture_output=True).stdout
    sent = mysql_auth.encrypted(public, b"geheim\0", nonce)
    words = ["openssl", "pkeyutl", "-decrypt", "-inkey", str(key), "-pkeyopt", "rsa_padding_mode:oaep"]
    read = subprocess.run(words, input=sent, check=True, capture_output=True).stdout
    assert bytes(one ^ nonce[at % 20] for at, one in enumerate(read)) == b"geheim\0"


def test_literals_of_all_kinds() -> None:
    given = [None, True, -1, 0.5, "a'b", ["x", 1], {"k": 1}]
    assert [literal(one) for one in given] == [
        "NULL", "1", "-1", "0.5e0", "'a\\'b'", "('x',1)", "'{\\\"k\\\": 1}'",
    ]  # fmt: skip
