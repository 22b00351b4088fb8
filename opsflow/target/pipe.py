"""Programs that speak with the control node: what it sends is their input, their output goes back."""

from __future__ import annotations

import os
import subprocess
import threading

from opsflow.target.programs import need
from opsflow.target.request import CHUNK, Fail, kill_group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Request


def run(request: Request, line: str) -> dict[str, Any]:
    """Run a line of the shell between the control node's stream and back. Raises Fail."""
    child = subprocess.Popen(
        ["/bin/sh", "-c", line],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=request.environ(),
        start_new_session=True,
        bufsize=0,
    )
    request.children.add(child)
    said: list[bytes] = []
    threads = [threading.Thread(target=_feed, args=(request, child), daemon=True)]
    threads.append(threading.Thread(target=_listen, args=(child, said), daemon=True))
    for thread in threads:
        thread.start()
    assert child.stdout is not None
    try:
        for chunk in iter(lambda: os.read(child.stdout.fileno(), CHUNK), b""):  # type: ignore[union-attr]
            request.send_chunk(chunk)
        rc = child.wait()
        threads[1].join()
    except BaseException:
        kill_group(child)
        raise
    finally:
        request.children.discard(child)
    if rc != 0:
        text = b"".join(said).decode("utf-8", "replace").strip()
        if rc == 127:
            text = "rsync is not installed on the host: install the package rsync"
        raise Fail(text or "rsync ended with exit code %d on the host" % rc, rc=rc)
    return {"changed": False}


def _feed(request: Request, child: subprocess.Popen[bytes]) -> None:
    """Give the program what the control node sends, to the end."""
    assert child.stdin is not None
    try:
        for chunk in request.receive_chunks():
            view = memoryview(chunk)
            while view:
                view = view[os.write(child.stdin.fileno(), view) :]
    except Exception:  # the program has ended, or the task: nobody reads any more
        return
    finally:
        child.stdin.close()


def _listen(child: subprocess.Popen[bytes], said: list[bytes]) -> None:
    assert child.stderr is not None
    said += iter(lambda: os.read(child.stderr.fileno(), CHUNK), b"")  # type: ignore[union-attr]


def command(request: Request, argv: list[str]) -> dict[str, Any]:
    """Run a program on the host alone and return what it said."""
    need(request, argv[0], argv[0])
    done = request.command(argv)
    return {"rc": done.rc, "stdout": done.stdout, "stderr": done.stderr}
