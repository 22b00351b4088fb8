"""Access control lists, by getfacl and setfacl (or their counterparts for NFS 4)."""

from __future__ import annotations

import os

from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_TYPES = {"u": "user", "g": "group", "m": "mask", "o": "other"}


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring an entry to its state and return the list."""
    path = expand(request, path)
    if not os.path.exists(path):
        raise Fail("Path not found or not accessible.", path=path)
    lists = Nfs4(request, path, want) if want["use_nfsv4_acls"] else Posix(request, path, want)
    if state == "query":
        return {"changed": False, "msg": "current acl", "acl": lists.query()}
    etype, entity, permissions = want.get("etype"), want["entity"], want.get("permissions", "")
    if want.get("entry"):
        default, etype, entity, permissions = _parts(want["entry"])
        lists.default = default or lists.default
    present = state == "present"
    entry = lists.entry(str(etype), entity, permissions if present or want["use_nfsv4_acls"] else "")
    changed = lists.differs(present, entry)
    if changed and not request.check:
        lists.apply(present, entry)
    word = "present" if present else "absent"
    return {"changed": changed, "msg": "%s is %s" % (entry, word), "acl": lists.query()}


def _parts(entry: str) -> tuple[bool, str, str, str]:
    """Return whether an entry is a default, its type, entity and permissions. Raises Fail."""
    parts = entry.split(":")
    default = parts[0].lower().startswith("d")
    if default:
        parts.pop(0)
    etype = _TYPES.get(parts[0][:1].lower())
    if etype is None or len(parts) < 2:
        raise Fail("'%s' is not an entry of an access control list" % entry)
    return default, etype, parts[1], parts[2] if len(parts) > 2 else ""


class Posix:
    """The lists of a path as POSIX has them."""

    def __init__(self, request: Request, path: str, want: dict[str, Any]) -> None:
        self.request = request
        self.path = path
        self.default: bool = want["default"]
        self.options = ["--recursive"] if want["recursive"] else []
        self.mask = {"mask": ["--mask"], "no_mask": ["--no-mask"]}.get(want["recalculate_mask"], [])
        self.links = [] if want["follow"] else ["--physical"]

    def entry(self, etype: str, entity: str, permissions: str) -> str:
        return ":".join([etype, entity, permissions] if permissions else [etype, entity])

    def query(self) -> list[str]:
        argv = [need(self.request, "getfacl", "acl"), *(["-d"] if self.default else [])]
        argv += ["--absolute-names", "--omit-header", *self.options, *self.links]
        return _lines(self.request.command([*argv, self.path]).check("getfacl").stdout)

    def differs(self, present: bool, entry: str) -> bool:
        """Tell whether an entry would change a list: setfacl marks with `*,*` what stays as it is."""
        done = self.request.command([*self._setfacl(present, entry), "--test", self.path]).check("setfacl")
        return any(not line.endswith("*,*") for line in _lines(done.stdout) if line)

    def apply(self, present: bool, entry: str) -> None:
        self.request.command([*self._setfacl(present, entry), self.path]).check("setfacl")

    def _setfacl(self, present: bool, entry: str) -> list[str]:
        argv = [need(self.request, "setfacl", "acl"), *(["-d"] if self.default else [])]
        argv += ["-m" if present else "-x", entry]
        return [*argv, *self.options, *self.mask, *self.links]


class Nfs4(Posix):
    """The lists of a path on NFS 4."""

    def entry(self, etype: str, entity: str, permissions: str) -> str:
        return ":".join(["A", "g" if etype == "group" else "", entity, permissions + "tcy"])

    def query(self) -> list[str]:
        argv = [need(self.request, "nfs4_getfacl", "nfs4-acl-tools"), self.path]
        return _lines(self.request.command(argv).check("nfs4_getfacl").stdout)

    def differs(self, present: bool, entry: str) -> bool:
        return (entry in self.query()) != present

    def apply(self, present: bool, entry: str) -> None:
        argv = [need(self.request, "nfs4_setfacl", "nfs4-acl-tools"), "-a" if present else "-x", entry]
        self.request.command([*argv, self.path]).check("nfs4_setfacl")


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if not line.startswith("#")]
    return lines[:-1] if lines and not lines[-1] else lines
