"""The client of Docker's API, against a server of this test's own."""

from __future__ import annotations

import asyncio
import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run


class Fake(socketserver.ThreadingUnixStreamServer):
    """Answers what it was told to; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Answers)
        self.asked: list[str] = []
        self.cut = False  # whether answers about images end too early
        self.answers: dict[str, tuple[int, bytes]] = {"/version": (200, b'{"ApiVersion": "1.41"}')}

    def says(self, path: str, said: Any, status: int = 200) -> None:
        self.answers[path] = status, said if isinstance(said, bytes) else json.dumps(said).encode()


class Answers(BaseHTTPRequestHandler):
    server: Fake

    def address_string(self) -> str:
        return "a socket"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(f"{self.command} {self.path}")
        status, data = self.server.answers.get(
            self.path.split("?")[0], (404, b'{"message": "no such thing"}')
        )
        self.send_response(status)
        if self.server.cut and "create" in self.path:
            self.send_header("Transfer-Encoding", "chunked")
            data = b"%x\r\n%s" % (len(data) + 10, data)
        else:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def docker(tmp_path: Path, run: Run) -> Iterator[Fake]:
    path = tmp_path / "docker.sock"
    with Fake(path) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        run.task.env = {"DOCKER_HOST": f"unix://{path}"}
        yield server
        server.shutdown()
        thread.join()


async def test_the_version_is_that_of_the_daemon(run: Run, docker: Fake) -> None:
    docker.says("/v1.41/info", {"Name": "lab"})
    assert (await run("docker_host_info"))["host_info"] == {"Name": "lab"}
    assert docker.asked == ["GET /version", "GET /v1.41/info"]


async def test_a_version_that_is_given_is_not_asked_for(run: Run, docker: Fake) -> None:
    docker.says("/v1.30/info", {})
    await run("docker_host_info", api_version="1.30")
    assert docker.asked == ["GET /v1.30/info"]


@pytest.mark.parametrize(
    ("version", "said"), [("1.24", "Minimum version required is 1.25"), ("new", "must be auto")]
)
async def test_versions_that_cannot_be(run: Run, docker: Fake, version: str, said: str) -> None:
    with pytest.raises(TaskError, match=said):
        await run("docker_host_info", api_version=version)


async def test_an_option_for_newer_daemons_is_refused(run: Run, docker: Fake) -> None:
    with pytest.raises(
        TaskError, match=r"enable_ipv4 needs version 1\.47 of Docker's API, and this daemon has 1\.41"
    ):
        await run("docker_network", name="shop", enable_ipv4=True)


@pytest.mark.parametrize(
    ("answer", "said"), [(b'{"message": "no space left"}', "no space left"), (b"<html>", "<html>")]
)
async def test_a_refusal_is_told_in_the_words_of_the_daemon(
    run: Run, docker: Fake, answer: bytes, said: str
) -> None:
    docker.says("/v1.41/volumes/create", answer, 500)
    with pytest.raises(TaskError, match=rf"refused POST /volumes/create \(500\): {said}"):
        await run("docker_volume", name="data")


async def test_names_cannot_leave_their_place_in_a_path(run: Run, docker: Fake) -> None:
    await run("docker_volume", name="a b?c", state="absent")
    assert docker.asked[-1] == "GET /v1.41/volumes/a%20b%3Fc"


async def test_filters_are_lists_of_texts(run: Run, docker: Fake) -> None:
    docker.says("/v1.41/info", {})
    docker.says("/v1.41/images/json", [])
    await run("docker_host_info", images=True, images_filters={"dangling": True, "label": ["a=b"]})
    asked = parse_qs(docker.asked[-1].partition("?")[2])
    assert json.loads(asked["filters"][0]) == {"dangling": ["true"], "label": ["a=b"]}


async def test_a_pull_tells_how_far_it_is(run: Run, docker: Fake) -> None:
    lines: list[dict[str, Any]] = [
        {"status": "Downloading", "id": "one", "progressDetail": {"current": 10, "total": 100}},
        {"status": "Downloading", "id": "one", "progressDetail": {"current": 60, "total": 100}},
        {"status": "Downloading", "id": "two", "progressDetail": {"current": 0, "total": 100}},
        {"error": "the registry is gone"},
    ]
    docker.says("/v1.41/images/create", b"\r\n".join(json.dumps(line).encode() for line in lines))
    with pytest.raises(TaskError, match="cannot pull lab/far:latest: the registry is gone"):
        await run("docker_image", name="lab/far", source="pull")
    shown = [event["percent"] for event in run.task.events if event["type"] == "progress"]
    assert shown == [10, 60, 30]


async def test_a_daemon_that_does_not_answer_is_given_up(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mute.sock"
    run.task.env = {"DOCKER_TIMEOUT": "0.3"}
    mute = socketserver.UnixStreamServer(str(path), socketserver.BaseRequestHandler)
    with mute, pytest.raises(TaskError, match="did not answer in time"):
        await run("docker_host_info", docker_host=f"unix://{path}")


async def test_a_question_that_nobody_wants_answered_is_broken_off(run: Run, tmp_path: Path) -> None:
    left = threading.Event()

    class Mute(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            while self.request.recv(1000):
                pass
            left.set()

    path = tmp_path / "mute.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Mute) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run("docker_host_info", docker_host=f"unix://{path}"), 0.5)
        assert await asyncio.to_thread(left.wait, 10)
        server.shutdown()
        thread.join()


async def test_a_stream_that_breaks_off_is_told_of(run: Run, docker: Fake) -> None:
    docker.cut = True
    docker.says("/v1.41/images/create", b'{"status": "Pulling"}')
    with pytest.raises(TaskError, match="cannot talk to the Docker daemon"):
        await run("docker_image", name="lab/far", source="pull")


async def test_a_time_limit_that_is_none_is_told_of(run: Run, docker: Fake) -> None:
    run.task.env = {**run.task.env, "DOCKER_TIMEOUT": "soon"}
    with pytest.raises(TaskError, match="DOCKER_TIMEOUT must be a number of seconds, not soon"):
        await run("docker_host_info")


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("npipe:////./pipe/docker", "must begin with unix:// or tcp://"),
        ("tcp://127.0.0.1:1", "Connection refused: is it installed and running there"),
        ("tcp://127.0.0.1:port", "has no usable port"),
    ],
)
async def test_places_where_no_daemon_is(run: Run, host: str, said: str) -> None:
    with pytest.raises(TaskError, match=said):
        await run("docker_host_info", docker_host=host)


class Tls(socketserver.ThreadingTCPServer):
    """A daemon that knows itself by a certificate for docker.lab, and wants to know its clients by theirs."""

    daemon_threads = True

    def __init__(self, base: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.asked: list[str] = []
        self.cut = False
        self.answers = {"/version": (200, b'{"ApiVersion": "1.41"}'), "/v1.41/info": (200, b"{}")}
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=docker.lab"]
        command += ["-addext", "subjectAltName=DNS:docker.lab", "-keyout", f"{base}/key.pem"]
        subprocess.run([*command, "-out", f"{base}/cert.pem"], check=True, capture_output=True)
        (base / "ca.pem").write_bytes((base / "cert.pem").read_bytes())
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=base / "ca.pem")
        context.load_cert_chain(base / "cert.pem", base / "key.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that turn away."""


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[Tls]:
    with Tls(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


async def test_a_daemon_is_known_by_its_certificate(run: Run, secure: Tls, tmp_path: Path) -> None:
    host = f"tcp://127.0.0.1:{secure.server_address[1]}"
    known = {"client_cert": f"{tmp_path}/cert.pem", "client_key": f"{tmp_path}/key.pem"}
    checked = {"docker_host": host, "validate_certs": True, "ca_path": f"{tmp_path}/ca.pem", **known}
    assert (await run("docker_host_info", **checked, tls_hostname="docker.lab"))["can_talk_to_docker"]
    with pytest.raises(TaskError, match=r"certificate verify failed.*127\.0\.0\.1"):
        await run("docker_host_info", **checked)
    assert (await run("docker_host_info", docker_host=host, tls=True, **known))["can_talk_to_docker"]
    with pytest.raises(TaskError, match="cannot talk to the Docker daemon"):
        await run("docker_host_info", docker_host=host, tls=True)
    run.task.env = {
        "DOCKER_HOST": host,
        "DOCKER_CERT_PATH": str(tmp_path),
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_TLS_HOSTNAME": "docker.lab",
    }
    assert (await run("docker_host_info"))["can_talk_to_docker"]


async def test_certificates_that_are_not_there_are_told_of(run: Run, tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="cannot prepare TLS"):
        await run(
            "docker_host_info", docker_host="tcp://127.0.0.1:1", validate_certs=True, ca_path=f"{tmp_path}/ca"
        )
