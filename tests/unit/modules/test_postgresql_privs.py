"""postgresql_privs, postgresql_set and postgresql_ext on a real server: names, check mode, errors."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.target.postgresql_values import identifier
from tests.support.databases import Server, fixture, postgresql
from tests.support.local import Run

server = fixture(postgresql)
ODD = "o\"dd'; DROP TABLE t; --"


@pytest.fixture
def call(run: Run, server: Server) -> Any:
    where = {"login_unix_socket": server.socket, "login_port": server.port, "login_db": "postgres"}

    async def call(module: str, **args: Any) -> dict[str, Any]:
        return await run(f"postgresql_{module}", **{**where, **args})

    return call


async def test_names_of_roles_schemas_and_tables_are_names(call: Any) -> None:
    quoted = identifier(ODD)
    await call("user", name=ODD)
    await call(
        "query", query=["CREATE TABLE t ()", f"CREATE SCHEMA {quoted}", f"CREATE TABLE {quoted}.{quoted} ()"]
    )
    for args in (
        {"objs": ODD, "schema": ODD, "privs": "SELECT"},
        {"objs": "ALL_IN_SCHEMA", "schema": ODD, "privs": "INSERT"},
        {"objs": ODD, "type": "schema", "privs": "USAGE"},
        {"objs": "tables", "type": "default_privs", "privs": "SELECT", "schema": ODD, "target_roles": ODD},
    ):
        for changed in (True, False):
            assert (await call("privs", roles=ODD, **args))["changed"] is changed, args
    with pytest.raises(TaskError, match="Illegal function"):
        await call(
            "privs", roles=ODD, type="function", privs="EXECUTE", objs="f() TO public; DROP TABLE t; --)"
        )
    assert (await call("query", query="SELECT count(*) FROM t"))["rowcount"] == 1


async def test_check_mode_shows_the_statement_and_undoes_it(call: Any) -> None:
    await call("query", query="CREATE TABLE checked ()")
    grant = {"roles": "pg_monitor", "privs": "SELECT", "objs": "checked", "diff": True}
    told = await call("privs", check=True, **grant)
    assert told["diff"] == {"prepared": 'GRANT SELECT ON table "public"."checked" TO "pg_monitor";'}
    assert (await call("privs", **grant))["changed"]
    assert "diff" not in await call("privs", **grant)


async def test_bad_options_are_refused(call: Any) -> None:
    for args in (
        {"privs": "NOSUCH", "objs": "t"},
        {"privs": "SELECT"},
        {"objs": "t"},
        {"type": "group", "privs": "SELECT", "objs": "g"},
        {"type": "language", "privs": "USAGE", "objs": "sql", "schema": "public"},
        {"type": "language", "privs": "USAGE", "objs": "ALL_IN_SCHEMA"},
        {"type": "default_privs", "privs": "EXECUTE", "objs": "TABLES"},
        {"type": "default_privs", "privs": "SELECT", "objs": "CHAIRS"},
    ):
        with pytest.raises(ValueError, match=r"Invalid|Argument"):
            await call("privs", roles="public", **args)


async def test_a_role_that_is_not_there_can_be_passed_over(call: Any) -> None:
    told = await call("privs", roles="nobody", privs="SELECT", objs="pg_class", fail_on_role=False)
    assert told == {"changed": False, "queries": [], "warnings": ["Role 'nobody' does not exist, pass it"]}


async def test_a_setting_is_what_the_server_has_afterwards(call: Any) -> None:
    told = await call("set", name="work_mem", value="9mb", diff=True)
    assert told["value"] == {"value": 9 * 1024**2, "unit": "b"}
    assert told["diff"] == {"prepared": "ALTER SYSTEM SET work_mem = '9MB'"}
    assert not (await call("set", name="work_mem", value="9216kB"))["changed"]
    for changed in (True, False):
        assert (await call("set", name="application_name", value="it's; --"))["changed"] is changed
    told = await call("set", name="max_connections", value="33")
    assert told["warnings"] == ["Restart of PostgreSQL is required for setting max_connections"]
    with pytest.raises(TaskError, match="not the name of a setting"):
        await call("set", name="work_mem = '1MB'; DROP TABLE t; --", value="1")
    with pytest.raises(TaskError, match="internal context"):
        await call("set", name="server_version", value="1")


async def test_an_extension_that_needs_nothing_is_no_change(call: Any) -> None:
    told = await call("ext", name="plpgsql")
    assert not told["changed"]
    assert told["version"] == told["prev_version"] == "1.0"
    told = await call("ext", name="tablefunc", check=True, diff=True)
    assert (told["prev_version"], told["version"]) == ("", "1.0")
    assert told["diff"] == {"prepared": 'CREATE EXTENSION "tablefunc"'}
    with pytest.raises(TaskError, match="Extension nosuch is not available"):
        await call("ext", name="nosuch")
    assert not (await call("ext", name="nosuch", state="absent"))["changed"]
