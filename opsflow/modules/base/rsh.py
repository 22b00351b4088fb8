"""What rsync starts as its remote shell: joins its input and output to a socket of OpsFlow.

Called with the path of the socket, the name of a host, and the command for it. Runs as a program of its own.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading

CHUNK = 256 * 1024


def main(path: str, command: list[str]) -> None:
    """Connect, say what is to be run, and pass on all that is said until the other side ends."""
    for stream in (0, 1):
        os.set_blocking(stream, True)  # some versions of rsync hand over ends that do not block
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps(command).encode() + b"\n")
        threading.Thread(target=_send, args=(connection,), daemon=True).start()
        while piece := connection.recv(CHUNK):
            view = memoryview(piece)
            while view:
                view = view[os.write(1, view) :]


def _send(connection: socket.socket) -> None:
    while piece := os.read(0, CHUNK):
        connection.sendall(piece)
    connection.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:])
