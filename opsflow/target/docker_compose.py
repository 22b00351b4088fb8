"""Projects of Docker Compose, by the plugin `compose` of Docker's command line."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile

from opsflow.target import docker_compose_events as events_of
from opsflow.target.docker_api import as_list, mapping
from opsflow.target.docker_compose_events import Event
from opsflow.target.paths import expand
from opsflow.target.programs import need
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from opsflow.target.request import Completed, Request

OLDEST = (2, 18)
FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_STOPPED = ("created", "exited", "stopped", "killed")
_VARIABLES = {"api_version": "DOCKER_API_VERSION", "tls_hostname": "DOCKER_TLS_HOSTNAME"}
_TLS = {"ca_path": "--tlscacert", "client_cert": "--tlscert", "client_key": "--tlskey"}


def run(request: Request, docker: Mapping[str, Any], state: str, **want: Any) -> dict[str, Any]:
    """Bring a project to a state."""
    made = tempfile.mkdtemp(prefix="opsflow-compose-") if want.get("definition") is not None else None
    try:
        project = Project(request, docker, want, made)
        {
            "present": project.up,
            "stopped": project.stop,
            "restarted": project.restart,
            "absent": project.down,
        }[state]()
        return project.told()
    finally:
        if made:
            shutil.rmtree(made, ignore_errors=True)


class Project:
    """A project: how compose is called for it, and what that did."""

    def __init__(
        self, request: Request, docker: Mapping[str, Any], want: dict[str, Any], empty: str | None
    ) -> None:
        """Find the plugin and the project; `empty` is a directory for one that is defined in the task."""
        self.request = request
        self.want = want
        said = {option: docker[option] for option in _VARIABLES if docker.get(option, "auto") != "auto"}
        self.env = {_VARIABLES[option]: value for option, value in said.items()}
        self.cli = _cli(request, docker, want)
        self.version = self._version()
        self.as_json = self.version >= (2, 29)
        self.directory = empty or os.path.abspath(expand(request, want["project_src"]))
        self.stdin = json.dumps(want["definition"]).encode() if empty else None  # JSON is YAML too
        if not empty:
            self._look()
        self.result: dict[str, Any] = {"changed": False, "actions": [], "stdout": "", "stderr": ""}

    def _version(self) -> tuple[int, ...]:
        done = self.request.command([*self.cli, "compose", "version", "--format", "json"], env=self.env)
        try:
            text = json.loads(done.stdout)["version"]
        except (ValueError, KeyError, TypeError):
            raise Fail(
                "Docker CLI %s does not have the compose plugin installed: install docker-compose-v2 or"
                " docker-compose-plugin" % self.cli[0],
                stderr=done.stderr,
                rc=done.rc,
            ) from None
        version = _numbers(text)
        if version < OLDEST:
            raise Fail(
                "Docker CLI %s has the compose plugin with version %s; need version 2.18.0 or later"
                % (self.cli[0], text)
            )
        if self.want["assume_yes"] and version < (2, 32):
            raise Fail("assume_yes=true needs Docker Compose 2.32.0 or newer, not version %s" % text)
        return version

    def _look(self) -> None:
        """Refuse a project that is not there."""
        if not os.path.isdir(self.directory):
            raise Fail('"%s" is not a directory' % self.directory)
        for file in as_list(self.want.get("files")):
            if not os.path.exists(os.path.join(self.directory, expand(self.request, file))):
                raise Fail(
                    'Cannot find Compose file "%s" relative to project directory "%s"'
                    % (file, self.directory)
                )
        known = self.want.get("files") or not self.want["check_files_existing"]
        if not known and not any(os.path.exists(os.path.join(self.directory, name)) for name in FILES):
            raise Fail('"%s" does not contain %s, or %s' % (self.directory, ", ".join(FILES[:-1]), FILES[-1]))

    def _base(self) -> list[str]:
        words = ["compose", "--ansi", "never"]
        if self.version >= (2, 19):
            words += ["--progress", "json" if self.as_json else "plain"]
        words += ["--project-directory", self.directory]
        if self.want.get("project_name"):
            words += ["--project-name", self.want["project_name"]]
        if self.stdin is not None:
            words += ["--file", "-"]
        for option, word in (("files", "--file"), ("env_files", "--env-file"), ("profiles", "--profile")):
            for value in as_list(self.want.get(option)):
                words += [word, value if option == "profiles" else expand(self.request, value)]
        return words

    def _call(self, *words: str, live: bool = False) -> Completed:
        show = self._show if live else None
        return self.request.command(
            self.cli + self._base() + list(words),
            stdin=self.stdin,
            cwd=self.directory,
            env=self.env,
            on_line=show,
        )

    def _show(self, stream: str, line: str) -> None:
        """Show what compose does, as it happens."""
        for event in events_of.read(line, self.as_json, failed=False):
            if event.name and event.status:
                message = "%s %s: %s" % (event.what, event.name, event.status)
                self.request.event("progress", message=message)

    def _do(self, *words: str, pulls: bool = True, builds: bool = True) -> None:
        """Have compose do something, or in check mode tell what it would; Fail where it cannot.

        Whether pulls of services and builds count as changes is in `pulls` and `builds`.
        """
        dry = ["--dry-run"] if self.request.check else []
        services = as_list(self.want.get("services"))
        done = self._call(*words, *dry, "--", *services, live=True)
        events = events_of.read(done.stderr, self.as_json, failed=done.rc != 0)
        silent = [word for word, counts in (("Pulling", pulls), ("Building", builds)) if not counts]
        actions = [action for action in (event.action() for event in events) if action]
        for action in actions:
            layer = action["what"] == "image-layer"
            if layer or action["status"] not in silent:
                self.result["changed"] = True
            if not layer or action not in self.result["actions"]:
                self.result["actions"].append(action)
        warnings = [text for text in (event.warning() for event in events) if text]
        if warnings:
            self.result.setdefault("warnings", []).extend(warnings)
        for stream, text in (("stdout", done.stdout), ("stderr", done.stderr)):
            self.result[stream] = "\n".join(part for part in (self.result[stream], text) if part)
        if done.rc != 0:
            raise self._failure(done, events)

    def _failure(self, done: Completed, events: list[Event]) -> Fail:
        errors = [text for text in (event.error() for event in events) if text]
        said = dict(self.result, cmd=" ".join(shlex.quote(word) for word in done.argv), rc=done.rc)
        return Fail("\n".join(errors) or "Return code %d is non-zero" % done.rc, **said)

    def _timeout(self) -> list[str]:
        seconds = self.want.get("timeout")
        return [] if seconds is None else ["--timeout", str(seconds)]

    def up(self, start: bool = True) -> None:
        """Have the containers of the project, running unless told not to."""
        want = self.want
        words = ["up", "--detach", "--no-color", "--quiet-pull"]
        words += [] if want["pull"] == "policy" else ["--pull", want["pull"]]
        flags = {
            "--remove-orphans": want["remove_orphans"],
            "--force-recreate": want["recreate"] == "always",
            "--no-recreate": want["recreate"] == "never",
            "--renew-anon-volumes": want["renew_anon_volumes"],
            "--no-deps": not want["dependencies"],
            "--build": want["build"] == "always",
            "--no-build": want["build"] == "never",
            "--no-start": not start,
        }
        words += [word for word, given in flags.items() if given] + self._timeout()
        for service, number in sorted(mapping(want.get("scale")).items()):
            words += ["--scale", "%s=%d" % (service, number)]
        if want["wait"]:
            limit = want.get("wait_timeout")
            words += ["--wait"] + ([] if limit is None else ["--wait-timeout", str(limit)])
        if want["assume_yes"]:
            words.append("--yes" if self.version >= (2, 34) else "-y")
        self._do(*words, pulls=False, builds=not want["ignore_build_events"])

    def stop(self) -> None:
        """Have the containers of the project, none of them running; compose would stop stopped ones again."""
        self.up(start=False)
        if any(container["State"] not in _STOPPED for container in self._containers()):
            self._do("stop", *self._timeout())

    def restart(self) -> None:
        deps = [] if self.want["dependencies"] else ["--no-deps"]
        self._do("restart", *deps, *self._timeout())

    def down(self) -> None:
        words = ["down"] + (["--remove-orphans"] if self.want["remove_orphans"] else [])
        if self.want.get("remove_images"):
            words += ["--rmi", self.want["remove_images"]]
        words += ["--volumes"] if self.want["remove_volumes"] else []
        self._do(*words, *self._timeout())

    def told(self) -> dict[str, Any]:
        """Return the result, with the containers and images of the project."""
        containers = [_container(one) for one in self._containers()]
        images = self._asked("images", "--format", "json")
        result = dict(self.result, containers=containers)
        result["images"] = list(mapping(images).values()) if isinstance(images, dict) else as_list(images)
        return {key: value for key, value in result.items() if key not in ("stdout", "stderr") or value}

    def _containers(self) -> list[dict[str, Any]]:
        whole = ["--no-trunc"] if self.version >= (2, 23) else []
        return as_list(self._asked("ps", "--format", "json", "--all", *whole))

    def _asked(self, *words: str) -> Any:
        """Return what compose tells as JSON, one value or one a line."""
        done = self._call(*words)
        if done.rc != 0:
            raise self._failure(done, events_of.read(done.stderr, self.as_json, failed=True))
        text = done.stdout.strip()
        if text.startswith("{") and "\n" in text:
            text = "[%s]" % ",".join(line for line in text.splitlines() if line.startswith("{"))
        try:
            return json.loads(text or "[]")
        except ValueError as error:
            raise Fail(
                "docker compose %s wrote what is no JSON: %s" % (words[0], error), stdout=text
            ) from error


def _numbers(version: str) -> tuple[int, ...]:
    """Return a version such as v2.26.1-4 as numbers that can be compared."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def _cli(request: Request, docker: Mapping[str, Any], want: Mapping[str, Any]) -> list[str]:
    """Return Docker's command line, with what says where the daemon is."""
    given = want.get("docker_cli")
    words = [expand(request, given) if given else need(request, "docker", "docker.io or docker-cli")]
    host = docker.get("docker_host") or request.environ().get("DOCKER_HOST")
    if not host and not want.get("cli_context"):
        host = "unix:///var/run/docker.sock"
    if host and not want.get("cli_context"):
        words += ["--host", host]
    if docker.get("validate_certs"):
        words.append("--tlsverify")
    elif docker.get("tls"):
        words.append("--tls")
    for option, word in _TLS.items():
        if docker.get(option):
            words += [word, expand(request, docker[option])]
    return words + (["--context", want["cli_context"]] if want.get("cli_context") else [])


def _container(told: dict[str, Any]) -> dict[str, Any]:
    """Return a container with lists where compose writes texts with commas."""
    pairs = (part.partition("=") for part in (told.get("Labels") or "").split(",") if part)
    return dict(
        told,
        Labels={name: value for name, _, value in pairs},
        Names=(told.get("Names") or told["Name"]).split(","),
        Networks=(told.get("Networks") or "").split(","),
        Publishers=as_list(told.get("Publishers")),
    )
