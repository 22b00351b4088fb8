"""Dumps of databases of MySQL and MariaDB, by their client programs."""

from __future__ import annotations

import os
import shlex

from opsflow.target import database_files
from opsflow.target.paths import expand
from opsflow.target.programs import need, which
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.mysql import Session
    from opsflow.target.request import Completed, Request


class Client:
    """mysqldump or mysql for one file; `shown` is its command as a person would write it, without secrets."""

    def __init__(self, request: Request, session: Session, options: Mapping[str, Any]) -> None:
        self.request = request
        self.session = session
        self.options = options
        self.shown = ""
        chdir = options.get("chdir")
        self.directory = expand(request, chdir) if chdir else os.getcwd()
        if not os.path.isdir(self.directory):
            raise Fail("Cannot change the current directory to %s: it is none" % self.directory)

    def dump(self, names: list[str], target: str) -> Completed:
        target = os.path.join(self.directory, target)
        options = self.options
        words = [] if not options["force"] else ["--force"]
        words += self._place() + self._what(names)
        words += ["--skip-lock-tables"] if options["skip_lock_tables"] else []
        words += self._encoding()
        words += ["--single-transaction=true"] if options["single_transaction"] else []
        words += ["--quick"] if options["quick"] else []
        words += ["--ignore-table=%s" % table for table in options["ignore_tables"]]
        words += ["--hex-blob"] if options["hex_blob"] else []
        if options["master_data"]:
            renamed = not self.session.mariadb and self.session.at_least("8.2.0", "")
            words.append("--%s-data=%d" % ("source" if renamed else "master", options["master_data"]))
        words += self._extra()
        program = self._program("mysqldump", "mariadb-dump")
        self.shown = "%s > %s" % (_line([program, *self._login(), *words]), shlex.quote(target))
        return database_files.write(
            self.request,
            target,
            lambda path, kept: self._run(program, [*words, "--result-file=" + path], kept),
        )

    def load(self, names: list[str], target: str) -> Completed:
        target = os.path.join(self.directory, target)
        if not os.path.exists(target):
            raise Fail("target %s does not exist on the host" % target)
        words = ["-f"] if self.options["force"] else []
        words += self._place() + self._encoding()
        words += [] if names == ["all"] else ["--one-database", names[0]]
        program = self._program("mysql", "mariadb")
        self.shown = "%s < %s" % (_line([program, *self._login(), *words]), shlex.quote(target))
        return database_files.read(
            self.request, target, lambda path, kept: self._run(program, words, kept, source=path)
        )

    def _program(self, old: str, new: str) -> str:
        """Return the program that fits the server, or the one that the host has."""
        first, second = (new, old) if self.session.mariadb else (old, new)
        return which(self.request, first) or need(self.request, second, "mariadb-client")

    def _login(self) -> list[str]:
        """Return what of the login can be seen by everybody."""
        user = "root" if self.session.implicit else self.options.get("login_user")
        return ["--user=%s" % user] if user is not None else []

    def _place(self) -> list[str]:
        pairs = (("client_cert", "cert"), ("client_key", "key"), ("ca_cert", "ca"))
        words = ["--ssl-%s=%s" % (word, self.options[name]) for name, word in pairs if self.options.get(name)]
        socket = self.options.get("login_unix_socket")
        if socket:
            return [*words, "--socket=%s" % socket]
        return [*words, "--host=%s" % self.options["login_host"], "--port=%d" % self.options["login_port"]]

    def _what(self, names: list[str]) -> list[str]:
        if names == ["all"]:
            return ["--all-databases"]
        return ["--databases", *names] if len(names) > 1 else names

    def _encoding(self) -> list[str]:
        encoding = self.options["encoding"]
        return ["--default-character-set=%s" % encoding] if encoding else []

    def _extra(self) -> list[str]:
        try:
            return shlex.split(self.options.get("dump_extra_args") or "")
        except ValueError as error:
            raise Fail("dump_extra_args can't be read as words: %s" % error) from None

    def _run(
        self, program: str, words: list[str], kept: tuple[int, ...], source: str | None = None
    ) -> Completed:
        with database_files.secret_file(self._file()) as fd:
            only = "file" if self.options["restrict_config_file"] else "extra-file"
            argv = [program, "--defaults-%s=/dev/fd/%d" % (only, fd), *self._login(), *words]
            argv = database_files.from_file(argv, source) if source else argv
            return self.request.command(argv, cwd=self.directory, pass_fds=(*kept, fd))

    def _file(self) -> str:
        """Return options for the programs: the task's file of options, and the password."""
        path = os.path.abspath(expand(self.request, self.options["config_file"]))
        text = "!include %s\n" % path if os.path.exists(path) else ""
        password = "" if self.session.implicit else self.options.get("login_password")
        if password is None:
            return text
        escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
        return text + '[client]\npassword="%s"\n' % "".join(escapes.get(one, one) for one in password)


def _line(argv: list[str]) -> str:
    return " ".join(shlex.quote(word) for word in argv)
