"""Keys for SSH, made and read by ssh-keygen; it gets a passphrase on a terminal of its own."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import tempfile

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail
from opsflow.target.terminal import NoAnswer, converse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request

_DEFAULT = {"rsa": 4096, "dsa": 1024, "ecdsa": 256, "ed25519": 256}
_FORMATS = {"pkcs1": ["-m", "PEM"], "pkcs8": ["-m", "PKCS8"]}
_ASKED = re.compile(rb"passphrase[^\r\n:]*: ", re.IGNORECASE)
_TIME = 120.0  # seconds that ssh-keygen may take


def run(request: Request, path: str, state: str, **want: Any) -> dict[str, Any]:
    """Bring a pair of keys to be as wanted, or remove it."""
    wanted = attributes.split(want)
    path = expand(request, path)
    if state == "absent":
        told = {"type": want["type"], "size": _size(want), "comment": want.get("comment", "")}
        return dict(_absent(request, path), **told)
    pair = Pair(request, path, want.get("passphrase"))
    old = pair.about()
    fresh = _fresh(pair, want)
    changed = fresh or pair.differs(want.get("comment"))
    if changed and not request.check:
        if fresh:
            _generate(request, pair, want)
        pair.load()
        pair.put_public(want.get("comment") if "comment" in want else None)
    if os.path.exists(path):
        changed = attributes.apply(request, path, dict(wanted, mode=wanted.get("mode", "0600"))) or changed
        public = {name: value for name, value in wanted.items() if name in ("owner", "group")}
        if public and os.path.exists(path + ".pub"):
            changed = attributes.apply(request, path + ".pub", public) or changed
    result: dict[str, Any] = {"changed": changed, "filename": path, "comment": want.get("comment", "")}
    result.update({"type": want["type"], "size": _size(want)}, **pair.about())
    if request.diff:
        result["diff"] = {"before": old, "after": pair.about()}
    return result


def _absent(request: Request, path: str) -> dict[str, Any]:
    there = [one for one in (path, path + ".pub") if os.path.exists(one)]
    if not request.check:
        for one in there:
            os.unlink(one)
    return {"changed": bool(there), "filename": path}


class Pair:
    """A pair of keys in files; `public` is what the private key says the public one is."""

    def __init__(self, request: Request, path: str, passphrase: str | None) -> None:
        self.request = request
        self.path = path
        self.passphrase = passphrase
        self.program = need(request, "ssh-keygen", "openssh-client")
        self.load()

    def load(self) -> None:
        self.exists = os.path.exists(self.path)
        self.public = self._derived() if self.exists else None
        self.file = _read(self.path + ".pub")
        self.comment = " ".join(self.file.split()[2:])

    def _derived(self) -> str | None:
        """Return type and key as ssh-keygen derives them; None when it can't with the passphrase."""
        plain = self.request.command([self.program, "-y", "-P", "", "-f", self.path])
        said = plain.stdout
        if (plain.rc == 0) == (self.passphrase is not None):
            return None  # protected by none or another
        if self.passphrase is not None:
            rc, said = self.keygen(["-y", "-f", self.path])
            if rc != 0:
                return None
        found = re.search(r"^(\S+ AAAA\S+)", said, re.MULTILINE)
        return found.group(1) if found else None

    def keygen(self, options: list[str]) -> tuple[int | None, str]:
        """Run ssh-keygen and type the passphrase where it asks; return its exit code and what it said."""
        answers = itertools.repeat((self.passphrase or "").encode("utf-8") + b"\n", 2)
        try:
            talk = converse(self.request, [self.program, *options], [(_ASKED, answers)], _TIME)
        except NoAnswer:  # it asks again: the passphrase is wrong
            return None, ""
        return talk.rc, talk.output.decode("utf-8", "replace").replace("\r\n", "\n")

    def about(self) -> dict[str, Any]:
        """Return what Ansible tells of a pair."""
        if self.public is None:
            return {}
        done = self.request.command(
            [self.program, "-l", "-f", "/dev/stdin"], stdin=self.public.encode() + b"\n"
        )
        size, fingerprint = done.check("ssh-keygen -l").stdout.split()[:2]
        kind = re.search(r"\((\S+)\)\s*$", done.stdout)
        return {
            "size": int(size),
            "type": kind.group(1).lower() if kind else "",
            "fingerprint": fingerprint,
            "public_key": self.public,
            "comment": self.comment,
        }

    def differs(self, comment: str | None) -> bool:
        """Tell whether the file of the public key is another than it shall be."""
        if " ".join(self.file.split()[:2]) != self.public:
            return True
        return comment is not None and comment != self.comment

    def put_public(self, comment: str | None) -> None:
        """Write the public key, and give both a comment."""
        if comment is not None and comment != self.comment:
            self.comment = comment
            if b"OPENSSH PRIVATE" in _bytes(self.path):
                self._recomment(comment)
        line = "%s %s" % (self.public, self.comment)
        files.replace(self.request, self.path + ".pub", [line.rstrip().encode() + b"\n"], {"mode": "0644"})
        self.load()

    def _recomment(self, comment: str) -> None:
        options = ["-q", "-c", "-C", comment, "-f", self.path]
        if self.passphrase is None:
            self.request.command([self.program, "-P", "", *options]).check("ssh-keygen -c")
            return
        rc, said = self.keygen(options)
        if rc != 0:
            raise Fail("ssh-keygen could not change the comment: %s" % said.strip(), rc=rc)


def _read(path: str) -> str:
    return _bytes(path).decode("utf-8", "replace")


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""


def _fresh(pair: Pair, want: dict[str, Any]) -> bool:
    """Tell whether a new pair is to be made. Raises Fail where the old one must stay and does not fit."""
    how = want["regenerate"]
    if not pair.exists or want["force"] or how == "always":
        return True
    if pair.public is None:
        if how == "full_idempotence":
            return True
        raise Fail(
            "the key %s can't be read: it is damaged, or protected by another passphrase or by none. A new "
            "one is made only with regenerate full_idempotence or always, or with force" % pair.path
        )
    if how == "never":
        return False
    found = pair.about()
    fits = found["type"] == want["type"] and (want["type"] == "ed25519" or found["size"] == _size(want))
    if not fits and how == "fail":
        raise Fail("the key %s is of another type or size, and regenerate says that it stays" % pair.path)
    return not fits


def _size(want: dict[str, Any]) -> int | None:
    return (
        _DEFAULT[want["type"]] if want["type"] == "ed25519" else want.get("size", _DEFAULT.get(want["type"]))
    )


def _generate(request: Request, pair: Pair, want: dict[str, Any]) -> None:
    """Make a pair in a directory of our own beside its place, and move it there."""
    scratch = tempfile.mkdtemp(prefix=".opsflow-", dir=os.path.dirname(os.path.abspath(pair.path)))
    made = os.path.join(scratch, "key")
    options = ["-q", "-t", want["type"], "-f", made, "-C", want.get("comment", "")]
    size = _size(want)
    options += ["-b", str(size)] if size and want["type"] != "ed25519" else []
    options += _FORMATS.get(want["private_key_format"], [])
    try:
        if pair.passphrase is None:
            request.command([pair.program, *options, "-N", ""]).check("ssh-keygen")
        else:
            rc, said = pair.keygen(options)
            if rc != 0:
                raise Fail("ssh-keygen failed: %s" % said.strip(), rc=rc)
        files.replace(request, pair.path, [_bytes(made)], {"mode": "0600"})
        files.replace(request, pair.path + ".pub", [_bytes(made + ".pub")], {"mode": "0644"})
    finally:
        shutil.rmtree(scratch)
