"""Certificates in key stores of Java, by keytool."""

from __future__ import annotations

import os
import re
import ssl
import tempfile
import urllib.parse

from opsflow.target import attributes, files
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def run(request: Request, state: str, **want: Any) -> dict[str, Any]:
    """Have a certificate in a key store, or not."""
    common = attributes.split(want)
    store = KeyStore(request, want)
    if not os.path.exists(store.path) and not want["keystore_create"]:
        raise Fail("there is no key store '%s': set keystore_create to have one made" % store.path)
    there = store.certificate()
    result: dict[str, Any] = {"changed": False}
    if state == "absent":
        if there is not None:
            if request.check:
                return {"changed": True}
            result = store.delete()
    else:
        source = store.source()
        if source.first != there:
            if request.check:
                return {"changed": True}
            if there is not None:
                store.delete()
            result = store.add(source)
    if os.path.exists(store.path):
        result["changed"] = attributes.apply(request, store.path, common) or result["changed"]
    return result


class Source:
    """Where a certificate comes from: its first one as DER, and what is imported: PEM or DER, or a file."""

    def __init__(self, content: bytes, path: str = "") -> None:
        self.content = content
        self.path = path
        found = _PEM.search(content.decode("latin-1"))
        try:
            self.first = ssl.PEM_cert_to_DER_cert(found.group(0)) if found else content
        except ValueError as error:
            raise Fail("the certificate cannot be read: %s" % error) from None


class KeyStore:
    """A key store and the one entry of it that a task is about."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.want = want
        given: str = want["executable"]
        self.program = expand(request, given)
        if "/" not in given:
            need(request, given, "default-jre-headless")
        self.path = expand(request, want["keystore_path"])
        self.password: str = want["keystore_pass"]
        self.alias: str = want.get("cert_alias") or want["cert_url"]
        self.kind = ["-storetype", want["keystore_type"]] if want.get("keystore_type") else []

    def _call(self, words: list[str], *answers: str) -> Completed:
        """Run keytool; the answers are for what it asks, such as passwords."""
        lines = "".join(answer + "\n" for answer in answers).encode()
        return self.request.command([self.program, *words], stdin=lines)

    def certificate(self) -> bytes | None:
        """Return the certificate of the alias, None where there is none. Raises Fail when that is hidden."""
        if not os.path.exists(self.path):
            return None
        words = ["-list", "-keystore", self.path, "-alias", self.alias, "-rfc", *self.kind]
        done = self._call(words, self.password)
        if done.rc == 0:
            return Source(done.stdout.encode()).first
        if "does not exist" in done.stdout:
            return None
        raise Fail("the key store '%s' cannot be read: %s" % (self.path, _said(done)), rc=done.rc)

    def delete(self) -> dict[str, Any]:
        words = ["-delete", "-noprompt", "-keystore", self.path, "-alias", self.alias, *self.kind]
        done = self._call(words, self.password)
        return self._done(done, "removed from", {"before": self.alias + "\n", "after": None})

    def source(self) -> Source:
        """Return the certificate that is wanted. Raises Fail."""
        want = self.want
        if want.get("pkcs12_path"):
            return self._packed(expand(self.request, want["pkcs12_path"]))
        if want.get("cert_path"):
            path = expand(self.request, want["cert_path"])
            try:
                return Source(b"".join(files.read(path)), path)
            except OSError as error:
                raise Fail("cannot read the certificate '%s': %s" % (path, error.strerror)) from None
        if want.get("cert_content"):
            return Source(want["cert_content"].encode())
        place = "%s:%d" % (want["cert_url"], want["cert_port"])
        done = self._call(["-printcert", "-rfc", "-sslserver", *_proxy(self.request.environ()), place])
        if done.rc != 0:
            raise Fail("the certificate of %s cannot be fetched: %s" % (place, _said(done)), rc=done.rc)
        return Source(done.stdout.encode())

    def _packed(self, path: str) -> Source:
        words = ["-list", "-noprompt", "-keystore", path, "-storetype", "pkcs12", "-rfc"]
        words += ["-alias", self.want["pkcs12_alias"]] if self.want.get("pkcs12_alias") else []
        done = self._call(words, self.want["pkcs12_password"])
        if done.rc != 0:
            raise Fail("the certificate in '%s' cannot be read: %s" % (path, _said(done)), rc=done.rc)
        return Source(done.stdout.encode(), path)

    def add(self, source: Source) -> dict[str, Any]:
        diff = {"before": "\n", "after": self.alias + "\n"}
        if self.want.get("pkcs12_path"):
            return self._done(self._import_pair(source.path), "put into", diff)
        words = ["-importcert", "-noprompt", "-keystore", self.path, "-file"]
        rest = ["-alias", self.alias, *self.kind, *(["-trustcacerts"] if self.want["trust_cacert"] else [])]
        if source.path:
            done = self._call([*words, source.path, *rest], self.password, self.password)
            return self._done(done, "put into", diff)
        with tempfile.NamedTemporaryFile(prefix="opsflow-") as file:  # keytool cannot read it from a pipe
            file.write(source.content)
            file.flush()
            done = self._call([*words, file.name, *rest], self.password, self.password)
        return self._done(done, "put into", diff)

    def _import_pair(self, path: str) -> Completed:
        words = ["-importkeystore", "-noprompt", "-srcstoretype", "pkcs12", "-srckeystore", path]
        words += ["-destkeystore", self.path, "-destalias", self.alias]
        words += ["-srcalias", self.want["pkcs12_alias"]] if self.want.get("pkcs12_alias") else []
        new = [] if os.path.exists(self.path) else [self.password]  # asked for twice
        return self._call([*words, *self.kind], *new, self.password, self.want["pkcs12_password"])

    def _done(self, done: Completed, what: str, diff: dict[str, Any]) -> dict[str, Any]:
        if done.rc != 0 or not os.path.exists(self.path):
            data = {"rc": done.rc, "cmd": done.argv, "error": done.stderr}
            raise Fail("'%s' was not %s '%s': %s" % (self.alias, what, self.path, _said(done)), **data)
        said = {"msg": done.stdout, "stdout": done.stdout, "error": done.stderr}
        return dict(said, changed=True, rc=done.rc, cmd=done.argv, diff=diff)


def _said(done: Completed) -> str:
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "rror" in line]
    return (lines or (done.stderr or done.stdout).strip().splitlines() or ["no word"])[-1]


def _proxy(env: dict[str, str]) -> list[str]:
    """Return the options of Java for the proxy that the environment names."""
    given = env.get("https_proxy") or env.get("HTTPS_PROXY") or ""
    place = urllib.parse.urlsplit(given if "//" in given else "//" + given)
    if not place.hostname:
        return []
    options = ["-J-Dhttps.proxyHost=%s" % place.hostname, "-J-Dhttps.proxyPort=%d" % (place.port or 443)]
    bypass = env.get("no_proxy") or env.get("NO_PROXY")
    if bypass:
        hosts = [
            "*" + one.strip() if one.strip().startswith(".") else one.strip() for one in bypass.split(",")
        ]
        options.append("-J-Dhttp.nonProxyHosts=" + "|".join(hosts))
    return options
