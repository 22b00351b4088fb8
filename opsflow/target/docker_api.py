"""The Docker Engine API, by the standard library alone: no Docker SDK is needed on a host."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.parse

from opsflow.target.docker_socket import Place
from opsflow.target.request import CHUNK, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping
    from typing import Any

    from opsflow.target.request import Request

OLDEST = (1, 25)


class ApiError(Fail):
    """The daemon refused: its status and what it said."""

    def __init__(self, asked: str, status: int, said: str) -> None:
        Fail.__init__(self, "the Docker daemon refused %s (%d): %s" % (asked, status, said))
        self.status = status
        self.said = said


class Docker:
    """A daemon. Each question is a connection of its own; Fail is raised where there is no answer."""

    def __init__(self, request: Request, given: Mapping[str, Any]) -> None:
        """Find the daemon and agree on a version.

        Args:
            request: what the task is done for.
            given: the options of the task that say where the daemon is; the environment tells the others.
        """
        self.request = request
        self.place = Place(request, given)
        self.debug = bool(given.get("debug"))
        self.timeout = self._seconds(given.get("timeout"))
        wanted = given.get("api_version") or self.place.env.get("DOCKER_API_VERSION") or "auto"
        self.socket: socket.socket | None = None
        threading.Thread(target=self._watch, daemon=True).start()
        self.prefix = ""
        self.version = self._agreed(wanted)
        self.prefix = "/v%d.%d" % self.version

    def _seconds(self, given: float | None) -> float:
        said = self.place.env.get("DOCKER_TIMEOUT") or 60
        try:
            return float(given or said)
        except ValueError:
            raise Fail("DOCKER_TIMEOUT must be a number of seconds, not %s" % said) from None

    def _agreed(self, wanted: str) -> tuple[int, int]:
        text = str(self.get("/version")["ApiVersion"]) if wanted.lower() == "auto" else wanted
        try:
            major, minor = text.split(".")
            version = int(major), int(minor)
        except ValueError:
            raise Fail("api_version must be auto or a version such as 1.41, not %s" % wanted) from None
        if version < OLDEST:
            raise Fail("Docker API version is %s. Minimum version required is %d.%d." % (text, *OLDEST))
        return version

    def need(self, minimum: tuple[int, int], what: str) -> None:
        """Raise Fail where the daemon is too old for something."""
        if self.version < minimum:
            raise Fail(
                "%s needs version %d.%d of Docker's API, and this daemon has %d.%d"
                % (what, *minimum, *self.version)
            )

    def get(self, path: str, *names: str, **query: Any) -> Any:
        """Ask for something; `path` has a `%s` for each name."""
        return self._json(self.ask("GET", path, names, query))

    def find(self, path: str, *names: str, **query: Any) -> Any:
        """Ask for something that may not be there: None then."""
        try:
            return self.get(path, *names, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, *names: str, body: Any = None, wait: float | None = 0, **query: Any) -> Any:
        """Have something done; `wait` is how many seconds it may take beyond the usual, None for ever."""
        limit = None if wait is None else self.timeout + wait
        return self._json(self.ask("POST", path, names, query, body, timeout=limit))

    def delete(self, path: str, *names: str, **query: Any) -> Any:
        """Have something removed."""
        return self._json(self.ask("DELETE", path, names, query))

    def stream(
        self,
        path: str,
        *names: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **query: Any,
    ) -> Iterator[dict[str, Any]]:
        """Have something done that tells how far it is: yield what is told, an object a line."""
        answer = self.ask("POST", path, names, query, body, headers, timeout)
        with self._talking():
            for line in answer:
                self.request.raise_if_cancelled()
                if line.strip():
                    yield json.loads(line.decode("utf-8", "replace"))
        self.request.raise_if_cancelled()

    def chunks(self, path: str, *names: str, **query: Any) -> Iterator[bytes]:
        """Ask for bytes, and yield them as they come."""
        answer = self.ask("GET", path, names, query)
        with self._talking():
            for chunk in iter(lambda: answer.read(CHUNK), b""):
                yield chunk
        self.request.raise_if_cancelled()

    def ask(
        self,
        method: str,
        path: str,
        names: Iterable[str] = (),
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = 0,
    ) -> http.client.HTTPResponse:
        """Send a question and return the answer. Raises ApiError where it is a refusal.

        Args:
            body: something for JSON, or an iterable of bytes that make a tar archive.
            timeout: seconds for each wait, 0 for the usual time, None for ever.
        """
        path = path % tuple(urllib.parse.quote(name, safe="/:@") for name in names)
        given = [(name, _word(one)) for name, value in mapping(query).items() for one in as_list(value)]
        url = self.prefix + path + ("?" + urllib.parse.urlencode(given) if given else "")
        said = dict(headers or {}, Connection="close")
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode("ascii")
            said["Content-Type"] = "application/json"
        elif body is not None:
            said.update({"Content-Type": "application/x-tar", "Transfer-Encoding": "chunked"})
        self.request.raise_if_cancelled()
        with self._talking():
            connection = self.place.connection(self.timeout if timeout == 0 else timeout)
            connection.request(method, url, body=body, headers=said, encode_chunked=True)
            self.socket = connection.sock
            answer = connection.getresponse()
        if answer.status >= 400:
            raise ApiError("%s %s" % (method, path), answer.status, _said(answer))
        return answer

    @contextlib.contextmanager
    def _talking(self) -> Generator[None]:
        """Turn what goes wrong on the way to the daemon and back into Fail."""
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            self.request.raise_if_cancelled()
            raise self._unreachable(error) from error

    def _watch(self) -> None:
        """Break off the question that is open when nobody wants its answer any more."""
        while not self.request.ended:
            if self.request.cancelled and self.socket is not None:
                with contextlib.suppress(OSError):
                    self.socket.shutdown(socket.SHUT_RDWR)
            time.sleep(0.2)

    def _unreachable(self, error: Exception) -> Fail:
        if isinstance(error, socket.timeout):
            return Fail("the Docker daemon at %s did not answer in time: see `timeout`" % self.place.host)
        hint = ""
        if isinstance(error, (FileNotFoundError, ConnectionRefusedError)):
            hint = ": is it installed and running there?"
        elif isinstance(error, PermissionError):
            hint = ": become root, or a user of the group docker"
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Fail("cannot talk to the Docker daemon at %s: %s%s" % (self.place.host, why, hint))

    def _json(self, answer: http.client.HTTPResponse) -> Any:
        with self._talking():
            text = answer.read()
        self.request.raise_if_cancelled()
        return json.loads(text.decode("utf-8", "replace")) if text.strip() else None


def _word(value: Any) -> str:
    """Return a value as it stands in a URL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict) else str(value)


def _said(answer: http.client.HTTPResponse) -> str:
    text = answer.read().decode("utf-8", "replace").strip()
    try:
        return json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        return text or answer.reason


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping out of an answer, where Docker says null for an empty one."""
    return value or {}


def as_list(value: Any) -> list[Any]:
    """Return what may be one thing, many or nothing as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]


def filters(given: Mapping[str, Any] | None) -> dict[str, list[str]]:
    """Return filters as Docker wants them: each a list of texts."""
    made: dict[str, list[str]] = {}
    for name, value in (given or {}).items():
        made[str(name)] = [_word(one) for one in as_list(value)]
    return made


def with_warnings(result: dict[str, Any], answer: Any) -> dict[str, Any]:
    """Return a result with what Docker warned of in an answer, if anything."""
    said = mapping(answer)
    lines = as_list(said.get("Warnings") or said.get("Warning") or [])
    if lines:
        result.setdefault("warnings", []).extend("Docker warning: %s" % line for line in lines)
    return result
