"""Libraries of PHP, by Composer."""

from __future__ import annotations

import json
import os
import shlex

from opsflow.target import files
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

_ALWAYS = ("no-ansi", "no-interaction", "no-progress")
_FLAGS = {
    "prefer_source": "prefer-source",
    "prefer_dist": "prefer-dist",
    "no_dev": "no-dev",
    "no_scripts": "no-scripts",
    "no_plugins": "no-plugins",
    "apcu_autoloader": "apcu-autoloader",
    "optimize_autoloader": "optimize-autoloader",
    "classmap_authoritative": "classmap-authoritative",
    "ignore_platform_reqs": "ignore-platform-reqs",
}
_UNCHANGED = ("Nothing to install or update", "Nothing to install, update or remove")


def run(request: Request, command: str, arguments: str, force: bool, **want: Any) -> dict[str, Any]:
    """Run a command of Composer."""
    composer = Composer(request, want)
    known = composer.options_of(command)
    flags = [name for name in _ALWAYS if name in known]
    flags += [flag for option, flag in _FLAGS.items() if want[option] and flag in known]
    if command == "create-project" and not force and composer.has("composer.json"):
        return {"changed": False, "msg": "composer.json is there already: create-project was not run"}
    if request.check:
        if "dry-run" not in known:
            return {
                "changed": False,
                "skipped": True,
                "msg": "Composer's command '%s' has no dry run: skipped" % command,
            }
        flags.append("dry-run")
    settings = composer.settings() if command == "config" else None
    done = composer.call([command], ["--" + flag for flag in flags], shlex.split(arguments))
    said = " ".join((done.stdout + done.stderr).split())
    if done.rc != 0:
        raise Fail(" ".join(done.stderr.split()), rc=done.rc, stdout=done.stdout, stderr=done.stderr)
    if settings is None or request.check:
        changed = not any(text in said for text in _UNCHANGED)
    else:
        changed = settings != composer.settings()
    result: dict[str, Any] = {"changed": changed, "msg": said, "stdout": done.stdout + done.stderr}
    if "Do not run Composer as root/super user" in done.stderr:
        result["warnings"] = ["Composer should not be run as root: its packages' code runs too"]
    return result


class Composer:
    """Composer in the directory of a task, or for all projects."""

    def __init__(self, request: Request, want: dict[str, Any]) -> None:
        self.request = request
        self.argv = [self._program(want, "executable", "php", "php-cli")]
        self.argv.append(self._program(want, "composer_executable", "composer", "composer"))
        self.place: str | None = None
        if want.get("working_dir"):
            self.place = expand(request, want["working_dir"])
        self.shared: bool = want["global_command"]

    def _program(self, want: dict[str, Any], option: str, name: str, package: str) -> str:
        given = want.get(option)
        return expand(self.request, given) if given else need(self.request, name, package)

    def call(self, command: list[str], flags: list[str], arguments: list[str]) -> Completed:
        argv = self.argv + (["global"] if self.shared else []) + command + flags
        if not self.shared and self.place is not None:
            argv += ["--working-dir", self.place]
        return self.request.command(argv + arguments)

    def options_of(self, command: str) -> dict[str, Any]:
        """Return the options that a command has."""
        done = self.call(["help", command], [], ["--no-interaction", "--format=json"])
        if done.rc != 0:
            raise Fail(" ".join(done.stderr.split()), rc=done.rc, stderr=done.stderr)
        try:
            return json.loads(done.stdout)["definition"]["options"]
        except (ValueError, KeyError, TypeError):
            raise Fail("Composer did not tell the options of '%s'" % command, stdout=done.stdout) from None

    def has(self, name: str) -> bool:
        return self.place is not None and os.path.exists(os.path.join(self.place, name))

    def settings(self) -> list[str | None]:
        """Return the checksums of the files that `config` writes."""
        place = self.place
        if self.shared:
            place = self.call(["config"], [], ["home"]).check("composer config home").stdout.strip()
        return [files.checksum(os.path.join(place or "", name)) for name in ("composer.json", "auth.json")]
