"""Dumps of databases of PostgreSQL, by its client programs."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager

from opsflow.target import database_files, postgresql
from opsflow.target.postgresql import SOCKETS
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Any

    from opsflow.target.request import Completed, Request

_FORMATS = {".tar": ("t", "Tar"), ".pgc": ("c", "Custom"), ".dir": ("d", "Directory")}
_TLS = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}


def run(request: Request, name: str, state: str, target: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Write a database to a file, or read one into it."""
    if state == "restore" and not os.path.exists(target):
        raise Fail("target %s does not exist on the host" % target)
    if request.check:
        return {"changed": True, "db": name, "executed_commands": []}
    client = _Client(request, name, target, options)
    done = client.dump() if state == "dump" else client.restore()
    if done.rc != 0:
        raise Fail(done.stderr or done.stdout, stdout=done.stdout, rc=done.rc, cmd=client.shown)
    told = {"msg": done.stdout, "stderr": done.stderr, "rc": done.rc, "cmd": client.shown}
    return dict(told, changed=True, executed_commands=[client.shown])


class _Client:
    """pg_dump, pg_restore or psql for one file; `shown` is its command as a person would write it."""

    def __init__(self, request: Request, name: str, target: str, options: Mapping[str, Any]) -> None:
        self.request = request
        self.name = name
        self.target = target
        self.suffix = os.path.splitext(target)[1]
        self.options = options
        self.shown = ""
        self.settings = postgresql.settings(request, options)

    def dump(self) -> Completed:
        argv = [need(self.request, "pg_dump", "postgresql-client"), self.name, *self._login()]
        if self.suffix in _FORMATS:
            argv.append("--format=" + _FORMATS[self.suffix][0])
        if self.options.get("session_role"):
            argv.append("--role=" + self.options["session_role"])
        argv += self._words("dump_extra_args") + self._words("target_opts")
        if self.suffix == ".dir" or "--format=d" in argv:
            self.shown = _line([*argv, "-f", self.target])
            return self._run([*argv, "-f", self.target], ())
        self.shown = "%s > %s" % (_line(argv), shlex.quote(self.target))
        return database_files.write(
            self.request, self.target, lambda path, kept: self._run([*argv, "-f", path], kept)
        )

    def restore(self) -> Completed:
        login = ["--dbname=" + self.name, *self._login()]
        if self.suffix in _FORMATS:
            return self._archive(login)
        argv = [need(self.request, "psql", "postgresql-client"), *login]
        if self.suffix == ".sql":
            argv.append("--file=" + self.target)
        argv += self._words("target_opts")
        if self.suffix == ".sql":
            self.shown = _line(argv)
            return self._run(argv, ())
        self.shown = "%s < %s" % (_line(argv), shlex.quote(self.target))
        return database_files.read(
            self.request,
            self.target,
            lambda path, kept: self._run(database_files.from_file(argv, path), kept),
        )

    def _archive(self, login: list[str]) -> Completed:
        argv = [need(self.request, "pg_restore", "postgresql-client"), *login]
        argv.append("--format=" + _FORMATS[self.suffix][1])
        if self.options.get("session_role"):
            argv.append("--role=" + self.options["session_role"])
        argv += [*self._words("target_opts"), self.target]
        self.shown = _line(argv)
        return self._run(argv, ())

    def _login(self) -> list[str]:
        host = self.settings["host"]
        flags = [] if host == SOCKETS else ["--host=" + host]
        return [*flags, "--port=" + self.settings["port"], "--username=" + self.settings["user"]]

    def _words(self, option: str) -> list[str]:
        try:
            return shlex.split(self.options.get(option) or "")
        except ValueError as error:
            raise Fail("%s can't be read as words: %s" % (option, error)) from None

    def _run(self, argv: list[str], kept: tuple[int, ...]) -> Completed:
        with self._environment() as (env, secret):
            return self.request.command(argv, env=env, pass_fds=(*kept, *secret))

    @contextmanager
    def _environment(self) -> Generator[tuple[dict[str, str], tuple[int, ...]]]:
        """Yield what programs need to log in without asking, and the descriptor of the password."""
        env = {name: self.settings[key] for key, name in _TLS.items() if key in self.settings}
        password = self.settings.get("password")
        if not password:
            yield env, ()
            return
        if "\n" in password:
            raise Fail("a password with a line break can't be told to PostgreSQL's programs")
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        with database_files.secret_file("*:*:*:*:%s\n" % escaped) as fd:
            yield dict(env, PGPASSFILE="/dev/fd/%d" % fd, PGPASSWORD=""), (fd,)


def _line(argv: list[str]) -> str:
    return " ".join(shlex.quote(word) for word in argv)
