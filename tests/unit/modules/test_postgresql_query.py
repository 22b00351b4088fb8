"""postgresql_query and postgresql_ping on a real server: ways to log in, values that stay values."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.target.postgresql_values import literal, value
from opsflow.target.request import Fail
from opsflow.target.sql_places import bind
from tests.support.databases import Server, fixture, postgresql
from tests.support.local import LocalTask, Run, start_local

NASTY = [
    "'; DROP TABLE victims; --", "\\'; DROP TABLE victims; --", "$$; DROP TABLE victims; --", "%s", "%(a)s",
    "%", "\\", "\n\\.\n", ":victims", '"', "'", "''", "\\! id", "ü\u2028💣", "E'\\x27'",
]  # fmt: skip


server = fixture(postgresql)


@pytest.fixture
def ask(run: Run, server: Server) -> Any:
    where = {"login_unix_socket": server.socket, "login_port": server.port}

    async def ask(query: Any, **args: Any) -> dict[str, Any]:
        return await run("postgresql_query", query=query, **{**where, **args})

    return ask


async def test_a_value_never_becomes_a_part_of_the_query(ask: Any) -> None:
    await ask("CREATE TABLE victims (id int)")
    for conforming in ("on", "off"):
        queries = [
            f"SET standard_conforming_strings = {conforming}",
            "SELECT %(text)s AS text, %(list)s::text[] AS list, %(map)s::jsonb AS map",
        ]
        for text in NASTY:
            named = {"text": text, "list": [text, None], "map": {text: text}}
            assert (await ask(queries, named_args=named))["query_result"] == [named]
    assert (await ask("SELECT count(*) FROM victims"))["query_result"] == [{"count": 0}]


async def test_a_name_never_becomes_a_part_of_a_statement(ask: Any) -> None:
    with pytest.raises(TaskError, match='role "x"; DROP TABLE victims; --" does not exist'):
        await ask("SELECT 1", session_role='x"; DROP TABLE victims; --')


async def test_a_password_opens_the_door_and_a_wrong_one_does_not(
    ask: Any, run: Run, server: Server, tmp_path: Path
) -> None:
    await ask("CREATE USER ann PASSWORD 'geheim¼'")
    door = {
        "login_host": "127.0.0.1",
        "login_user": "ann",
        "login_db": "postgres",
        "query": "SELECT current_user",
    }
    assert (await ask(login_password="geheim¼", **door))["query_result"] == [{"current_user": "ann"}]
    with pytest.raises(TaskError, match='password authentication failed for user "ann"'):
        await ask(login_password="wrong", **door)
    with pytest.raises(TaskError, match="no password supplied"):
        await ask(**door)
    passfile = tmp_path / "pass"
    passfile.write_text("*:*:other:ann:wrong\n127.0.0.1:*:postgres:ann:geheim¼\n")
    passfile.chmod(0o600)
    run.task.env = {"PGPASSFILE": str(passfile)}
    assert (await ask(**door))["rowcount"] == 1
    passfile.chmod(0o644)
    with pytest.raises(TaskError, match="no password supplied"):
        await ask(**door)


async def test_md5_and_several_hosts_and_kinds_of_server(ask: Any) -> None:
    await ask(["SET password_encryption = 'md5'", "CREATE USER old PASSWORD 'p'"])
    params = {"target_session_attrs": "read-write", "application_name": "me", "connect_timeout": 3}
    with pytest.raises(TaskError, match='database "nowhere" does not exist'):
        await ask("SELECT 1", login_db="nowhere")
    door = {
        "login_host": "127.0.0.2,127.0.0.1",
        "login_user": "old",
        "login_password": "p",
        "login_db": "postgres",
    }
    told = await ask("SHOW application_name", connect_params=params, **door)
    assert told["query_result"] == [{"application_name": "me"}]
    with pytest.raises(TaskError, match="the server is not standby"):
        await ask("SELECT 1", connect_params={"target_session_attrs": "standby"}, **door)
    with pytest.raises(TaskError, match="'krbsrvname' is not a setting"):
        await ask("SELECT 1", connect_params={"krbsrvname": "x"}, **door)


async def test_the_environment_is_heard_as_by_libpq(run: Run, server: Server) -> None:
    run.task.env = {"PGHOST": server.socket, "PGPORT": str(server.port), "PGUSER": "postgres"}
    run.task.env["PGOPTIONS"] = "-c work_mem=77MB"
    told = await run("postgresql_query", query="SHOW work_mem")
    assert told["query_result"] == [{"work_mem": "77MB"}]


async def test_tls_checks_what_it_is_told_to_check(ask: Any, server: Server) -> None:
    await ask("CREATE USER tess PASSWORD 'p'")
    door = {"login_host": "127.0.0.1", "login_user": "tess", "login_password": "p", "login_db": "postgres"}
    query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    authority = f"{server.socket}/data/server.crt"
    door["login_unix_socket"] = ""
    for secured, args in (
        (True, {}),
        (False, {"ssl_mode": "disable"}),
        (False, {"ssl_mode": "allow"}),
        (True, {"ssl_mode": "require"}),
        (True, {"ssl_mode": "verify-full", "ca_cert": authority}),
        (True, {"ssl_mode": "verify-ca", "ca_cert": authority, "login_host": "localhost"}),
    ):
        assert (await ask(query, **{**door, **args}))["query_result"] == [{"ssl": secured}], args
    for args in (
        {"ssl_mode": "verify-full"},
        {"ssl_mode": "verify-full", "ca_cert": authority, "login_host": "localhost"},
        {"ssl_mode": "verify-ca", "ca_cert": "/etc/hosts"},
    ):
        with pytest.raises(TaskError, match=r"certificate verify failed|cannot use the files for TLS"):
            await ask(query, **{**door, **args})
    with pytest.raises(TaskError, match="the file for TLS /nowhere does not exist"):
        await ask(query, ssl_mode="verify-ca", ca_cert="/nowhere", **door)


async def test_a_query_that_is_not_wanted_any_more_ends_on_the_server(
    ask: Any, run: Run, server: Server
) -> None:
    running = (
        "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(99%' AND state = 'active'"
    )
    door = {"login_unix_socket": server.socket, "login_port": server.port}
    channel = await start_local()
    other = Run(LocalTask(channel, run.task.base))
    asked = asyncio.create_task(other("postgresql_query", query="SELECT pg_sleep(99)", **door))
    count = running + " AND pid <> pg_backend_pid()"
    while (await ask(count))["query_result"] != [{"n": 1}]:
        assert not asked.done()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    while (await ask(count))["query_result"] != [{"n": 0}]:
        continue
    await channel.close()


async def test_copy_has_nowhere_to_go(ask: Any) -> None:
    await ask("CREATE TABLE IF NOT EXISTS carried (a integer)")
    with pytest.raises(TaskError, match="nothing to copy from"):
        await ask("COPY carried FROM STDIN")
    with pytest.raises(TaskError, match="nowhere to go"):
        await ask("COPY carried TO STDOUT")


async def test_a_server_that_is_not_there(run: Run, tmp_path: Path) -> None:
    told = await run("postgresql_ping", login_unix_socket=str(tmp_path))
    assert told["conn_err_msg"].endswith("No such file or directory")
    assert (told["is_available"], told["server_version"], told["changed"]) == (False, {}, False)


def test_places_and_values_must_fit() -> None:
    assert bind("SELECT 1 % 2", None, literal) == "SELECT 1 % 2"
    assert bind("%s%%%s", [-1, "%s"], literal) == " -1%'%s'"
    for query, args in (("%s", {"a": 1}), ("%(a)s", [1]), ("%s", [1, 2]), ("%d", [1]), ("%(b)s", {"a": 1})):
        with pytest.raises(Fail):
            bind(query, args, literal)


def test_values_of_every_kind_can_be_told_as_json() -> None:
    kinds = [("[0:1]={1,2}", 1007), ("infinity", 1184), ("0044-03-15 BC", 1082), ("NaN", 1700), ("\\x00", 17)]
    told = [value(text, oid) for text, oid in kinds]
    assert told == [[1, 2], "infinity", "0044-03-15 BC", "NaN", "\\x00"]
    json.dumps(told, allow_nan=False)
