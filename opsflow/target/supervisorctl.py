"""Programs of supervisor, by supervisorctl."""

from __future__ import annotations

import configparser
import os

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Process = tuple[str, str]  # name, status

_CONFIGS = ["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf"]
_RUNNING = ("RUNNING", "STARTING")


def run(request: Request, name: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring programs to a state."""
    control = Control(request, want)
    plain = name.rstrip(":")
    result: dict[str, Any] = {"changed": False, "name": plain, "state": state}
    if state == "restarted" and not request.check:
        control.call("update").check("supervisorctl update")
    found = control.matching(name)
    if state in ("present", "absent"):
        result["changed"] = bool(found) != (state == "present")
        if result["changed"] and not request.check:
            _register(control, plain, state, found if want["stop_before_removing"] else [])
        return result
    if not found:
        raise Fail("supervisor has no program '%s'" % name, name=plain)
    act, word, meant = _ACTIONS[state]
    affected = [process for process, status in found if meant(status)]
    if affected:
        if not request.check:
            control.act([act, want["signal"]] if state == "signalled" else [act], affected, word)
        result.update(changed=True, affected=affected)
    return result


def _always(status: str) -> bool:
    return True


def _up(status: str) -> bool:
    return status in _RUNNING


def _down(status: str) -> bool:
    return status not in _RUNNING


def _ready(status: str) -> bool:
    return status == "RUNNING"


_ACTIONS = {
    "restarted": ("restart", "started", _always),
    "started": ("start", "started", _down),
    "stopped": ("stop", "stopped", _up),
    "signalled": ("signal", "signalled", _ready),
}


def _register(control: Control, name: str, state: str, stop: list[Process]) -> None:
    """Add or remove a group, after supervisor has read its files again."""
    running = [process for process, status in stop if _up(status)]
    if running:
        control.act(["stop"], running, "stopped")
    control.call("reread").check("supervisorctl reread")
    act, word = ("add", "added") if state == "present" else ("remove", "removed")
    done = control.call(act, name)
    if "%s: %s process group" % (name, word) not in done.stdout:
        raise Fail(done.stdout.strip() or done.stderr.strip(), rc=done.rc, name=name, state=state)


class Control:
    """supervisorctl with the options of a task."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        path = want.get("supervisorctl_path")
        self.program = expand(request, path) if path else need(request, "supervisorctl", "supervisor")
        self.config: str | None = expand(request, want["config"]) if want.get("config") else None
        self.url: str | None = want.get("server_url")
        self.login = {key: want[key] for key in ("username", "password") if key in want}

    def call(self, *words: str) -> Completed:
        argv = [self.program]
        if self.login:
            return self._call_with_login(argv, words)
        argv += ["-c", self.config] if self.config else []
        argv += ["-s", self.url] if self.url else []
        return self.request.command([*argv, *words])

    def _call_with_login(self, argv: list[str], words: tuple[str, ...]) -> Completed:
        """Call it with a configuration that is read from a pipe."""
        read, write = os.pipe()
        try:
            os.write(write, self._settings().encode())
            os.close(write)
            argv += ["-c", "/dev/fd/%d" % read]
            return self.request.command([*argv, *words], pass_fds=(read,))
        finally:
            os.close(read)

    def _settings(self) -> str:
        """Return what the configuration says about the server, with the task's options above it."""
        parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", " #"))
        parser.read([self.config] if self.config else _CONFIGS)
        settings = dict(parser.items("supervisorctl")) if parser.has_section("supervisorctl") else {}
        settings.update((key, value.replace("%", "%%")) for key, value in self.login.items())
        if self.url:
            settings["serverurl"] = self.url
        return "[supervisorctl]\n" + "".join("%s=%s\n" % item for item in settings.items())

    def matching(self, name: str) -> list[Process]:
        """Return the programs of a name, of a group (`name:`), or all."""
        done = self.call("status")
        if done.rc not in (0, 3):  # 3: some do not run
            raise Fail((done.stdout or done.stderr).strip() or "supervisorctl failed", rc=done.rc)
        found: list[Process] = []
        for fields in map(str.split, done.stdout.splitlines()):
            if len(fields) < 2:
                continue
            group = fields[0].partition(":")[0] + ":" if ":" in fields[0] else None
            if fields[0] == name or name == "all" or (group is not None and group == name):
                found.append((fields[0], fields[1]))
        return found

    def act(self, words: list[str], processes: list[str], expected: str) -> None:
        """Do something to each program. Raises Fail when one does not say what is expected."""
        for process in processes:
            done = self.call(*words, process)
            if "%s: %s" % (process, expected) not in done.stdout:
                said = done.stdout.strip() or done.stderr.strip()
                raise Fail(said, rc=done.rc, stdout=done.stdout, stderr=done.stderr)
