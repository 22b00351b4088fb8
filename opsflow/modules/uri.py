"""uri: one HTTP request."""

from __future__ import annotations

import json
import mimetypes
import secrets
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field, model_validator

from opsflow.core.errors import TaskError

from .base.files import read
from .base.module import Module, Result, TaskContext, modules
from .base.types import Bool, Dict, Int, Path, Text, arg
from .base.urls import UrlArgs


def _statuses(value: Any) -> Any:
    if isinstance(value, str):
        value = value.split(",")
    return [int(item) for item in value] if isinstance(value, list) else [int(value)]  # pyright: ignore


class UriArgs(UrlArgs):
    """Options of `uri`."""

    method: Text = "GET"
    """The method of HTTP."""
    body: Any = None
    """What to send: text, or what `body_format` makes text of."""
    body_format: Literal["form-urlencoded", "json", "raw", "form-multipart"] = "raw"
    """How the body is written."""
    headers: Dict | None = None
    """Headers of the request, by name."""
    status_code: Annotated[list[int], BeforeValidator(_statuses)] = Field([200])
    """The answers that are right."""
    return_content: Bool = False
    """Return what the server says, in `content`."""
    follow_redirects: Literal["all", "no", "none", "safe", "urllib2", "yes"] = "safe"
    """Where to follow when the server leads to another place."""
    url_username: Text | None = arg(None, "user")
    """The name for the server."""
    timeout: Int = 30
    """Seconds to wait for the server."""
    ca_path: Path | None = None
    """Certificates that are trusted: a file in PEM form."""
    creates: Path | None = None
    """A path: where it exists, nothing is asked."""
    removes: Path | None = None
    """A path: where it does not exist, nothing is asked."""
    dest: Path | None = None
    """A file or directory to write the answer to."""
    src: Path | None = None
    """A file to send as the body."""
    remote_src: Bool = False
    """`src` is on the host."""
    unix_socket: Path | None = None
    """The socket of a server on the host."""
    force: Bool = False
    """Do not tell the server what is in `dest` already."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.method.isalpha():
            raise ValueError(f"method must be a single word in capitals such as GET or POST: {self.method}")
        if self.body is not None and self.src is not None:
            raise ValueError("body and src exclude each other")
        return self


@modules.register("uri")
class Uri(Module):
    """Send an HTTP request from the host and return the answer: status, headers, content, JSON.

    Returns:
        status, msg: the answer.
        url, redirected: the address in the end, and whether it is another.
        content: the text, with `return_content`.
        json: its values, where it is JSON.
        cookies, cookies_string: what the server wants to be remembered.
        elapsed: how many seconds it took.
        path: the file, with `dest`.

    Examples:
        - name: Wait until the application answers
          uri:
            url: http://localhost:8080/health
            status_code: [200, 204]
          register: health
          until: health is success
          retries: 30
          delay: 2

        - name: Tell another system
          uri:
            url: https://example.org/api/hosts
            method: POST
            body_format: json
            body:
              name: "{{ inventory_hostname }}"
            headers:
              Authorization: "Bearer {{ api_token }}"
            status_code: 201
          delegate_to: localhost
    """

    repeatable = False
    Args = UriArgs
    target = "uri.run"
    one_call = True
    check_mode = False

    async def run(self, task: TaskContext, args: UriArgs) -> Result:
        sent = args.options("body", "body_format", "remote_src", "src", "headers")
        sent["method"] = args.method.upper()
        kind, body = await _body(task, args)
        headers = dict(args.headers or {})
        if kind and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = kind
        sent["headers"] = headers
        if args.src and args.remote_src:
            sent["src"] = args.src
        elif body is not None:
            sent["content"] = "payload"
        return await task.call(self.target, sent, payload=body or b"")


async def _body(task: TaskContext, args: UriArgs) -> tuple[str | None, bytes | None]:
    """Return the content type and the bytes of the request's body."""
    if args.src and not args.remote_src:
        return None, await read(task.find_file(args.src, "files"))
    if args.body is None:
        return None, None
    if args.body_format == "json":
        text = args.body if isinstance(args.body, str) else json.dumps(args.body)
        return "application/json", text.encode()
    if args.body_format == "form-urlencoded":
        return "application/x-www-form-urlencoded", _form(args.body)
    if args.body_format == "form-multipart":
        return await _multipart(task, args.body)
    raw = args.body if isinstance(args.body, str) else json.dumps(args.body)
    return None, raw.encode()


def _form(body: Any) -> bytes:
    if isinstance(body, str):
        return body.encode()
    try:
        return urlencode(body, doseq=True).encode()
    except (TypeError, ValueError) as error:
        raise TaskError(f"body must be a mapping or a list of pairs for form-urlencoded: {error}") from error


async def _multipart(task: TaskContext, body: Any) -> tuple[str, bytes]:
    if not isinstance(body, dict):
        raise TaskError("body must be a mapping for form-multipart")
    fields: dict[str, Any] = body  # pyright: ignore[reportUnknownVariableType]
    boundary = secrets.token_hex(16)
    content = b"".join([await _part(task, boundary, name, value) for name, value in fields.items()])
    return f"multipart/form-data; boundary={boundary}", content + f"--{boundary}--\r\n".encode()


async def _part(task: TaskContext, boundary: str, name: str, value: Any) -> bytes:
    """Return one field: text, or {content, filename, mime_type}; a filename alone is a file from here."""
    field: dict[str, Any] = value if isinstance(value, dict) else {"content": value}  # pyright: ignore
    filename, content = field.get("filename"), field.get("content")
    if content is not None:
        data = str(content).encode()
    elif filename is not None:
        data = await read(task.find_file(str(filename), "files"))
    else:
        raise TaskError(f"the field '{name}' of a form-multipart body needs content or filename")
    place, kind = f'form-data; name="{_quoted(name)}"', field.get("mime_type") or "text/plain"
    if filename is not None:
        place += f'; filename="{_quoted(str(filename).rpartition("/")[2])}"'
        kind = field.get("mime_type") or mimetypes.guess_type(str(filename))[0] or "application/octet-stream"
    head = f"--{boundary}\r\nContent-Disposition: {place}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + data + b"\r\n"


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
