"""HTTP from the host with the standard library: proxies, redirects, authentication, certificates, sockets."""

from __future__ import annotations

import base64
import email.utils
import http.client
import http.cookiejar
import netrc
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
import zlib

from opsflow.target.paths import expand
from opsflow.target.request import CHUNK, Fail
from opsflow.target.unix_http import UnixConnection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from opsflow.target.request import Request


class Failed(Exception):
    """There is no answer: the connection failed, or was refused on the way."""


class Client:
    """What a task says about how to fetch: Ansible's options of `uri` and `get_url`."""

    def __init__(
        self,
        request: Request,
        timeout: float = 10,
        headers: Mapping[str, Any] | None = None,
        url_username: str | None = None,
        url_password: str | None = None,
        force_basic_auth: bool = False,
        validate_certs: bool = True,
        ca_path: str | None = None,
        client_cert: str | None = None,
        client_key: str | None = None,
        ciphers: list[str] | None = None,
        follow_redirects: str = "urllib2",
        unredirected_headers: list[str] | None = None,
        use_proxy: bool = True,
        use_netrc: bool = True,
        http_agent: str = "ansible-httpget",
        unix_socket: str | None = None,
        decompress: bool = True,
    ) -> None:
        self.request = request
        self.timeout = timeout
        self.headers = {name: str(value) for name, value in (headers or {}).items()}
        self.headers.setdefault("User-Agent", http_agent)
        self.user, self.password = url_username, url_password
        self.force_basic_auth = force_basic_auth
        self.follow_redirects = follow_redirects
        self.unredirected = [name.lower() for name in unredirected_headers or []]
        self.use_proxy = use_proxy and not unix_socket
        self.use_netrc = use_netrc
        self.unix_socket = expand(request, unix_socket) if unix_socket else None
        self.decompress = decompress
        self.cookies = http.cookiejar.CookieJar()
        self.context = self._context(validate_certs, ca_path, client_cert, client_key, ciphers)

    def _context(
        self, validate: bool, ca: str | None, cert: str | None, key: str | None, ciphers: list[str] | None
    ) -> ssl.SSLContext:
        ca, cert, key = (expand(self.request, path) if path else None for path in (ca, cert, key))
        folder = bool(ca and os.path.isdir(ca))
        try:
            context = ssl.create_default_context(cafile=None if folder else ca, capath=ca if folder else None)
            if cert:
                context.load_cert_chain(cert, key)
            if ciphers:
                context.set_ciphers(":".join(ciphers))
        except (OSError, ssl.SSLError) as error:
            raise Fail("cannot prepare TLS with these certificates or ciphers: %s" % error) from error
        if not validate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def open(
        self, method: str, url: str, data: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask; an answer of any status is returned. Raises Failed when there is none."""
        url, user, password = self._credentials(url)
        try:
            question = urllib.request.Request(url, data=data, method=method)  # noqa: S310
            for name, value in dict(self.headers, **(headers or {})).items():
                if name.lower() in self.unredirected:
                    question.add_unredirected_header(name, value)
                else:
                    question.add_header(name, value)
            if user is not None and self.force_basic_auth:
                question.add_header("Authorization", _basic(user, password or ""))
            opener = self._opener(url, user, password)
            return Answer(opener.open(question, timeout=self.timeout), url, method, self.decompress)
        except urllib.error.HTTPError as error:
            return Answer(error, url, method, self.decompress)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failed("Request failed: %s" % _plain(error)) from error

    def _credentials(self, url: str) -> tuple[str, str | None, str | None]:
        """Take user and password out of the URL; fall back on ~/.netrc."""
        parts = urllib.parse.urlsplit(url)
        user, password = self.user, self.password
        if "@" in parts.netloc:
            login, _, place = parts.netloc.rpartition("@")
            url = urllib.parse.urlunsplit(parts._replace(netloc=place))
            name, _, secret = login.partition(":")
            if user is None:
                user, password = urllib.parse.unquote(name), urllib.parse.unquote(secret)
        if user is None and self.use_netrc and "authorization" not in (name.lower() for name in self.headers):
            user, password = self._netrc(parts.hostname or "")
        return url, user, password

    def _netrc(self, host: str) -> tuple[str | None, str | None]:
        path = self.request.environ().get("NETRC") or os.path.expanduser("~/.netrc")
        try:
            found = netrc.netrc(path).authenticators(host)
        except (OSError, netrc.NetrcParseError):
            return None, None
        return (found[0], found[2]) if found else (None, None)

    def _opener(self, url: str, user: str | None, password: str | None) -> urllib.request.OpenerDirector:
        handlers: list[Any] = [
            urllib.request.ProxyHandler(self._proxies(url)),
            urllib.request.HTTPSHandler(context=self.context),
            urllib.request.HTTPCookieProcessor(self.cookies),
            _Redirects(self.follow_redirects),
        ]
        if user is not None and not self.force_basic_auth:
            known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            known.add_password(None, url, user, password or "")
            handlers += [
                urllib.request.HTTPBasicAuthHandler(known),
                urllib.request.HTTPDigestAuthHandler(known),
            ]
        if self.unix_socket:
            handlers.append(_UnixHandler(self.unix_socket))
        return urllib.request.build_opener(*handlers)

    def _proxies(self, url: str) -> dict[str, str]:
        """Return the proxies that the task's environment names."""
        if not self.use_proxy:
            return {}
        proxies: dict[str, str] = {}
        for name, value in sorted(self.request.environ().items()):  # lower case last: it counts
            if name.lower().endswith("_proxy") and value:
                proxies[name.lower()[: -len("_proxy")]] = value
        host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
        bypass: Any = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
        if bypass(host, proxies):
            return {}
        proxies.pop("no", None)
        return proxies


class Answer:
    """An answer: status, headers, and its content in pieces."""

    def __init__(self, response: Any, asked: str, method: str, decompress: bool) -> None:
        self.response = response
        self.asked = asked
        self.method = method
        self.url: str = response.geturl() or asked
        self.status: int = response.getcode() or 200  # a file:// URL has none
        self.reason: str = getattr(response, "reason", None) or getattr(response, "msg", None) or "OK"
        self.headers = response.headers
        self.error: str | None = str(response) if isinstance(response, urllib.error.HTTPError) else None
        encoding = (self.headers.get("Content-Encoding") or "").lower()
        self.unpack = zlib.decompressobj(31) if decompress and encoding in ("gzip", "x-gzip") else None

    def length(self) -> str:
        """Return what the answer says its length is, or `unknown`."""
        return self.headers.get("Content-Length") or "unknown"

    def chunks(self) -> Iterable[bytes]:
        """Yield the content. Raises Failed when the connection breaks before its end."""
        size, length = 0, self.length()
        try:
            for chunk in iter(lambda: self.response.read(CHUNK), b""):
                size += len(chunk)
                piece = self.unpack.decompress(chunk) if self.unpack else chunk
                if piece:
                    yield piece
            if length.isdigit() and size != int(length) and self.method != "HEAD":
                raise Failed("the answer broke off after %d of %s bytes" % (size, length))
            if size and self.unpack and not self.unpack.eof:
                raise Failed("the answer broke off: its compressed content has no end")
        except (OSError, http.client.HTTPException, zlib.error) as error:
            raise Failed("the answer broke off: %s" % _plain(error)) from error
        finally:
            self.response.close()


def content(client: Client, url: str) -> Iterable[bytes]:
    """Return what a URL gives, in pieces. Raises Failed when that is nothing but an error."""
    answer = client.open("GET", url)
    if answer.error:
        raise Failed(answer.error)
    return answer.chunks()


def http_date(moment: float) -> str:
    """Return a time, in seconds since the epoch, as HTTP writes it."""
    return email.utils.formatdate(moment, usegmt=True)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode("ascii")


def _plain(error: BaseException) -> str:
    return str(error) or type(error).__name__


def without_password(url: str) -> str:
    """Return a URL as results may show it."""
    parts = urllib.parse.urlsplit(url)
    if "@" not in parts.netloc:
        return url
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows as told: all, yes, safe (GET and HEAD), urllib2 (those and POST as GET), no, none.

    Secrets of one server are not shown to another.
    """

    def __init__(self, policy: str) -> None:
        self.policy = policy

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        method = req.get_method()
        if self.policy in ("no", "none") or (self.policy == "safe" and method not in ("GET", "HEAD")):
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        if self.policy == "urllib2" and method not in ("GET", "HEAD", "POST"):
            raise urllib.error.HTTPError(req.full_url, code, msg, headers, fp)
        data: Any = req.data
        if code == 303 or (code in (301, 302) and method == "POST"):
            method, data = ("HEAD" if method == "HEAD" else "GET"), None
        kept = dict(req.headers)
        if data is None:
            kept = {name: value for name, value in kept.items() if not name.lower().startswith("content-")}
        if not _same_server(req.full_url, newurl):
            secret = ("authorization", "cookie", "host")
            kept = {name: value for name, value in kept.items() if name.lower() not in secret}
        return urllib.request.Request(  # noqa: S310
            newurl.replace(" ", "%20"),
            data=data,
            headers=kept,
            origin_req_host=req.origin_req_host,
            unverifiable=True,
            method=method,
        )

    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def _same_server(one: str, other: str) -> bool:
    first, second = urllib.parse.urlsplit(one), urllib.parse.urlsplit(other)
    upgraded = first.scheme == "http" and second.scheme == "https" and first.port in (None, 80)
    if upgraded and second.port in (None, 443):
        return first.hostname == second.hostname
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


class _UnixHandler(urllib.request.HTTPHandler):
    """Speaks HTTP through a socket of the file system."""

    def __init__(self, path: str) -> None:
        urllib.request.HTTPHandler.__init__(self)
        self.connection = type("_Unix", (UnixConnection,), {"path": path})

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(self.connection, req)
