"""Targets of iSCSI, by iscsiadm and its records."""

from __future__ import annotations

import glob
import os
import re
import socket
import time

from opsflow.target import files
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Result = dict[str, Any]

_RECORDS = ("/etc/iscsi/nodes", "/var/lib/iscsi/nodes")
_NONE_FOUND = 21  # exit code of iscsiadm: there are no records, sessions or portals
_REFUSED = 24  # the target does not let us in
_DISK_TIME = 1.0  # seconds that udev has for new disks


def run(request: Request, **want: Any) -> Result:
    """Do what is asked for, in this order: discover, log in or out, startup, rescan."""
    iscsi = Iscsi(request, want)
    result: Result = {"changed": False}
    nodes = iscsi.nodes()
    if want["discover"] and not request.check:
        known = sorted(nodes)
        iscsi.discover()
        nodes = sorted(iscsi.nodes())
        if nodes != known:
            result.update(changed=True, cache_updated=True)
    if want["show_nodes"]:
        result["nodes"] = nodes
    login: bool | None = want.get("login")
    all_of_them = "target" not in want and len(nodes) > 1
    if login is not None or want.get("auto_node_startup") is not None:
        iscsi.target = iscsi.target or (nodes[0] if len(nodes) == 1 else "")
        if iscsi.target not in nodes and not all_of_them:
            raise Fail("the target '%s' is not known: discover it first" % iscsi.target, nodes=nodes)
    if login is not None:
        _connect(iscsi, nodes if all_of_them else [iscsi.target], login, result)
    if not all_of_them:
        _startup(iscsi, result)
    if want["rescan"]:
        result["changed"] = True
        if not request.check:
            result["sessions"] = iscsi.rescan()
    return result


def _connect(iscsi: Iscsi, targets: list[str], login: bool, result: Result) -> None:
    """Log in to targets or out. Where there are several, those that refuse us are passed over."""
    disks: list[str] = []
    several = len(targets) > 1
    for target in targets:
        done = False
        if iscsi.is_connected(target) != login:
            done = iscsi.request.check or iscsi.connect(target, login, several)
            result["connection_changed"] = result.get("connection_changed", False) or done
            result["changed"] = result["changed"] or done
        if login and not (done and iscsi.request.check):
            disks += _disks(target)
    if login and (several or not (result["changed"] and iscsi.request.check)):
        result["devicenodes"] = disks


def _startup(iscsi: Iscsi, result: Result) -> None:
    """Have the host log in by itself when it starts, or not."""
    for option, told, portal in (
        ("auto_node_startup", "automatic_changed", False),
        ("auto_portal_startup", "automatic_portal_changed", True),
    ):
        wanted = iscsi.want.get(option)
        if wanted is None:
            continue
        result[told] = iscsi.is_automatic(portal) != wanted
        if result[told]:
            result["changed"] = True
            if not iscsi.request.check:
                iscsi.update(iscsi.target, "node.startup", "automatic" if wanted else "manual", portal)


def _disks(target: str) -> list[str]:
    """Return the disks that a target gives, without their partitions."""
    paths = sorted(glob.glob("/dev/disk/by-path/*%s*" % glob.escape(target)))
    found = [os.path.realpath(path) for path in paths if "-part" not in path]
    return list(dict.fromkeys(found))


class Iscsi:
    """iscsiadm for the portal and the target of a task."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.want = want
        self.program = need(request, "iscsiadm", "open-iscsi")
        self.target: str = want.get("target", "")
        self.address = _address(want["portal"]) if want.get("portal") else ""
        shown = "[%s]" % self.address if ":" in self.address else self.address
        self.portal = "%s:%s" % (shown, want["port"]) if self.address else ""

    def _call(self, *words: str) -> Completed:
        return self.request.command([self.program, *words])

    def nodes(self) -> list[str]:
        """Return the targets of which there are records, those of the portal if there is one."""
        done = self._call("--mode", "node")
        if done.rc == _NONE_FOUND or (done.rc == 255 and "o records found" in done.stderr):
            return []
        done.check("iscsiadm --mode node")
        found: list[str] = []
        for place, target in (line.split()[:2] for line in done.stdout.splitlines() if " " in line):
            address = place.rpartition(",")[0].rpartition(":")[0].strip("[]")
            if self.address in ("", address):
                found.append(target)
        return found

    def discover(self) -> None:
        words = ("--mode", "discovery", "--type", "sendtargets", "--portal", self.portal)
        self._call(*words).check("iscsiadm --mode discovery")

    def is_connected(self, target: str) -> bool:
        done = self._call("--mode", "session")
        if done.rc == _NONE_FOUND:
            return False
        done.check("iscsiadm --mode session")
        for words in map(str.split, done.stdout.splitlines()):
            if len(words) > 3 and words[3] == target and words[2].startswith(self.portal):
                return True
        return False

    def connect(self, target: str, login: bool, several: bool) -> bool:
        """Log in or out; tell whether it was done. Raises Fail."""
        if not login:
            self._call("--mode", "node", "--targetname", target, "--logout").check("iscsiadm --logout")
            return True
        self._identify(target)
        done = self._call(*self._node(target, portal=True), "--login")
        if several and done.rc == _REFUSED:
            return False
        done.check("iscsiadm --login")
        time.sleep(_DISK_TIME)
        return True

    def _node(self, target: str, portal: bool) -> list[str]:
        words = ["--mode", "node", "--targetname", target]
        return words + (["--portal", self.portal] if portal and self.portal else [])

    def _identify(self, target: str) -> None:
        """Write names and passwords to the records of a target."""
        auth = "node.session.auth."
        if self.want.get("node_user"):
            self.update(target, auth + "authmethod", self.want["node_auth"])
            self.update(target, auth + "username", self.want["node_user"])
            self._write_secret(target, auth + "password", self.want["node_pass"])
        if self.want.get("node_user_in"):
            self.update(target, auth + "username_in", self.want["node_user_in"])
            self._write_secret(target, auth + "password_in", self.want["node_pass_in"])

    def update(self, target: str, name: str, value: str, portal: bool = False) -> None:
        words = ("--op=update", "--name", name, "--value", value)
        self._call(*self._node(target, portal), *words).check("iscsiadm --op=update %s" % name)

    def _write_secret(self, target: str, name: str, value: str) -> None:
        """Set a value in the record files themselves: all can read the arguments of iscsiadm."""
        records = [path for base in _RECORDS for path in _files(os.path.join(base, target))]
        if not records:
            raise Fail("there is no record of the target '%s' in %s" % (target, " or ".join(_RECORDS)))
        line = "%s = %s" % (name, value)
        for path in records:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                lines = [
                    one for one in file.read().splitlines() if not re.match(re.escape(name) + r"\s*=", one)
                ]
            end = lines.index("# END RECORD") if "# END RECORD" in lines else len(lines)
            lines.insert(end, line)
            content = ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")
            files.replace(self.request, path, [content], {"mode": "0600"})

    def is_automatic(self, portal: bool) -> bool:
        """Tell whether the host logs in to the target by itself."""
        done = self._call(*self._node(self.target, portal)).check("iscsiadm --mode node")
        return bool(re.search(r"^node\.startup\s*=\s*automatic", done.stdout, re.MULTILINE))

    def rescan(self) -> str:
        if self.want.get("target"):
            return self._call("--mode", "node", "--rescan", "-T", self.target).stdout
        return self._call("--mode", "session", "--rescan").stdout


def _address(portal: str) -> str:
    try:
        return str(socket.getaddrinfo(portal, None)[0][4][0])
    except socket.gaierror as error:
        raise Fail("cannot find the portal '%s': %s" % (portal, error.strerror)) from None


def _files(directory: str) -> list[str]:
    return [os.path.join(base, name) for base, _, names in os.walk(directory) for name in names]
