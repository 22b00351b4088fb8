"""mysql_user on a real server: names and privileges stay what they are, steps are the right ones."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from opsflow.target import mysql_sha2
from opsflow.target.mysql_privileges import plan, unpack
from opsflow.target.request import Fail
from tests.support.databases import Server, fixture, mariadb
from tests.support.local import Run

server = fixture(mariadb)
ODD = "it's `odd`\\\"; -- 100%s"


@pytest.fixture
def call(run: Run, server: Server) -> Any:
    where = {"login_unix_socket": server.socket, "login_user": "root", "config_file": "/nowhere"}

    async def call(module: str = "user", **args: Any) -> dict[str, Any]:
        return await run(f"mysql_{module}", **{**where, **args})

    return call


async def test_any_name_and_password_is_one(call: Any, server: Server) -> None:
    await call("db", name=["safe"])
    given = {"name": ODD, "password": ODD, "priv": {f"{ODD}.*": "SELECT", "safe.*": "ALL"}}
    for changed in (True, False):
        assert (await call(**given))["changed"] is changed
    told = await call("query", query="SELECT user() AS me", login_user=ODD, login_password=ODD)
    assert told["query_result"] == [[{"me": f"{ODD}@localhost"}]]
    for changed in (True, False):
        assert (await call(name=ODD, state="absent"))["changed"] is changed


async def test_check_mode_shows_statements_without_secrets_and_does_nothing(call: Any) -> None:
    told = await call(name="new", password="geheim", priv="d.*:SELECT", locked=True, check=True, diff=True)
    assert told["diff"]["prepared"].splitlines() == [
        "CREATE USER 'new'@'localhost' IDENTIFIED ***",
        "GRANT SELECT ON `d`.* TO 'new'@'localhost'",
        "GRANT USAGE ON *.* TO 'new'@'localhost'",
        "ALTER USER 'new'@'localhost' ACCOUNT LOCK",
    ]
    assert (await call(name="new", state="absent"))["changed"] is False


async def test_a_password_expires_as_it_should(call: Any) -> None:
    await call(name="old")
    for how in ("never", "interval", "now", "default"):
        given = {"name": "old", "password_expire": how, "password_expire_interval": 9}
        assert (await call(check=True, **given))["changed"], how
        told = [(await call(**given))["changed"] for _ in range(2)]
        assert told == [True, False], how


async def test_each_way_of_quoting_names_is_understood(call: Any) -> None:
    await call("db", name="d")
    await call("query", login_db="d", query="CREATE TABLE t (a int, b int)")
    ansi = {"session_vars": {"sql_mode": "ANSI_QUOTES"}}
    for changed in (True, False):
        assert (await call(name="quoted", priv="d.t:SELECT (b, a)/e.*:ALL", **ansi))["changed"] is changed


async def test_privileges_are_words_and_nothing_else(call: Any) -> None:
    for priv in ("d.*:ALL ON *.* TO x; --", "d.*:SELECT (a) ON d.t TO x, SELECT (b`)", "d.*", "d.*:SELECT,"):
        with pytest.raises(TaskError, match=r"not (a privilege|privileges|the name of a column)"):
            await call(name="x", priv=priv)
    with pytest.raises(TaskError, match="Error granting privileges"):
        await call(name="x", priv="d.*:NOSUCH")


async def test_bad_options_are_refused(call: Any) -> None:
    for args in (
        {"append_privs": True, "subtract_privs": True},
        {"priv": ["d.*:ALL"]},
        {"password_expire": "interval"},
        {"password_expire": "interval", "password_expire_interval": 0},
        {"salt": "x" * 20},
        {"salt": "x", "plugin": "caching_sha2_password", "plugin_auth_string": "p"},
        {"tls_requires": {"NOSUCH": "x"}},
    ):
        with pytest.raises(ValueError, match=r"privs|priv|interval|salt|tls_requires"):
            await call(name="y", **args)
    for args in ({"attributes": {"a": 1}}, {"resource_limits": {"NOSUCH": 1}}):
        with pytest.raises(TaskError, match=r"attributes|NOSUCH"):
            await call(name="y", **args)
    assert not (await call(name="y", state="absent"))["changed"]


def test_what_is_wanted_is_written_as_the_server_writes_it() -> None:
    wanted = unpack("d.t: select (b, `A`),insert / FUNCTION d.f:EXECUTE/*.*:all privileges", True, True)
    assert wanted == {"`d`.`t`": ["SELECT (A, b)", "INSERT"], "FUNCTION `d`.`f`": ["EXECUTE"], "*.*": ["ALL"]}
    assert unpack("a_b%.*:SELECT (c)", False, True) == {"`a_b%`.*": ["SELECT (C)"], "*.*": ["USAGE"]}
    with pytest.raises(Fail, match="not privileges such as"):
        unpack("d.*", True, False)


def test_the_steps_are_the_shortest() -> None:
    now = {"*.*": ["USAGE"], "`d`.*": ["SELECT", "GRANT"], "`e`.*": ["INSERT"]}

    def steps(wanted: dict[str, list[str]], **how: bool) -> list[tuple[str, list[str], list[str]]]:
        every = {"append": False, "subtract": False, "keep": False, **how}
        return [(one.place, one.granted, one.revoked) for one in plan(now, wanted, **every)]

    assert steps(now) == []
    assert steps({"*.*": ["USAGE"], "`d`.*": ["ALL"]}) == [
        ("`e`.*", [], ["INSERT"]),
        ("`d`.*", ["ALL"], ["GRANT"]),
    ]
    assert steps({"*.*": ["USAGE"]}, keep=True) == []
    assert steps({"`d`.*": ["INSERT"], "`f`.*": ["SELECT"]}, append=True) == [
        ("`f`.*", ["SELECT"], []),
        ("`d`.*", ["INSERT"], []),
    ]
    assert steps({"`d`.*": ["GRANT", "INSERT"], "`f`.*": ["SELECT"]}, subtract=True) == [
        ("`d`.*", [], ["GRANT"])
    ]


def test_hashes_of_caching_sha2_are_those_of_crypt() -> None:
    for password in ("x", "geheim", "a much longer password than thirty-two letters, ü"):
        words = ["openssl", "passwd", "-5", "-salt", "saltsalt12345678", password]
        known = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
        assert known.rpartition("$")[2] == mysql_sha2.crypt(password.encode(), b"saltsalt12345678", 5000)
        kept = mysql_sha2.stored(password, "twenty letters long!")
        assert kept.startswith("$A$005$twenty letters long!")
        assert mysql_sha2.fits(password, kept)
        assert not mysql_sha2.fits(password + "x", kept)
