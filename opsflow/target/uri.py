"""Ansible's `uri`: one HTTP request, and its answer as values."""

from __future__ import annotations

import glob
import json
import os
import re
import time
import urllib.parse

from opsflow.target import attributes, files
from opsflow.target.http import Answer, Client, Failed, http_date, without_password
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Request

    Result = dict[str, Any]

_JSON = re.compile(r"^(application|text)/(json|.+\+json)$|^application/javascript$")


def run(
    request: Request,
    url: str,
    method: str = "GET",
    status_code: list[int] | None = None,
    return_content: bool = False,
    content: str | None = None,
    src: str | None = None,
    dest: str | None = None,
    force: bool = False,
    creates: str | None = None,
    removes: str | None = None,
    **options: Any,
) -> Result:
    """Ask, and fail unless the status is one of those wanted.

    Args:
        content: `payload` when the request's body came along.
        src: a file of this host that is the body.
        options: those of `http.Client`, and the common file options for `dest`.
    """
    for path, wanted, what in ((creates, False, "exists"), (removes, True, "does not exist")):
        if path and bool(glob.glob(expand(request, path))) != wanted:
            return {"changed": False, "stdout": "skipped, since '%s' %s" % (path, what)}
    common = attributes.split(options)
    client = Client(request, **options)
    target = expand(request, dest) if dest else None
    start = time.time()
    try:
        answer = client.open(method, url, _body(request, content, src), _conditional(target, force))
        return _answered(request, client, answer, start, status_code or [200], return_content, target, common)
    except Failed as failed:
        msg = "Status code was -1 and not %s: %s" % (status_code or [200], failed)
        raise Fail(
            msg, status=-1, url=without_password(url), redirected=False, elapsed=int(time.time() - start)
        ) from None


def _body(request: Request, content: str | None, src: str | None) -> bytes | None:
    if src:
        return b"".join(files.read(expand(request, src)))
    return request.payload if content == "payload" else None


def _conditional(target: str | None, force: bool) -> dict[str, str]:
    if not target or force or not os.path.isfile(target):
        return {}
    return {"If-Modified-Since": http_date(os.stat(target).st_mtime)}


def _answered(
    request: Request,
    client: Client,
    answer: Answer,
    start: float,
    wanted: list[int],
    return_content: bool,
    target: str | None,
    common: Mapping[str, Any],
) -> Result:
    right = answer.status in wanted
    changed, text = False, b""
    result = _headers(answer)
    if target and right:
        changed, path = _save(request, answer, target, common)
        result.update(attributes.info(path), path=path)
        text = b"".join(files.read(path)) if return_content else b""
    elif target and answer.status == 304:
        right = True
        result.update(attributes.info(target), path=target)
    else:
        text = b"".join(answer.chunks())
    result.update(_content(answer, text, return_content))
    result.update(
        changed=changed,
        status=answer.status,
        url=answer.url,
        redirected=answer.url != answer.asked,
        elapsed=int(time.time() - start),
        cookies={cookie.name: cookie.value for cookie in client.cookies},
        cookies_string="; ".join("%s=%s" % (cookie.name, cookie.value) for cookie in client.cookies),
        msg=answer.error or "%s (%s bytes)" % (answer.reason, answer.length()),
    )
    if not right:
        raise Fail("Status code was %d and not %s: %s" % (answer.status, wanted, result.pop("msg")), **result)
    return result


def _headers(answer: Answer) -> Result:
    result: Result = {}
    for name, value in answer.headers.items():
        key = name.lower().replace("-", "_")
        result[key] = "%s, %s" % (result[key], value) if key in result else value
    if "location" in result:
        result["location"] = urllib.parse.urljoin(answer.url, result["location"])
    return result


def _content(answer: Answer, content: bytes, wanted: bool) -> Result:
    kind = answer.headers.get_content_type()
    charset = answer.headers.get_content_charset() or "utf-8"
    try:
        text = content.decode(charset, "replace")
    except LookupError:  # a character set that nobody knows
        text = content.decode("utf-8", "replace")
    result: Result = {"content": text} if wanted else {}
    if _JSON.match(kind):
        try:
            result["json"] = json.loads(text)
        except ValueError:  # it says JSON and is not
            pass
    return result


def _save(request: Request, answer: Answer, target: str, common: Mapping[str, Any]) -> tuple[bool, str]:
    """Write the answer to a file, named after the URL in a directory; tell whether it changed, and where."""
    if os.path.isdir(target):
        name = os.path.basename(urllib.parse.unquote(urllib.parse.urlsplit(answer.url).path)) or "index.html"
        target = os.path.join(target, name)
    with files.Staged(request, target, common) as staged:
        staged.fill(answer.chunks())
        changed = staged.written.sha1.hexdigest() != files.checksum(target)
        if changed:
            staged.commit()
    return attributes.apply(request, target, common) or changed, target
