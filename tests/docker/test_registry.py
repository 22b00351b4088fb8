"""Images go to a registry and come back; a registry knows us by what docker_login keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import TaskError
from tests.support.local import Run

from .daemon import IMAGE, Daemon
from .registry import PASSWORD, USER, Registry

HELPER = """#!/bin/sh
# A credential helper that keeps one secret beside itself.
kept=$(dirname "$0")/kept
case $1 in
    get) cat "$kept" 2>/dev/null || { echo "credentials not found in native keychain"; exit 1; } ;;
    store) cat > "$kept" ;;
    erase) rm "$kept" ;;
esac
"""


@pytest.fixture
def config(run: Run, tmp_path: Path) -> Path:
    """The config.json of a user of this test's own."""
    run.task.env = {**run.task.env, "DOCKER_CONFIG": str(tmp_path / "docker")}
    return tmp_path / "docker" / "config.json"


def login(registry: Registry, config: Path, **options: Any) -> dict[str, Any]:
    known = {"registry_url": registry.name, "config_path": str(config)}
    return {**known, "username": USER, "password": PASSWORD, **options}


async def test_an_image_goes_to_a_registry_and_comes_back(run: Run, registry: Registry, config: Path) -> None:
    name = f"{registry.name}/busy:2"
    pushing = {"name": IMAGE, "source": "local", "repository": name, "push": True}
    assert (await run("docker_image", **pushing, check=True))["actions"][
        -1
    ] == f"Pushed image lab/busy to {name}"
    assert not registry.manifests
    assert (await run("docker_image", **pushing))["changed"]
    assert not (await run("docker_image", **pushing))["changed"]
    await run("docker_image", name=name, state="absent")
    pulled = await run("docker_image", name=name, source="pull")
    assert pulled["changed"]
    assert name in pulled["image"]["RepoTags"]
    again = await run("docker_image", name=name, source="pull", force_source=True)
    assert not again["changed"]
    digest = pulled["image"]["RepoDigests"][0]
    assert (await run("docker_image", name=digest, source="local"))["image"]["Id"] == pulled["image"]["Id"]
    await run("docker_image", name=name, state="absent")


async def test_a_container_gets_its_image_from_a_registry(
    run: Run, daemon: Daemon, registry: Registry, config: Path
) -> None:
    name = f"{registry.name}/app:1"
    await run("docker_image", name=IMAGE, source="local", repository=name, push=True)
    await run("docker_image", name=name, state="absent")
    wanted: dict[str, Any] = {"name": "app", "image": name, "network_mode": "none", "state": "present"}
    with pytest.raises(TaskError, match="pull=never"):
        await run("docker_container", **wanted, pull="never")
    tried = await run("docker_container", **wanted, check=True)
    assert tried["actions"][0] == {"pulled_image": name, "changed": True}
    assert (await run("docker_container", **wanted))["container"]["Config"]["Image"] == name
    assert not (await run("docker_container", **wanted, pull="always"))["changed"]
    eager = {"pull": "always", "pull_check_mode_behavior": "always"}
    assert (await run("docker_container", **wanted, **eager, check=True))["changed"]
    daemon.image("lab/newer:1", 'CMD ["sleep", "1"]')
    await run("docker_image", name="lab/newer:1", source="local", repository=name, push=True, force_tag=True)
    daemon.ask("DELETE", f"/images/{name}?force=1")
    daemon.ask("POST", f"/images/{IMAGE}/tag?repo={registry.name}/app&tag=1")
    assert not (await run("docker_container", **wanted))["changed"], "an old image is good enough"
    newer = await run("docker_container", **wanted, pull="always", debug=True)
    assert [next(iter(action)) for action in newer["actions"]] == ["pulled_image", "removed", "created"]
    daemon.clear()
    for image in (name, "lab/newer:1"):
        await run("docker_image", name=image, state="absent")


async def test_an_image_that_the_registry_does_not_have(run: Run, registry: Registry, config: Path) -> None:
    with pytest.raises(TaskError, match="not found"):
        await run("docker_image", name=f"{registry.name}/none", source="pull")


async def test_a_registry_knows_us_after_a_login(run: Run, registry: Registry, config: Path) -> None:
    registry.closed = True
    pushing = {"name": IMAGE, "source": "local", "repository": f"{registry.name}/own:1", "push": True}
    with pytest.raises(TaskError, match="Log in there first"):
        await run("docker_image", **pushing)
    tried = await run("docker_login", **login(registry, config), check=True)
    assert tried["changed"]
    assert not config.exists()
    done = await run("docker_login", **login(registry, config))
    assert done["login_result"]["Status"] == "Login Succeeded"
    assert config.stat().st_mode & 0o777 == 0o600
    assert list(json.loads(config.read_text())["auths"]) == [registry.name]
    again = await run("docker_login", **login(registry, config))
    assert again == {
        "changed": False,
        "login_result": {"username": USER, "email": None, "serveraddress": registry.name},
    }
    assert (await run("docker_login", **login(registry, config, reauthorize=True)))["changed"]
    assert (await run("docker_image", **pushing))["changed"]
    out = {"registry_url": registry.name, "config_path": str(config), "state": "absent"}
    assert (await run("docker_login", **out))["changed"]
    assert not (await run("docker_login", **out))["changed"]
    assert json.loads(config.read_text()) == {"auths": {}}
    await run("docker_image", name=f"{registry.name}/own:1", state="absent")


async def test_a_wrong_password_is_refused_and_not_kept(run: Run, registry: Registry, config: Path) -> None:
    registry.closed = True
    with pytest.raises(TaskError, match=f"for user {USER} failed") as caught:
        await run("docker_login", **login(registry, config, password="guessed"))
    assert "guessed" not in str(caught.value.data)
    assert not config.exists()


async def test_a_credential_helper_keeps_the_secret(run: Run, registry: Registry, config: Path) -> None:
    config.parent.mkdir()
    config.write_text('{"credsStore": "lab"}')
    helper = config.parent / "docker-credential-lab"
    helper.write_text(HELPER)
    helper.chmod(0o755)
    run.task.env = {**run.task.env, "PATH": f"{config.parent}:/usr/bin:/bin"}
    assert (await run("docker_login", **login(registry, config)))["changed"]
    kept = json.loads((config.parent / "kept").read_text())
    assert kept == {"ServerURL": registry.name, "Username": USER, "Secret": PASSWORD}
    assert json.loads(config.read_text()) == {"credsStore": "lab"}
    assert not (await run("docker_login", **login(registry, config)))["changed"]
    assert (await run("docker_login", **login(registry, config, state="absent")))["changed"]
    assert not (config.parent / "kept").exists()


async def test_a_helper_that_is_not_there_is_told_of(run: Run, registry: Registry, config: Path) -> None:
    config.parent.mkdir()
    config.write_text('{"credHelpers": {"' + registry.name + '": "missing"}}')
    with pytest.raises(TaskError, match="docker-credential-missing"):
        await run("docker_login", **login(registry, config))
