"""Requests that outlive their connection: a process of its own does the work and writes down the result.

The file is Ansible's: `~/.ansible_async/<job id>`, JSON with `started`, `finished` and then the result.
"""

from __future__ import annotations

import json
import os
import random
import threading
import traceback

from opsflow.target.request import Cancelled, Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from opsflow.target.request import Request


def begin(request: Request, function: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """Begin a request's function in a process of its own and return its job id at once."""
    job = "j%d.%d" % (random.SystemRandom().randrange(10**12), os.getpid())
    path = _path(request.detach["directory"], job)
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    begun = {"ansible_job_id": job, "started": True, "finished": False}
    _write(path, begun)
    child = os.fork()
    if child == 0:
        try:
            _work(request, function, path, job)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return dict(begun, results_file=path, changed=True)


def status(request: Request, jid: str, directory: str, mode: str = "status") -> dict[str, Any]:
    """Return what a job has come to; with mode `cleanup` forget it."""
    path = _path(directory, jid)
    if not os.path.exists(path):
        raise Fail("could not find job", ansible_job_id=jid, started=True, finished=True)
    if mode == "cleanup":
        os.unlink(path)
        return {"ansible_job_id": jid, "erased": path, "changed": False}
    with open(path, encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return dict(found, ansible_job_id=jid, results_file=path)


def _work(request: Request, function: Callable[..., dict[str, Any]], path: str, job: str) -> None:
    """Leave the runner's session, do the work with nobody to tell, write the result."""
    os.setsid()
    if os.fork():
        return
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    os.closerange(3, 1024)  # the connection ends when we no longer hold it
    request.quiet = True
    timer = threading.Timer(request.detach["seconds"], request.cancel)
    timer.daemon = True
    timer.start()
    result = _result(request, function)
    _write(path, dict(result, ansible_job_id=job, started=True, finished=True))


def _result(request: Request, function: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    try:
        return function(request, **request.args)
    except Fail as fail:
        return dict(fail.data, failed=True, changed=False, msg=fail.msg)
    except Cancelled:
        message = "the task was stopped after its time limit of %s s" % request.detach["seconds"]
        return {"failed": True, "changed": False, "msg": message}
    except BaseException as error:
        return {"failed": True, "changed": False, "msg": str(error), "exception": traceback.format_exc()}


def _path(directory: str, job: str) -> str:
    if os.path.basename(job) != job:
        raise Fail("'%s' is no job id" % job)
    return os.path.join(os.path.expanduser(directory), job)


def _write(path: str, data: dict[str, Any]) -> None:
    """Write a file in one step: who reads it sees the old or the new content."""
    temporary = path + ".new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(data, file)
    os.replace(temporary, path)
