"""Health checks as a playbook gives them; `opsflow.target.health` makes them on the host."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from .module import ModuleArgs
from .types import Bool, Dict, Float, Int, Path, Text, arg, to_int, to_items, to_text


def _statuses(value: Any) -> list[int]:
    return [to_int(item) for item in to_items(value)]


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return text


def _place(value: Any) -> str:
    """Return HOST:PORT; a port alone is one of this host."""
    text = to_text(value)
    host, _, port = text.rpartition(":")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("must be host:port")
    return f"{host or '127.0.0.1'}:{port}"


def _positive(value: float) -> float:
    if value < 0:
        raise ValueError("must not be negative")
    return value


Regex = Annotated[Text, AfterValidator(_regex)]
Seconds = Annotated[Float, AfterValidator(_positive)]


class HttpCheck(ModuleArgs):
    """What a server must answer."""

    url: Text
    """Asked by GET from the host itself, without a proxy."""
    status: Annotated[list[int], BeforeValidator(_statuses)] = Field([200])
    """The statuses that are good. Redirects are followed, unless one is among these."""
    body: Regex | None = None
    """A regular expression that the answer must contain."""
    headers: Dict | None = None
    """Headers of the request, by name."""
    validate_certs: Bool = True
    """Check the server's certificate."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.url.lower().startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://: {self.url}")
        return self


class FileCheck(ModuleArgs):
    """What a file must be like; it must exist in any case."""

    path: Path
    """The file."""
    contains: Regex | None = None
    """A regular expression that it must contain."""
    younger_than: Seconds | None = None
    """Seconds since it was last written."""


def _http(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


def _file(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


_URL_LOGIN = re.compile(r"//[^/@]*@")
_KINDS = ("command", "http", "tcp", "unit", "file")


class HealthCheck(ModuleArgs):
    """One check: one of `command`, `http`, `tcp`, `unit` and `file`, and how long to try."""

    name: Text | None = None
    """What it is called in messages."""
    command: Text | None = None
    """A shell command that must end with 0."""
    http: Annotated[HttpCheck, BeforeValidator(_http)] | None = None
    """A URL, or a mapping with more to say about the answer."""
    tcp: Annotated[str, BeforeValidator(_place)] | None = None
    """HOST:PORT that must take connections, or a port of the host itself."""
    unit: Text | None = None
    """A systemd unit that must be active, and not restart while it is watched."""
    file: Annotated[FileCheck, BeforeValidator(_file)] | None = None
    """A path that must exist, or a mapping with more to say about the file."""
    retries: Annotated[Int, AfterValidator(_positive)] = 5
    """How often to try again in a row before it has failed."""
    delay: Seconds = 2.0
    """Seconds between two tries."""
    timeout: Seconds = 10.0
    """Seconds for one try."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in _KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            count = f", not {len(given)}" if given else ""
            raise ValueError(f"a check has one of {', '.join(_KINDS)}{count}")
        return self

    def sent(self) -> dict[str, Any]:
        """Return what the host needs, a name included."""
        sent = super().sent()
        return {"name": self._what(), **sent}

    def _what(self) -> str:
        http = _URL_LOGIN.sub("//", self.http.url) if self.http else None
        file = self.file.path if self.file else None
        return str(self.unit or self.tcp or http or file or self.command)


class HealthArgs(ModuleArgs):
    """Checks, and for how long all of them must be good."""

    checks: Annotated[list[HealthCheck], BeforeValidator(to_items)]
    """What must work. All are tried at the same time."""
    healthy_for: Seconds = 0.0
    """Seconds for which all must stay good without a break; one that fails meanwhile starts the time anew."""
    deadline: Seconds = arg(300.0)
    """Seconds after which what is not good has failed."""

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.healthy_for >= self.deadline:
            raise ValueError("healthy_for must be shorter than deadline")
        return self
