"""HTTP for modules: one call for all that a URL gives, by the client that our own modules use."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import base64
import email.mime.application
import email.mime.multipart
import email.mime.nonmultipart
import email.parser
import email.policy
import io
import mimetypes
import os
import shutil
import tempfile
import traceback
import urllib.error as urllib_error
import urllib.parse
import urllib.request as urllib_request
import urllib.response
from http import cookiejar
from urllib.parse import unquote, urlparse, urlunparse

from opsflow.target import http
from opsflow.target.compat._host import HostRequest
from opsflow.target.compat.common.text.converters import to_bytes, to_native, to_text
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "HAS_GSSAPI", "HAS_GZIP", "HAS_SSL", "ConnectionError", "MissingModuleError", "NoSSLError",
    "ProxyError", "Request", "SSLValidationError", "basic_auth_header", "fetch_file", "fetch_url",
    "generic_urlparse", "get_response_filename", "get_user_agent", "mask_url", "open_url",
    "parse_content_type", "prepare_multipart", "rfc2822_date_string", "to_text", "unquote",
    "url_argument_spec", "url_redirect_argument_spec", "urllib_error", "urllib_request", "urlparse",
    "urlunparse",
]  # fmt: skip

HAS_SSL = HAS_GZIP = True
HAS_GSSAPI = False
_SETTINGS = ("use_proxy", "timeout", "validate_certs", "url_username", "url_password", "http_agent",
             "force_basic_auth", "follow_redirects", "client_cert", "client_key", "unix_socket", "ca_path",
             "unredirected_headers", "decompress", "ciphers", "use_netrc")  # fmt: skip


class ConnectionError(Exception):
    """The server can't be reached."""


class ProxyError(ConnectionError):
    """The proxy can't be used."""


class SSLValidationError(ConnectionError):
    """The server's certificate is not trusted."""


class NoSSLError(SSLValidationError):
    """There is no TLS here."""


class MissingModuleError(Exception):
    """A Python library is missing."""


class Request:
    """Requests that share settings; those of a call outrank them. `cookies` is a jar that is kept."""

    def __init__(
        self, headers: Mapping[str, Any] | None = None, cookies: Any = None, **settings: Any
    ) -> None:
        self.headers = dict(headers or {})
        self.cookies = cookies if cookies is not None else cookiejar.CookieJar()
        self.settings = settings

    def open(self, method: str, url: str, data: Any = None, headers: Any = None, **given: Any) -> Any:
        """Ask, and return what urllib returns: a response to read, with `headers`, `getcode()`, `geturl()`.

        Raises urllib's HTTPError for an answer that is an error, and its URLError when there is none.
        """
        settings = dict(self.settings, **{name: value for name, value in given.items() if value is not None})
        sent = dict(self.headers, **(headers or {}))
        if settings.get("force"):
            sent["cache-control"] = "no-cache"
        elif settings.get("last_mod_time"):
            sent["If-Modified-Since"] = rfc2822_date_string(settings["last_mod_time"].timetuple())
        chosen = {name: settings[name] for name in _SETTINGS if settings.get(name) is not None}
        try:
            client = http.Client(HostRequest(), headers=sent, **chosen)  # type: ignore[arg-type]
            client.cookies = settings.get("cookies") or self.cookies
            answer = client.open(method.upper(), url, data=to_bytes(data, nonstring="passthru"))
        except http.Failed as error:
            raise _reason(error) from error
        except Fail as fail:
            raise SSLValidationError(fail.msg) from fail
        if answer.error:
            raise answer.response
        return _response(answer)

    def get(self, url: str, **kwargs: Any) -> Any:
        """Ask with GET."""
        return self.open("GET", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> Any:
        """Ask with OPTIONS."""
        return self.open("OPTIONS", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> Any:
        """Ask with HEAD."""
        return self.open("HEAD", url, **kwargs)

    def post(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        """Send with POST."""
        return self.open("POST", url, data=data, **kwargs)

    def put(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        """Send with PUT."""
        return self.open("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        """Send with PATCH."""
        return self.open("PATCH", url, data=data, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Any:
        """Ask with DELETE."""
        return self.open("DELETE", url, **kwargs)


def _reason(error: http.Failed) -> Exception:
    """Return the error of urllib that lies behind one of ours."""
    cause = error.__cause__
    if isinstance(cause, (urllib_error.URLError, ValueError)):
        return cause
    return urllib_error.URLError(cause or error)  # type: ignore[arg-type]


def _response(answer: http.Answer) -> Any:
    """Return a response as urllib would, its content decompressed."""
    if answer.unpack is None:
        return answer.response
    body = io.BytesIO(b"".join(answer.chunks()))
    found: Any = urllib.response.addinfourl(body, answer.headers, answer.url, answer.status)
    found.msg = answer.reason
    return found


def open_url(
    url: str, data: Any = None, headers: Any = None, method: str | None = None, **settings: Any
) -> Any:
    """Ask once: see `Request.open`, and Ansible's `uri` for the settings."""
    verb = method or ("POST" if data is not None else "GET")
    return Request(cookies=settings.pop("cookies", None)).open(verb, url, data, headers, **settings)


def fetch_url(
    module: Any,
    url: str,
    data: Any = None,
    headers: Any = None,
    method: str | None = None,
    use_proxy: Any = None,
    force: bool = False,
    last_mod_time: Any = None,
    timeout: float = 10,
    **settings: Any,
) -> tuple[Any, dict[str, Any]]:
    """Ask with the settings of a module's options; return the response, None for errors, and what is known.

    The second is a mapping with `status` (-1 when there was no answer), `msg`, `url`, the headers in lower
    case, `cookies`, and for errors `body`.
    """
    params = module.params
    chosen: dict[str, Any] = {
        "use_proxy": params.get("use_proxy", True) if use_proxy is None else use_proxy,
        "validate_certs": params.get("validate_certs", True),
        "url_username": params.get("url_username", ""),
        "url_password": params.get("url_password", ""),
        "http_agent": params.get("http_agent", get_user_agent()),
        "force_basic_auth": params.get("force_basic_auth", ""),
        "follow_redirects": params.get("follow_redirects", "urllib2"),
        "client_cert": params.get("client_cert"),
        "client_key": params.get("client_key"),
    }
    chosen["url_username"] = chosen["url_username"] or None
    chosen.update(force=force, last_mod_time=last_mod_time, timeout=timeout, **settings)
    jar = chosen.pop("cookies", None) or cookiejar.CookieJar()
    info: dict[str, Any] = {"url": url, "status": -1}
    response: Any = None
    try:
        response = open_url(url, data, headers, method, cookies=jar, **chosen)
        info.update(_headers(response.headers))
        cookies = {str(cookie.name): cookie.value for cookie in jar}
        info["cookies"] = cookies
        info["cookies_string"] = "; ".join("%s=%s" % item for item in cookies.items())
        length = response.headers.get("Content-Length", "unknown")
        info.update(msg="OK (%s bytes)" % length, url=response.geturl(), status=response.getcode() or 200)
    except urllib_error.HTTPError as error:
        response = error
        info.update(_headers(error.headers))
        info.update(
            msg="HTTP Error %s: %s" % (error.code, error.reason), body=error.read(), status=error.code
        )
        return None, info
    except (urllib_error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        info.update(msg="Request failed: %s" % to_native(reason), status=getattr(reason, "code", -1))
    except (SSLValidationError, ValueError) as error:
        module.fail_json(msg=to_native(error), **info)
    except Exception as error:
        text = "An unknown error occurred: %s" % to_native(error)
        info.update(msg=text, exception=traceback.format_exc(), status=-1)
    return response, info


def _headers(headers: Any) -> dict[str, Any]:
    """Return headers in lower case; those that come more than once are joined."""
    found: dict[str, Any] = {}
    for name, value in headers.items():
        key = name.lower()
        found[key] = "%s, %s" % (found[key], value) if key in found else value
    return found


def fetch_file(
    module: Any,
    url: str,
    data: Any = None,
    headers: Any = None,
    method: str | None = None,
    use_proxy: bool = True,
    force: bool = False,
    last_mod_time: Any = None,
    timeout: float = 10,
    **settings: Any,
) -> str:
    """Fetch a URL into a file that is removed when the module ends, and return its path."""
    name = os.path.basename(urllib.parse.urlsplit(url).path)
    stem, ending = os.path.splitext(name)
    response, info = fetch_url(
        module, url, data, headers, method, use_proxy, force, last_mod_time, timeout, **settings
    )
    if response is None or info["status"] not in (-1, 200):
        module.fail_json(msg="Failure downloading %s, %s" % (url, info["msg"]))
    with tempfile.NamedTemporaryFile(dir=module.tmpdir, prefix=stem, suffix=ending, delete=False) as file:
        module.add_cleanup_file(file.name)
        try:
            shutil.copyfileobj(response, file)  # type: ignore[arg-type]
        except OSError as error:
            module.fail_json(msg="Failure downloading %s, %s" % (url, to_native(error)))
    return file.name


def mask_url(url: str) -> str:
    """Return a URL without its password."""
    parts = urlparse(url)
    if not parts.password:
        return url
    place = parts.netloc.replace(":%s@" % parts.password, ":********@", 1)
    return urlunparse(parts._replace(netloc=place))


def parse_content_type(response: Any) -> tuple[str, str, str]:
    """Return an answer's content type, the part of it before the slash, and its character set."""
    headers = response.headers
    charset = headers.get_content_charset() or "utf-8"
    return headers.get_content_type(), headers.get_content_maintype(), charset


def get_response_filename(response: Any) -> str | None:
    """Return the name that an answer gives its content, else the last part of its address."""
    return response.headers.get_filename() or os.path.basename(urlparse(response.geturl()).path) or None


def get_user_agent() -> str:
    """Return what modules call themselves."""
    return "ansible-httpget"


def basic_auth_header(username: str | None, password: str | None) -> bytes:
    """Return the value of the header for basic authentication."""
    text = "%s:%s" % (username or "", password or "")
    return b"Basic " + base64.b64encode(to_bytes(text))


def url_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the options that all modules about URLs share."""
    return {
        "url": {"type": "str"},
        "force": {"type": "bool", "default": False},
        "http_agent": {"type": "str", "default": get_user_agent()},
        "use_proxy": {"type": "bool", "default": True},
        "validate_certs": {"type": "bool", "default": True},
        "url_username": {"type": "str"},
        "url_password": {"type": "str", "no_log": True},
        "force_basic_auth": {"type": "bool", "default": False},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path"},
        "use_gssapi": {"type": "bool", "default": False},
    }


def url_redirect_argument_spec() -> dict[str, dict[str, Any]]:
    """Return the option about redirections."""
    choices = ["all", "no", "none", "safe", "urllib2", "yes"]
    return {"follow_redirects": {"type": "str", "default": "safe", "choices": choices}}


def rfc2822_date_string(timetuple: Any, zone: str = "-0000") -> str:
    """Return a time as mails and HTTP write it."""
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    year, month, day, hour, minute, second, weekday = timetuple[:7]
    shown = (days[weekday], day, months[month - 1], year, hour, minute, second, zone)
    return "%s, %02d %s %04d %02d:%02d:%02d %s" % shown


def generic_urlparse(parts: Any) -> Any:
    """Return the parts of a URL as a mapping whose keys are attributes, too."""
    return _Parts(parts)


class _Parts(dict):  # type: ignore[type-arg]
    def __init__(self, parts: Any) -> None:
        names = ("scheme", "netloc", "path", "params", "query", "fragment", "username", "password",
                 "hostname", "port")  # fmt: skip
        super().__init__((name, getattr(parts, name)) for name in names)
        self.__dict__.update(self)

    def as_list(self) -> list[Any]:
        """Return the six parts that a URL is made of."""
        return [self[name] for name in ("scheme", "netloc", "path", "params", "query", "fragment")]


def prepare_multipart(fields: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the content type and body of a form: texts, and files as mappings.

    Args:
        fields: by name a text, or a mapping with `filename`, `content`, `mime_type`, `multipart_encoding`.
    """
    form = email.mime.multipart.MIMEMultipart("form-data")
    for name, value in sorted(fields.items()):
        part = _part(name, value)
        part.add_header("Content-Disposition", "form-data")
        del part["MIME-Version"]
        part.set_param("name", name, header="Content-Disposition")
        if isinstance(value, dict) and value.get("filename"):
            base = os.path.basename(to_native(value["filename"]))
            part.set_param("filename", base, header="Content-Disposition")
        form.attach(part)
    data = form.as_bytes(policy=email.policy.HTTP)  # type: ignore[attr-defined]
    head, _, body = data.partition(b"\r\n\r\n")
    headers = email.parser.HeaderParser().parsestr(to_native(head))
    return headers["content-type"], body


def _part(name: str, value: Any) -> Any:
    if isinstance(value, (str, bytes)):
        part = email.mime.nonmultipart.MIMENonMultipart("text", "plain")
        part.set_payload(to_native(value))
        return part
    if not isinstance(value, dict):
        raise TypeError("value must be a string, or mapping, cannot be type %s" % type(value).__name__)
    filename, body = value.get("filename"), value.get("content")
    if not filename and body is None:
        raise ValueError("at least one of filename or content must be provided")
    kind = value.get("mime_type") or mimetypes.guess_type(filename or "", strict=False)[0]
    main, _, sub = (kind or "application/octet-stream").partition("/")
    if filename and body is None:
        with open(filename, "rb") as file:
            part = email.mime.application.MIMEApplication(file.read())
        del part["Content-Type"]
        part.add_header("Content-Type", "%s/%s" % (main, sub))
        return part
    part = email.mime.nonmultipart.MIMENonMultipart(main, sub)
    part.set_payload(to_native(body))
    return part
