"""Running apt-get and dpkg: never asking, in plain English, after waiting for their locks."""

from __future__ import annotations

import os
import re
import time

from opsflow.target import apt_locks, apt_status, dpkg_end
from opsflow.target.request import Cancelled, Completed, Fail, with_sbin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opsflow.target.request import Request

_LOST_RACE = re.compile(
    r"^E: Could not get lock|is another process using it\?|lock was locked by another process", re.M
)
_KEPT = re.compile(
    r"^Configuration file '(.+)'\n(?:(?! ==> (?:Using|Keeping)).*\n)*? ==> Keeping old config file", re.M
)


def environment(request: Request, conffiles: str = "keep") -> dict[str, str]:
    """Return the variables that keep package tools from asking; those that the task sets win."""
    quiet = {
        "DEBIAN_FRONTEND": "noninteractive",
        "DEBIAN_PRIORITY": "critical",
        "APT_LISTCHANGES_FRONTEND": "none",
        "APT_LISTBUGS_FRONTEND": "none",
        "NEEDRESTART_MODE": "l",
        "UCF_FORCE_CONFFNEW" if conffiles == "new" else "UCF_FORCE_CONFFOLD": "1",
    }
    quiet = {name: value for name, value in quiet.items() if name not in request.env}
    quiet["PATH"] = with_sbin(request.env.get("PATH") or os.environ["PATH"])
    return quiet


def read(request: Request, argv: Sequence[str]) -> Completed:
    """Run a tool that only reads (`apt-get -s`, `apt-cache`); nothing is locked, nothing is shown."""
    return cleaned(request.command(list(argv), env=environment(request)))


class Failed(Exception):
    """apt-get or dpkg ended with an error; `errors` are the packages that its status descriptor named."""

    def __init__(self, done: Completed, errors: Sequence[tuple[str, str]] = ()) -> None:
        Exception.__init__(self, "exit code %d" % done.rc)
        self.done = done
        self.errors = list(errors)


def change(
    request: Request,
    arguments: Sequence[str],
    lock_timeout: float,
    conffiles: str = "keep",
    locks: Sequence[str] = apt_locks.DPKG,
    time_limit: float | None = None,
) -> Completed:
    """Run apt-get once its locks are free, showing progress. Raises Failed, and Fail at the lock's time-out.

    Args:
        arguments: after `apt-get -y -q`.
        lock_timeout: seconds to wait for another package manager.
        conffiles: `keep` or `new`, for the tools beside dpkg that ask such questions.
        time_limit: seconds that the command may take once the locks are free.
    """

    def attempt(left: float) -> tuple[Completed, Sequence[tuple[str, str]]]:
        with apt_status.Listener(request) as listener:
            fd = listener.write_end
            argv = ["apt-get", "-y", "-q", "-o", "DPkg::Lock::Timeout=%d" % max(1, left)]
            argv += ["-o", "APT::Status-Fd=%d" % fd, *arguments]
            return _shown(request, argv, conffiles, (fd,), time_limit), listener.errors

    return _when_free(request, locks, lock_timeout, attempt)


def dpkg(
    request: Request, arguments: Sequence[str], lock_timeout: float, time_limit: float | None = None
) -> Completed:
    """Run dpkg once its locks are free. Raises Failed, and Fail at the lock's time-out."""

    def attempt(_: float) -> tuple[Completed, Sequence[tuple[str, str]]]:
        return _shown(request, ["dpkg", *arguments], "keep", (), time_limit), ()

    return _when_free(request, apt_locks.DPKG, lock_timeout, attempt)


def _when_free(
    request: Request,
    locks: Sequence[str],
    lock_timeout: float,
    attempt: Callable[[float], tuple[Completed, Sequence[tuple[str, str]]]],
) -> Completed:
    """Run an attempt when the locks are free, again when another process was quicker to take them."""
    deadline = time.time() + lock_timeout
    while True:
        apt_locks.wait(request, locks, deadline, lock_timeout)
        done, errors = attempt(deadline - time.time())
        if done.rc == 0:
            return done
        if time.time() > deadline or not _LOST_RACE.search(done.stderr):
            raise Failed(done, errors)


def _shown(
    request: Request, argv: list[str], conffiles: str, fds: tuple[int, ...], time_limit: float | None
) -> Completed:
    """Run a command whose lines are shown as they come; it and its dpkg end at the time limit."""

    def show(stream: str, line: str) -> None:
        text = clean_line(line)
        if text:
            request.event("output", stream=stream, line=text)

    env = environment(request, conffiles)
    env[dpkg_end.VARIABLE] = dpkg_end.mark(request)
    try:
        return cleaned(request.command(argv, env=env, on_line=show, pass_fds=fds, timeout=time_limit))
    except (Cancelled, Fail):
        dpkg_end.end(dpkg_end.mark(request))
        raise


def cleaned(done: Completed) -> Completed:
    """Return a command's result without what its terminal would have overwritten."""
    done.stdout, done.stderr = clean(done.stdout), clean(done.stderr)
    return done


def clean(text: str) -> str:
    return "\n".join(clean_line(line) for line in text.split("\n"))


def clean_line(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def conffiles_kept(output: str) -> list[str]:
    """Return the configuration files that dpkg left as they were; the new ones lie beside as .dpkg-dist."""
    return sorted(set(_KEPT.findall(output)))
