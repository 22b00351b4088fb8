"""The lookup of what a URL holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from opsflow.core.errors import TaskError
from opsflow.templating.filters.logic import to_bool
from opsflow.templating.kinds import text

from .base import LookupContext


def url(
    terms: list[Any],
    context: LookupContext,
    *,
    split_lines: Any = True,
    headers: dict[str, str] | None = None,
    username: str | None = None,
    password: str | None = None,
    force_basic_auth: Any = False,
    validate_certs: Any = True,
    ca_path: str | None = None,
    use_proxy: Any = True,
    timeout: Any = 10,
    http_agent: str = "opsflow",
) -> list[Any]:
    """Return the text of web pages, as lines unless `split_lines` is false.

    Args:
        terms: URLs (http or https).
        context: the task.
        split_lines: whether each line is a value.
        headers: sent with the request.
        username: for a server that asks for one; with `force_basic_auth` it is sent unasked.
        password: the user's.
        force_basic_auth: see `username`.
        validate_certs: whether the server must prove who it is.
        ca_path: a file of certificates to trust instead of the system's.
        use_proxy: whether the proxy named in the environment is used.
        timeout: in seconds.
        http_agent: the name of the client.
    """
    import urllib.request

    opener = _opener(to_bool(validate_certs), ca_path, to_bool(use_proxy))
    found: list[str] = []
    for term in terms:
        address = text(term)
        if not address.lower().startswith(("http://", "https://")):
            raise ValueError(f"'{_without_user(address)}' is no URL that begins with http:// or https://")
        request = urllib.request.Request(  # noqa: S310 checked above
            address, headers={"User-Agent": http_agent, **(headers or {})}
        )
        if username:
            _authenticate(opener, request, username, password or "", to_bool(force_basic_auth))
        content = _fetch(opener, request, float(timeout))
        found += content.splitlines() if to_bool(split_lines) else [content]
    return found


def _opener(validate: bool, ca_path: str | None, use_proxy: bool) -> Any:
    import ssl
    import urllib.request

    tls = ssl.create_default_context(cafile=ca_path)
    if not validate:
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    proxy = urllib.request.ProxyHandler(None if use_proxy else {})
    return urllib.request.build_opener(urllib.request.HTTPSHandler(context=tls), proxy)


def _authenticate(opener: Any, request: Any, username: str, password: str, unasked: bool) -> None:
    import urllib.request

    known = urllib.request.HTTPPasswordMgrWithPriorAuth()
    known.add_password(None, request.full_url, username, password, is_authenticated=unasked)
    opener.add_handler(urllib.request.HTTPBasicAuthHandler(known))


def _fetch(opener: Any, request: Any, timeout: float) -> str:
    import urllib.error

    where = _without_user(request.full_url)
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.read().decode("utf-8", "surrogateescape")
    except urllib.error.HTTPError as error:
        raise TaskError(f"{where} answered {error.code} {error.reason}") from error
    except TimeoutError as error:
        raise TaskError(f"{where} gave no answer in {timeout:g} s") from error
    except OSError as error:
        raise TaskError(f"cannot get {where}: {getattr(error, 'reason', error)}") from error


def _without_user(address: str) -> str:
    """Return a URL for messages: a password in it is nobody's business."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


LOOKUPS: dict[str, Callable[..., list[Any]]] = {"url": url}
