"""The lab's web server: its package repository, and the machine's Debian mirror below /mirror/.

Run as a program of its own, so that it outlives the command that started it; standard library only.

    server.py DIRECTORY ADDRESS PORT ARCHIVE SECURITY
"""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from email.message import Message
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

UPSTREAM_TIMEOUT_S = 60
PASSED_ON = ("Content-Type", "Content-Length", "Last-Modified")


class Handler(SimpleHTTPRequestHandler):
    """Serves files, and forwards what is asked of a mirror."""

    protocol_version = "HTTP/1.1"
    mirrors: dict[str, str]

    def do_GET(self) -> None:
        """Answer with a file or with what the mirror answers."""
        # Two publications may fall into one second: never answer "not modified" by a file's time.
        modified_since = self.headers.get("If-Modified-Since")
        del self.headers["If-Modified-Since"]
        parts = self.path.lstrip("/").split("/", 2)
        if len(parts) == 3 and parts[0] == "mirror" and parts[1] in self.mirrors:
            self._forward(f"{self.mirrors[parts[1]]}/{parts[2]}", modified_since)
        else:
            super().do_GET()

    def _forward(self, url: str, modified_since: str | None) -> None:
        headers = {"If-Modified-Since": modified_since} if modified_since else {}
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  # the machine's own mirror
        try:
            with urllib.request.urlopen(request, timeout=UPSTREAM_TIMEOUT_S) as answer:  # noqa: S310
                self._begin(answer.status, answer.headers)
                shutil.copyfileobj(answer, self.wfile)
        except urllib.error.HTTPError as error:
            self._begin(error.code, Message())
        except OSError as error:
            self.send_error(502, f"the mirror does not answer: {error}")

    def _begin(self, status: int, headers: Message) -> None:
        self.send_response(status)
        for name in PASSED_ON:
            if name in headers:
                self.send_header(name, headers[name])
        if "Content-Length" not in headers:  # the end of the connection is the end of the body
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Write a line to the log, flushed so that it can be followed."""
        print(f"{self.client_address[0]} {format % args}", flush=True)


def main(directory: str, address: str, port: str, archive: str, security: str) -> None:
    """Serve until killed."""
    Handler.mirrors = {"debian": archive, "debian-security": security}
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer((address, int(port)), partial(Handler, directory=directory)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
