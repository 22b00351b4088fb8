"""Volumes, networks, what Docker tells of itself, and pruning."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from tests.support.local import Run

from .daemon import IMAGE, Daemon


async def test_a_volume_is_made_once_and_removed_once(run: Run, daemon: Daemon) -> None:
    tried = await run("docker_volume", name="data", check=True, diff=True)
    assert tried["actions"] == ["Created volume data with driver local"]
    assert tried["diff"]["before"] == {"exists": False}
    assert not daemon.ask("GET", "/volumes")["Volumes"]
    made = await run("docker_volume", name="data", labels={"keep": 1})
    assert made["changed"]
    assert made["volume"]["Labels"] == {"keep": "1"}
    assert not (await run("docker_volume", name="data", labels={"keep": 1}))["changed"]
    assert (await run("docker_volume", name="data", state="absent"))["changed"]
    assert await run("docker_volume", name="data", state="absent") == {"changed": False, "actions": []}


async def test_a_volume_that_differs_is_made_anew_only_if_told(run: Run, daemon: Daemon) -> None:
    await run("docker_volume", name="differs")
    wanted = {"name": "differs", "labels": {"a": "b"}}
    left = await run("docker_volume", **wanted, diff=True)
    assert not left["changed"]
    assert left["diff"]["differences"] == ["labels.a"]
    anew = await run("docker_volume", **wanted, recreate="options-changed")
    assert anew["changed"]
    assert anew["volume"]["Labels"] == {"a": "b"}
    assert not (await run("docker_volume", **wanted, recreate="options-changed"))["changed"]


async def test_a_network_has_the_containers_that_it_should(run: Run, daemon: Daemon) -> None:
    await run("docker_network", name="shop")
    await run("docker_network", name="other")
    for name in ("one", "two"):
        daemon.container(name, start=True, network="other")
    joined = await run("docker_network", name="shop", connected=["one"], diff=True)
    assert joined["diff"]["after"] == {"exists": True, "connected.one": True}
    assert [one["Name"] for one in joined["network"]["Containers"].values()] == ["one"]
    both = await run("docker_network", name="shop", connected=["two"], appends=True)
    assert len(both["network"]["Containers"]) == 2
    left = await run("docker_network", name="shop", connected=["two"])
    assert [one["Name"] for one in left["network"]["Containers"].values()] == ["two"]
    assert not (await run("docker_network", name="shop", connected=["two"]))["changed"]
    gone = await run("docker_network", name="shop", state="absent")
    assert gone["actions"] == ["Disconnected container two", "Removed network shop"]


async def test_a_network_that_differs_is_made_anew(run: Run) -> None:
    pool = {"subnet": "10.123.0.0/24", "gateway": "10.123.0.1", "aux_addresses": {"router": "10.123.0.9"}}
    wanted = {
        "name": "pools",
        "ipam_config": [pool],
        "driver_options": {"com.docker.network.bridge.enable_icc": False},
    }
    made = await run("docker_network", **wanted)
    assert made["network"]["IPAM"]["Config"][0]["Gateway"] == "10.123.0.1"
    assert not (await run("docker_network", **wanted))["changed"]
    other = {**wanted, "ipam_config": [{"subnet": "10.124.0.0/24"}], "internal": True}
    tried = await run("docker_network", **other, check=True)
    assert tried["diff"]["differences"] == ["ipam_config[0].subnet", "internal"]
    anew = await run("docker_network", **other)
    assert anew["network"]["Internal"]
    assert not (await run("docker_network", **other))["changed"]


async def test_what_docker_tells_of_itself(run: Run) -> None:
    told = await run("docker_host_info", images=True, networks=True, containers=True, disk_usage=True)
    assert told["can_talk_to_docker"]
    assert told["host_info"]["Driver"] == "vfs"
    assert [IMAGE] in [image["RepoTags"] for image in told["images"]]
    assert set(told["networks"][0]) == {"Driver", "Id", "Name", "Scope"}
    assert told["disk_usage"]["LayersSize"] > 0
    none = await run("docker_host_info", images=True, images_filters={"label": ["no=such"]})
    assert none["images"] == []


async def test_what_nobody_uses_is_pruned(run: Run, daemon: Daemon) -> None:
    daemon.container("over", Labels={"prune": ""})
    asked = {"containers": True, "containers_filters": {"label": "prune"}}
    pruned = await run("docker_prune", **asked)
    assert len(pruned["containers"]) == 1
    assert await run("docker_prune", **asked) == {
        "changed": False,
        "containers": [],
        "containers_space_reclaimed": 0,
    }


async def test_a_daemon_that_is_not_there_is_told_of(run: Run) -> None:
    with pytest.raises(TaskError, match="is it installed and running there") as caught:
        await run("docker_host_info", docker_host="unix:///nowhere/docker.sock")
    assert caught.value.data["can_talk_to_docker"] is False


async def test_a_version_that_the_daemon_does_not_have_is_its_refusal(run: Run) -> None:
    with pytest.raises(TaskError, match=r"client version 1\.99 is too new"):
        await run("docker_volume", name="data", api_version="1.99")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"docker_host": "ssh://root@host"}, "is not reached by ssh"),
        ({"client_cert": "cert.pem"}, "go together"),
        ({"labels": {"a": True}}, "put it in quotes"),
    ],
)
async def test_what_cannot_be_is_refused_before(run: Run, options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        await run("docker_volume", name="data", **options)
