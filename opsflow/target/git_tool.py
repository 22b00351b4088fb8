"""Running git: never asking, over SSH as the task wants it, with the umask that it wants."""

from __future__ import annotations

from opsflow.target import umasks
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from opsflow.target.request import Completed, Request


class Git:
    """The git of the host."""

    def __init__(self, request: Request, options: dict[str, Any]) -> None:
        self.request = request
        given = options.get("executable")
        self.path = expand(request, given) if given else need(request, "git", "git")
        self.prefix = umasks.under(options.get("umask"))
        environ = request.environ()
        ssh = environ.get("GIT_SSH") or environ.get("GIT_SSH_COMMAND") or "ssh"
        self.env = {
            "GIT_SSH_COMMAND": " ".join([ssh, *_ssh_options(request, options)]),
            "GIT_TERMINAL_PROMPT": "0",
        }

    def run(self, argv: Sequence[str], cwd: str | None, shown: bool = False) -> Completed:
        """Run git; with `shown` the lines that it says are shown as they come."""

        def show(stream: str, line: str) -> None:
            self.request.event("output", stream=stream, line=line)

        words = [*self.prefix, self.path, *argv]
        return self.request.command(words, cwd=cwd, env=self.env, on_line=show if shown else None)

    def check(self, argv: Sequence[str], cwd: str | None, what: str) -> Completed:
        """Run git. Raises Fail when it fails."""
        return _checked(self.run(argv, cwd), what)

    def show(self, argv: Sequence[str], cwd: str | None, what: str) -> Completed:
        """Run git and show what it says. Raises Fail when it fails."""
        return _checked(self.run(argv, cwd, shown=True), what)


def _checked(done: Completed, what: str) -> Completed:
    """Return a command that went well; else raise Fail with what git calls fatal."""
    if done.rc == 0:
        return done
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Cloning into")]
    fatal = [at for at, line in enumerate(said) if line.startswith(("fatal:", "error:"))]
    # What ssh or the remote says stands right before; what git advises stands behind.
    told = said[max(fatal[0] - 1, 0) : fatal[-1] + 1] if fatal else said[-1:]
    raise Fail(
        "%s failed with exit code %d: %s" % (what, done.rc, "; ".join(told)),
        cmd=done.argv,
        rc=done.rc,
        stdout=done.stdout,
        stderr=done.stderr,
    )


def _ssh_options(request: Request, options: dict[str, Any]) -> list[str]:
    given: str = options.get("ssh_opts") or ""
    words = [given] if given else []
    named = "StrictHostKeyChecking=no" in given or "StrictHostKeyChecking=accept-new" in given
    if options["accept_hostkey"] and not named:
        words.append("-o StrictHostKeyChecking=no")
    if options["accept_newhostkey"] and not named:
        words.append("-o StrictHostKeyChecking=accept-new")
    if "BatchMode=yes" not in given:
        words.append("-o BatchMode=yes")
    if options.get("key_file"):
        words.append("-i '%s' -o IdentitiesOnly=yes" % expand(request, options["key_file"]))
    return words
