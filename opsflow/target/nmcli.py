"""Connections of NetworkManager, by nmcli."""

from __future__ import annotations

import re

from opsflow.target import nmcli_settings as settings
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Properties = dict[str, str]
    Result = dict[str, Any]

_BOND = "bond.options."
_STARTED_FOR = {  # kinds that are started when they are new and have one of these options
    "team": ("dns4", "dns6"),
    **dict.fromkeys(("bond", "dummy", "ethernet", "infiniband", "wifi"), ("mtu", "dns4", "dns6")),
}
_UNKNOWN = re.compile(r"invalid property '([\w-]+)'")


def run(request: Request, conn_name: str, state: str, **want: Any) -> Result:
    """Bring a connection to a state."""
    connection = Connection(request, conn_name, want)
    result: Result = {"conn_name": conn_name, "state": state, "changed": False}
    there = connection.exists()
    if state == "present":
        _present(connection, there, result)
    elif state != "absent":
        _switch(connection, there, state, result)
    elif there:
        if request.check:
            return {"changed": True}
        if connection.is_active():
            connection.call("down", conn_name)
        connection.change("delete", conn_name)
        result["changed"] = True
    if result["changed"] and connection.said and not request.check:
        result["stdout"] = connection.said
    if connection.warnings:
        result["warnings"] = connection.warnings
    return result


def _present(connection: Connection, there: bool, result: Result) -> None:
    request, want = connection.request, connection.want
    kind: str | None = want.get("type")
    if not there:
        if kind is None:
            raise Fail("there is no connection '%s': a new one needs type" % connection.name)
        result.update(
            changed=True, Connection="Connection %s of Type %s is being added" % (connection.name, kind)
        )
        if not request.check:
            connection.create(kind)
        return
    now = connection.show()
    new = settings.properties(kind or _kind(now), want)
    if "ifname" in want:
        new["connection.interface-name"] = want["ifname"]
    before = {prop: settings.canonical(prop, now.get(prop, "")) for prop in new}
    after = {prop: settings.canonical(prop, value) for prop, value in new.items()}
    result["changed"] = before != after
    if request.diff:
        result["diff"] = {"before": before, "after": after}
    if not result["changed"]:
        result["Exists"] = "Connections already exist and no changes made"
        return
    result["Exists"] = "Connections do exist so we are modifying them"
    if not request.check:
        connection.put(["modify", connection.name], new)
        if want["conn_reload"]:
            connection.change("reload")


def _kind(now: Properties) -> str:
    kind = now.get("connection.type", "")
    return now.get("ip-tunnel.mode", kind) if kind == "ip-tunnel" else settings.NAMES.get(kind, kind)


def _switch(connection: Connection, there: bool, state: str, result: Result) -> None:
    """Start or stop a connection."""
    if not there:
        raise Fail("there is no connection '%s'" % connection.name, name=connection.name)
    reload: bool = connection.want["conn_reload"]
    if connection.is_active() == (state == "up") and not reload:
        word = "active" if state == "up" else "inactive"
        result["msg"] = "Connection %s is already %s" % (connection.name, word)
        return
    result["changed"] = True
    if not connection.request.check:
        if reload:
            connection.change("reload")
        connection.change(state, connection.name)


class Connection:
    """A connection of a name, which may be there. `said` is what nmcli said of the last change."""

    def __init__(self, request: Request, name: str, want: dict[str, Any]) -> None:
        self.request = request
        self.name = name
        self.want = want
        self.program = need(request, "nmcli", "network-manager")
        self.said = ""
        self.warnings: list[str] = []

    def call(self, *words: str, stdin: str = "") -> Completed:
        return self.request.command([self.program, "connection", *words], stdin=stdin.encode())

    def change(self, *words: str) -> None:
        """Do something. Raises Fail with what nmcli says of it."""
        done = self.call(*words)
        if done.rc != 0:
            msg = "nmcli connection %s failed: %s" % (words[0], done.stderr.strip() or done.stdout.strip())
            raise Fail(msg, name=self.name, rc=done.rc)
        self.said = done.stdout

    def _ask(self, *words: str) -> str:
        argv = [self.program, "--terse", "--escape", "no", *words]
        return self.request.command(argv).check("nmcli connection show").stdout

    def exists(self) -> bool:
        return self.name in self._ask("--fields", "name", "connection", "show").splitlines()

    def is_active(self) -> bool:
        return "GENERAL.STATE:activated" in self._ask(
            "--fields", "GENERAL.STATE", "connection", "show", self.name
        )

    def show(self) -> Properties:
        """Return the properties of the connection, options of a bond each by itself."""
        found: Properties = {}
        for line in self._ask("--show-secrets", "connection", "show", self.name).splitlines():
            prop, _, value = line.partition(":")
            found[prop] = value
        for option in re.split(r",(?=\w+=)", found.pop("bond.options", "")):
            name, _, value = option.partition("=")
            found[_BOND + name] = value.replace("\\,", ",")
        return found

    def create(self, kind: str) -> None:
        """Add the connection, and start it where that is expected. Raises Fail."""
        new = settings.properties(kind, self.want)
        name = self.want.get("ifname") or ("" if kind == "vpn" else self.name)
        if name:
            new["connection.interface-name"] = name
        own = "ip-tunnel" if kind in settings.TUNNELS else kind
        self.put(["add", "type", own, "con-name", self.name], new)
        if any(self.want.get(option) is not None for option in _STARTED_FOR.get(kind, ())):
            self.change("up", self.name)

    def put(self, words: list[str], new: Properties) -> None:
        """Set properties; secrets go through nmcli's input. Raises Fail."""
        plain = {prop: value for prop, value in new.items() if not settings.is_secret(prop, value)}
        secret = {prop: value for prop, value in new.items() if prop not in plain}
        while True:
            try:
                self.change(*words, *_words(plain))
                break
            except Fail as error:
                found = _UNKNOWN.search(error.msg)
                props = [prop for prop in plain if found and prop.rpartition(".")[2] == found.group(1)]
                if not props or not self.want["ignore_unsupported_suboptions"]:
                    raise
                self.warnings.append("NetworkManager has no property %s here: left out" % props[0])
                del plain[props[0]]
        if secret:
            lines = ["set %s %s" % item for item in secret.items()]
            done = self.call("edit", self.name, stdin="\n".join([*lines, "save", "quit", "yes", ""]))
            if done.rc != 0 or "Error" in done.stderr + done.stdout:
                raise Fail("nmcli did not take the secrets of '%s'" % self.name, name=self.name, rc=done.rc)


def _words(new: Properties) -> list[str]:
    words: list[str] = []
    for prop, value in new.items():
        if prop.startswith(_BOND):
            words += ["+bond.options", "%s=%s" % (prop[len(_BOND) :], value)]
        else:
            words += [prop, value]
    return words
