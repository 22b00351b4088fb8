"""get_url and uri against a real server: what is asked, what is returned, what is never shown."""

import asyncio
import base64
import gzip
import hashlib
import json
import os
import socketserver
import threading
from collections.abc import Iterator
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

CONTENT = b"hello\n"
FORM = "application/x-www-form-urlencoded"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers by path; `seen` holds the requests."""

    seen: list[tuple[str, str, Message, bytes]]

    def log_message(self, format: str, *args: object) -> None:
        return

    def address_string(self) -> str:
        return "client"

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen.append((self.command, self.path, self.headers, body))
        name = (
            self.path.rpartition("http://some.invalid")[2]
            .strip("/")
            .split("?")[0]
            .split("/")[0]
            .replace(".", "_")
            or "index"
        )
        getattr(self, f"on_{name}", self.on_missing)(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_any  # noqa: N815

    def reply(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("length", str(len(content))))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def on_missing(self, body: bytes) -> None:
        self.reply(b"no", 404)

    def on_f(self, body: bytes) -> None:
        if self.headers.get("If-Modified-Since"):
            self.reply(b"", 304)
        else:
            self.reply(CONTENT, Content_Type="text/plain")

    def on_named(self, body: bytes) -> None:
        self.reply(CONTENT, Content_Disposition='attachment; filename="../../given"')

    def on_short(self, body: bytes) -> None:
        self.reply(b"half", length="1000")

    def on_packed(self, body: bytes) -> None:
        self.reply(gzip.compress(CONTENT), Content_Encoding="gzip")

    def on_sums(self, body: bytes) -> None:
        self.reply(f"{'0' * 64}  other\n{SHA256} *./f\n".encode())

    def on_json(self, body: bytes) -> None:
        self.reply(
            b'{"a": [1, "x"]}', Content_Type="application/json; charset=utf-8", Set_Cookie="k=v; Path=/"
        )

    def on_echo(self, body: bytes) -> None:
        said = {"method": self.command, "body": body.decode(), "type": self.headers.get("Content-Type")}
        self.reply(json.dumps(said).encode(), Content_Type="application/json")

    def on_auth(self, body: bytes) -> None:
        if self.headers.get("Authorization") == "Basic " + base64.b64encode(b"me:s3cret").decode():
            self.reply(CONTENT)
        else:
            self.reply(b"", 401, WWW_Authenticate='Basic realm="x"')

    def on_away(self, body: bytes) -> None:
        port = self.path.rpartition("?")[2]
        self.reply(b"", 302, Location=f"http://127.0.0.1:{port}/f" if port.isdigit() else "/f")

    def on_no_head(self, body: bytes) -> None:
        self.reply(b"", 405) if self.command == "HEAD" else self.reply(CONTENT)


class Server:
    """A server in a thread."""

    def __init__(self, made: socketserver.BaseServer) -> None:
        self.made = made
        self.seen: list[tuple[str, str, Message, bytes]] = made.RequestHandlerClass.seen  # type: ignore[attr-defined]
        self.thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return int(self.made.server_address[1])  # type: ignore[call-overload]

    def stop(self) -> None:
        self.made.shutdown()
        self.thread.join()
        self.made.server_close()


def start() -> Server:
    return Server(ThreadingHTTPServer(("127.0.0.1", 0), type("H", (Handler,), {"seen": []})))


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take proxies out of the environment that the runner gets."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[Server]:
    server = start()
    yield server
    server.stop()


async def test_a_download_is_written_once(run: Run, server: Server, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    url = f"{server.url}/f"
    told = await run("get_url", url=url, dest=str(dest), check=True)
    assert told["changed"]
    assert not dest.exists()
    assert server.seen[-1][0] == "HEAD"
    result = await run("get_url", url=url, dest=str(dest), mode="0640")
    assert dest.read_bytes() == CONTENT
    expected: dict[str, Any] = {
        "changed": True,
        "checksum_dest": None,
        "checksum_src": hashlib.sha1(CONTENT).hexdigest(),
        "dest": str(dest),
        "md5sum": hashlib.md5(CONTENT).hexdigest(),
        "mode": "0640",
        "msg": "OK (6 bytes)",
        "size": 6,
        "state": "file",
        "status_code": 200,
        "url": url,
    }
    assert {key: result[key] for key in expected} == expected
    again = await run("get_url", url=url, dest=str(dest))
    assert (again["changed"], again["status_code"]) == (False, 304)
    forced = await run("get_url", url=url, dest=str(dest), force=True)
    assert (forced["changed"], forced["checksum_dest"]) == (False, forced["checksum_src"])
    assert [p.name for p in tmp_path.iterdir()] == ["f"]


async def test_check_mode_copes_with_servers_without_head(run: Run, server: Server, tmp_path: Path) -> None:
    assert (await run("get_url", url=f"{server.url}/no.head", dest=f"{tmp_path}/f", check=True))["changed"]


async def test_checksums_by_value_and_by_url(run: Run, server: Server, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    url = f"{server.url}/f"
    with pytest.raises(TaskError, match=f"did not match {'0' * 64}; it was {SHA256}"):
        await run("get_url", url=url, dest=str(dest), checksum=f"sha256:{'0' * 64}")
    assert list(tmp_path.iterdir()) == []
    assert (await run("get_url", url=url, dest=str(dest), checksum=f"sha256:{SHA256}"))["changed"]
    asked = len(server.seen)
    same = await run("get_url", url=url, dest=str(dest), checksum=f"sha256:{SHA256}")
    assert (same["changed"], same["msg"]) == (False, "file already exists")
    assert len(server.seen) == asked
    dest.write_bytes(b"spoilt")
    listed = await run("get_url", url=url, dest=str(dest), checksum=f"sha256:{server.url}/sums", backup=True)
    assert Path(listed["backup_file"]).read_bytes() == b"spoilt"
    with pytest.raises(TaskError, match="Unable to find a checksum for file 'named'"):
        await run("get_url", url=f"{server.url}/named", dest=str(dest), checksum=f"sha256:{server.url}/sums")
    with pytest.raises(TaskError, match="no checksum algorithm 'sha3000'"):
        await run("get_url", url=url, dest=str(dest), checksum="sha3000:00")
    with pytest.raises(ValidationError, match="ALGORITHM:DIGEST"):
        await run("get_url", url=url, dest=str(dest), checksum="00")


async def test_names_in_a_directory_stay_in_it(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    result = await run("get_url", url=f"{server.url}/named", dest=f"{tmp_path}/d")
    assert result["dest"] == f"{tmp_path}/d/given"
    assert (await run("get_url", url=f"{server.url}/f?x=/y", dest=f"{tmp_path}/d/"))[
        "dest"
    ] == f"{tmp_path}/d/f"


async def test_what_goes_wrong_leaves_the_old_file(run: Run, server: Server, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    dest.write_text("old")
    with pytest.raises(TaskError, match="broke off after 4 of 1000 bytes"):
        await run("get_url", url=f"{server.url}/short", dest=str(dest))
    with pytest.raises(TaskError, match="Request failed") as caught:
        await run("get_url", url=f"{server.url}/nope", dest=str(dest))
    assert (caught.value.data["status_code"], caught.value.data["response"]) == (
        404,
        "HTTP Error 404: Not Found",
    )
    with pytest.raises(TaskError, match="Connection refused"):
        await run("get_url", url="http://127.0.0.1:1/f", dest=str(dest))
    with pytest.raises(TaskError, match=r"Destination directory .* does not exist"):
        await run("get_url", url=f"{server.url}/f", dest=f"{tmp_path}/no/f")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("f", "old")]


async def test_compressed_answers_are_unpacked_unless_told(run: Run, server: Server, tmp_path: Path) -> None:
    await run("get_url", url=f"{server.url}/packed", dest=f"{tmp_path}/f")
    assert (tmp_path / "f").read_bytes() == CONTENT
    await run("get_url", url=f"{server.url}/packed", dest=f"{tmp_path}/g", decompress=False)
    assert gzip.decompress((tmp_path / "g").read_bytes()) == CONTENT


@pytest.mark.parametrize("force", [False, True])
async def test_passwords_go_in_a_header_and_nowhere_else(
    run: Run, server: Server, tmp_path: Path, force: bool
) -> None:
    login = {"url_username": "me", "url_password": "s3cret", "force_basic_auth": force}
    result = await run("get_url", url=f"{server.url}/auth", dest=f"{tmp_path}/f", **login)
    assert result["changed"]
    assert len(server.seen) == (1 if force else 2)
    in_url = f"http://me:s3cret@127.0.0.1:{server.port}/auth"
    inside = await run("get_url", url=in_url, dest=f"{tmp_path}/g")
    assert "s3cret" not in json.dumps([result, inside])
    with pytest.raises(TaskError) as caught:
        await run("get_url", url=in_url.replace("/auth", "/nope"), dest=f"{tmp_path}/h")
    assert "s3cret" not in json.dumps(caught.value.data)


async def test_netrc_is_used_unless_told(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    (tmp_path / "netrc").chmod(0o600)
    run.task.env = {"NETRC": str(tmp_path / "netrc")}
    assert (await run("uri", url=f"{server.url}/auth"))["status"] == 200
    with pytest.raises(TaskError, match="Status code was 401"):
        await run("uri", url=f"{server.url}/auth", use_netrc=False)


async def test_secrets_are_not_shown_to_another_server(run: Run, server: Server, tmp_path: Path) -> None:
    other = start()
    options = {"headers": {"X-Mine": "1", "Authorization": "Bearer t", "X-Once": "1"}}
    options["unredirected_headers"] = ["x-once"]  # type: ignore[assignment]
    result = await run("uri", url=f"{server.url}/away?{other.port}", return_content=True, **options)
    headers = other.seen[-1][2]
    other.stop()
    assert (result["content"], result["redirected"]) == ("hello\n", True)
    assert (headers["X-Mine"], headers["Authorization"], headers["X-Once"]) == ("1", None, None)
    await run("uri", url=f"{server.url}/away", **options)
    assert server.seen[-1][2]["Authorization"] == "Bearer t"


async def test_proxies_of_the_environment(run: Run, server: Server) -> None:
    run.task.env = {"http_proxy": server.url, "no_proxy": "direct.invalid"}
    assert (await run("uri", url="http://some.invalid/f"))["status"] == 200
    assert server.seen[-1][1] == "http://some.invalid/f"
    with pytest.raises(TaskError, match="Status code was -1"):
        await run("uri", url="http://direct.invalid/f")
    with pytest.raises(TaskError, match="Status code was -1"):
        await run("uri", url="http://some.invalid/f", use_proxy=False)


async def test_uri_returns_what_ansible_returns(run: Run, server: Server) -> None:
    result = await run("uri", url=f"{server.url}/json", return_content=True)
    expected: dict[str, Any] = {
        "changed": False,
        "content": '{"a": [1, "x"]}',
        "content_length": "15",
        "content_type": "application/json; charset=utf-8",
        "cookies": {"k": "v"},
        "cookies_string": "k=v",
        "elapsed": 0,
        "json": {"a": [1, "x"]},
        "msg": "OK (15 bytes)",
        "redirected": False,
        "status": 200,
        "url": f"{server.url}/json",
    }
    assert {key: result[key] for key in expected} == expected
    assert set(result) - set(expected) == {"date", "server", "set_cookie"}
    bare = await run("uri", url=f"{server.url}/f")
    assert not {"json", "content"} & set(bare)


@pytest.mark.parametrize(
    ("options", "body", "kind"),
    [
        ({"body": {"a": 1}, "body_format": "json"}, '{"a": 1}', "application/json"),
        ({"body": '{"a":2}', "body_format": "json"}, '{"a":2}', "application/json"),
        ({"body": {"a": [1, "ü"]}, "body_format": "form-urlencoded"}, "a=1&a=%C3%BC", FORM),
        ({"body": "raw", "headers": {"content-type": "x/y"}}, "raw", "x/y"),
        ({"src": "body.txt"}, "from here", None),
    ],
)  # fmt: skip
async def test_bodies(
    run: Run, server: Server, tmp_path: Path, options: dict[str, Any], body: str, kind: str | None
) -> None:
    (tmp_path / "body.txt").write_text("from here")
    result = await run("uri", url=f"{server.url}/echo", method="post", **options)
    assert result["json"]["method"] == "POST"
    assert result["json"]["body"] == body
    if kind:
        assert result["json"]["type"] == kind


async def test_a_body_from_the_host_and_a_form_with_files(run: Run, server: Server, tmp_path: Path) -> None:
    (tmp_path / "up.json").write_text("{}")
    there = await run(
        "uri", url=f"{server.url}/echo", method="PUT", src=f"{tmp_path}/up.json", remote_src=True
    )
    assert there["json"]["body"] == "{}"
    form = {"plain": "x", "file": {"filename": "up.json"}, "own": {"content": "y", "mime_type": "a/b"}}
    await run("uri", url=f"{server.url}/echo", method="POST", body=form, body_format="form-multipart")
    _, _, headers, body = server.seen[-1]
    boundary = headers.get_boundary()
    parts = [part.strip(b"\r\n") for part in body.split(f"--{boundary}".encode())]
    assert parts == [
        b"",
        b'Content-Disposition: form-data; name="plain"\r\nContent-Type: text/plain\r\n\r\nx',
        b'Content-Disposition: form-data; name="file"; filename="up.json"\r\n'
        b"Content-Type: application/json\r\n\r\n{}",
        b'Content-Disposition: form-data; name="own"\r\nContent-Type: a/b\r\n\r\ny',
        b"--",
    ]


async def test_statuses_wanted_and_not(run: Run, server: Server) -> None:
    with pytest.raises(TaskError, match=r"Status code was 404 and not \[200\]: HTTP Error 404") as caught:
        await run("uri", url=f"{server.url}/nope", return_content=True)
    assert (caught.value.data["status"], caught.value.data["content"]) == (404, "no")
    assert (await run("uri", url=f"{server.url}/nope", status_code="200, 404"))["status"] == 404
    with pytest.raises(TaskError, match=r"Status code was -1 and not .*Connection refused"):
        await run("uri", url="http://127.0.0.1:1/")


async def test_redirects_are_followed_as_told(run: Run, server: Server) -> None:
    assert (await run("uri", url=f"{server.url}/away"))["url"] == f"{server.url}/f"
    stayed = await run("uri", url=f"{server.url}/away", follow_redirects=False, status_code=302)
    assert (stayed["location"], stayed["redirected"]) == (f"{server.url}/f", False)
    with pytest.raises(TaskError, match="Status code was 302"):
        await run("uri", url=f"{server.url}/away", method="POST")
    assert (await run("uri", url=f"{server.url}/away", method="POST", follow_redirects="all"))[
        "status"
    ] == 200
    assert server.seen[-1][0] == "GET"


async def test_answers_to_files_creates_and_removes(run: Run, server: Server, tmp_path: Path) -> None:
    dest = tmp_path / "f"
    result = await run("uri", url=f"{server.url}/f", dest=str(dest), mode="0600")
    assert (result["changed"], result["path"], result["mode"]) == (True, str(dest), "0600")
    again = await run("uri", url=f"{server.url}/f", dest=str(dest))
    assert (again["changed"], again["status"]) == (False, 304)
    assert not (await run("uri", url=f"{server.url}/f", dest=str(tmp_path), force=True))["changed"]
    asked = len(server.seen)
    skipped = await run("uri", url=f"{server.url}/f", creates=str(dest))
    assert skipped == {"changed": False, "stdout": f"skipped, since '{dest}' exists"}
    assert "does not exist" in (await run("uri", url=f"{server.url}/f", removes="/nope"))["stdout"]
    assert len(server.seen) == asked


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


async def test_a_unix_socket(run: Run, tmp_path: Path) -> None:
    path = os.path.relpath(tmp_path / "s")
    path = path if len(path) < len(str(tmp_path)) else str(tmp_path / "s")
    server = Server(UnixServer(path, type("H", (Handler,), {"seen": []})))
    result = await run("uri", url="http://any/json", unix_socket=str(tmp_path / "s"))
    await asyncio.to_thread(server.stop)
    assert result["json"] == {"a": [1, "x"]}


async def test_options_that_can_not_be(run: Run) -> None:
    for options, message in (
        ({"url": "gopher://x"}, "must begin with http"),
        ({"url": "http://x", "use_gssapi": True}, "use_gssapi"),
        ({"url": "http://x", "body": "a", "src": "b"}, "exclude each other"),
        ({"url": "http://x", "method": "GET /"}, "single word"),
    ):
        with pytest.raises(ValidationError, match=message):
            await run("uri", **options)
