"""docker_compose_v2 calls compose as a project needs it; a program stands for Docker's command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.modules.docker_compose_v2 import DockerComposeV2
from opsflow.target.docker_compose_events import read
from tests.support.local import Run

PROGRAM = """#!/bin/sh
cd '{base}'
echo "$*" >> calls
case "$*" in
    *"compose version"*) cat version ;;
    *" ps "*) cat > stdin; cat ps ;;
    *" images "*) cat images ;;
    *) cat events >&2; exit $(cat code) ;;
esac
"""
RUNNING = '{"Name": "shop-web-1", "State": "running", "Labels": "a=b,c=", "Networks": "one,two"}'


class Compose:
    """What compose will say, and how it was called."""

    def __init__(self, run: Run, base: Path) -> None:
        self.run = run
        self.base = base
        self.project = base / "project"
        self.project.mkdir()
        (self.project / "compose.yaml").write_text("services: {}")
        program = base / "docker"
        program.write_text(PROGRAM.format(base=base))
        program.chmod(0o755)
        self.says(version='{"version": "v2.40.0"}', ps="", images="[]", events="", code="0")

    def says(self, **files: str) -> None:
        for name, text in files.items():
            (self.base / name).write_text(text)

    async def __call__(self, **options: Any) -> dict[str, Any]:
        project = {} if "definition" in options else {"project_src": str(self.project)}
        cli = {"docker_cli": str(self.base / "docker")}
        return await self.run("docker_compose_v2", **{**project, **cli, **options})

    @property
    def calls(self) -> list[str]:
        """The commands of compose, without what all have."""
        lines = (self.base / "calls").read_text().splitlines()
        return [line.split(f"{self.project} ")[-1] for line in lines if "compose version" not in line]


@pytest.fixture
def compose(run: Run, tmp_path: Path) -> Compose:
    return Compose(run, tmp_path)


async def test_json_of_new_versions_is_understood(compose: Compose) -> None:
    lines = [
        {"id": "Network shop_default", "status": "Working", "text": "Creating"},
        {"id": "web", "text": "Pulling"},
        {"id": "4abcf2066143", "text": "Downloading", "status": "[=>  ]  1MB/3MB"},
        {"id": "4abcf2066143", "text": "Pull complete"},
        {"id": "Container shop-web-1", "status": "Working", "text": "Starting"},
        {"id": "Container shop-web-1", "status": "Done", "text": "Started"},
        {"level": "warning", "msg": "the attribute `version` is obsolete"},
    ]
    compose.says(events="\n".join(json.dumps(line) for line in lines), ps=RUNNING)
    done = await compose()
    assert done["actions"] == [
        {"what": "network", "id": "shop_default", "status": "Creating"},
        {"what": "image", "id": "web", "status": "Pulling"},
        {"what": "image-layer", "id": "4abcf2066143", "status": "Downloading"},
        {"what": "container", "id": "shop-web-1", "status": "Starting"},
    ]
    assert done["warnings"] == ["Docker compose: unknown None: the attribute `version` is obsolete"]
    (container,) = done["containers"]
    assert container["Labels"] == {"a": "b", "c": ""}
    assert container["Networks"] == ["one", "two"]
    assert " --progress json " in (compose.base / "calls").read_text()


@pytest.mark.parametrize(
    ("event", "changed"),
    [
        ({"id": "web", "text": "Pulling"}, False),
        ({"id": " ", "text": "build service web"}, False),
        ({"id": "==> ==>", "text": "naming to web"}, False),
        ({"id": "one", "text": "Already exists"}, False),
        ({"id": "one", "parent_id": "Image web", "status": "Working"}, True),
        ({"id": "Container web", "status": "Running"}, False),
        ({"id": "Container web", "status": "Recreate"}, True),
    ],
)
async def test_what_counts_as_a_change(compose: Compose, event: dict[str, str], changed: bool) -> None:
    compose.says(events=json.dumps(event))
    assert (await compose())["changed"] is changed


async def test_builds_count_if_told(compose: Compose) -> None:
    compose.says(events='{"id": " ", "text": "build service web"}')
    assert (await compose(ignore_build_events=False))["changed"]


async def test_options_of_up(compose: Compose) -> None:
    await compose(
        pull="always", build="never", recreate="always", renew_anon_volumes=True, remove_orphans=True,
        dependencies=False, timeout=5, wait=True, wait_timeout=9, scale={"web": "3", "a": 0}, assume_yes=True,
        services=["web", "a"], env_files=["/etc/env"], profiles=["test"], project_name="shop",
    )  # fmt: skip
    assert compose.calls[0] == (
        "--project-name shop --env-file /etc/env --profile test up --detach --no-color --quiet-pull"
        " --pull always --remove-orphans --force-recreate --renew-anon-volumes --no-deps --no-build"
        " --timeout 5"
        " --scale a=0 --scale web=3 --wait --wait-timeout 9 --yes -- web a"
    )


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"state": "restarted", "dependencies": False, "timeout": 1}, "restart --no-deps --timeout 1 --"),
        (
            {"state": "absent", "remove_images": "local", "remove_volumes": True, "remove_orphans": True},
            "down --remove-orphans --rmi local --volumes --",
        ),
        ({"state": "absent", "check": True}, "down --dry-run --"),
    ],
)
async def test_other_states(compose: Compose, options: dict[str, Any], call: str) -> None:
    await compose(**options)
    assert compose.calls[0] == call


async def test_only_what_runs_is_stopped(compose: Compose) -> None:
    compose.says(ps=RUNNING)
    await compose(state="stopped")
    assert [call.split()[0] for call in compose.calls] == ["up", "ps", "stop", "ps", "images"]
    (compose.base / "calls").unlink()
    compose.says(ps=RUNNING.replace("running", "exited"))
    await compose(state="stopped")
    assert [call.split()[0] for call in compose.calls] == ["up", "ps", "ps", "images"]


async def test_a_definition_goes_through_standard_input(compose: Compose) -> None:
    definition = {"services": {"web": {"environment": {"SECRET": "hidden"}}}}
    await compose(project_name="shop", definition=definition)
    assert json.loads((compose.base / "stdin").read_text()) == definition
    calls = (compose.base / "calls").read_text()
    assert "--project-name shop --file - up" in calls
    assert "hidden" not in calls
    assert not list(Path("/tmp").glob("opsflow-compose-*/compose*"))


async def test_where_the_daemon_is(compose: Compose) -> None:
    tls = {"validate_certs": True, "ca_path": "/ca", "client_cert": "/cert", "client_key": "/key"}
    await compose(docker_host="tcp://docker:2376", **tls)
    assert (
        (compose.base / "calls")
        .read_text()
        .startswith(
            "--host tcp://docker:2376 --tlsverify --tlscacert /ca --tlscert /cert --tlskey /key compose"
        )
    )
    (compose.base / "calls").unlink()
    await compose(cli_context="far")
    assert (compose.base / "calls").read_text().startswith("--context far compose version")


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ('{"tail": true, "text": "no such image"}', "General error: no such image"),
        ('{"error": true, "id": "web", "message": "broken"}', "Error when processing web: broken"),
        ("", "Return code 3 is non-zero"),
    ],
)
async def test_a_failure_is_told(compose: Compose, events: str, said: str) -> None:
    compose.says(events=events, code="3")
    with pytest.raises(TaskError, match=said) as caught:
        await compose()
    assert caught.value.data["rc"] == 3
    assert caught.value.data["cmd"].endswith("up --detach --no-color --quiet-pull --")


@pytest.mark.parametrize(
    ("said", "options", "error"),
    [
        ("docker: 'compose' is not a docker command", {}, "does not have the compose plugin installed"),
        ('{"version": "2.17.9"}', {}, "version 2.17.9; need version 2.18.0"),
        ('{"version": "2.31.0"}', {"assume_yes": True}, "needs Docker Compose 2.32.0"),
    ],
)
async def test_a_plugin_that_cannot_do_it(
    compose: Compose, said: str, options: dict[str, Any], error: str
) -> None:
    compose.says(version=said)
    with pytest.raises(TaskError, match=error):
        await compose(**options)


async def test_a_project_that_is_not_there(compose: Compose) -> None:
    with pytest.raises(TaskError, match="is not a directory"):
        await compose(project_src="/nowhere")
    with pytest.raises(TaskError, match=r'Cannot find Compose file "other\.yml"'):
        await compose(files=["other.yml"])
    (compose.project / "compose.yaml").unlink()
    with pytest.raises(TaskError, match=r"does not contain compose\.yaml"):
        await compose()
    await compose(check_files_existing=False)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "give project_src or definition"),
        ({"definition": {}, "project_src": "/srv"}, "takes the place of"),
        ({"definition": {}}, "needs project_name"),
        ({"project_src": "/", "scale": {"web": -1}}, "0 or more"),
        ({"project_src": "/", "docker_host": "unix:///a", "cli_context": "b"}, "not both"),
    ],
)
def test_what_cannot_be_is_refused_before_the_run(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DockerComposeV2.Args.model_validate(options)


OF_TEXT = """\
 DRY-RUN MODE -  Network shop_default  Creating
 DRY-RUN MODE -  Volume "shop_data"  Creating
 web Pulling
 4abcf2066143 Pulling fs layer
 4abcf2066143 Extracting [=====>  ]  1.2MB/3.4MB
 4abcf2066143 Pull complete
 web Pulled
 Container shop-web-1  Started
 web Skipped - Image is already being pulled by data
time="2026-11-21T20:00:00Z" level=warning msg="the \\"version\\" is obsolete"
 web Error manifest unknown
 of that image
"""


def test_text_of_old_versions_is_understood() -> None:
    events = read(OF_TEXT, as_json=False, failed=True)
    found = [(event.what, event.name, event.status) for event in events]
    assert found == [
        ("network", "shop_default", "Creating"),
        ("volume", '"shop_data"', "Creating"),
        ("service", "web", "Pulling"),
        ("image-layer", "4abcf2066143", "Pulling fs layer"),
        ("image-layer", "4abcf2066143", "Extracting"),
        ("image-layer", "4abcf2066143", "Pull complete"),
        ("service", "web", "Pulled"),
        ("container", "shop-web-1", "Started"),
        ("unknown", "web", "Skipped"),
        ("unknown", None, "Warning"),
        ("unknown", "web", "Error"),
    ]
    assert events[-1].error() == "Error when processing web: manifest unknown\nof that image"
    assert events[-2].warning() == 'Docker compose: unknown None: the "version" is obsolete'


def test_the_last_line_of_a_failure_is_its_error() -> None:
    (event,) = read("no configuration file provided: not found\n", as_json=False, failed=True)
    assert event.error() == "General error: no configuration file provided: not found"
    assert read("something else\n", as_json=False, failed=False) == []
