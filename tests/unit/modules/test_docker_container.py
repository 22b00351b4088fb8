"""Containers are compared option by option; what of their options is known before a host is asked."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from pydantic import ValidationError

from opsflow.modules.docker_container import DockerContainer
from opsflow.target import docker_mounts, docker_options, docker_platform, docker_ports
from opsflow.target.docker_api import Docker
from opsflow.target.docker_option import Wanted, same
from opsflow.target.request import Fail


class Api:
    """A daemon that has networks and nothing else."""

    version = (1, 41)

    def __init__(self, **networks: dict[str, Any]) -> None:
        self.networks = networks

    def get(self, path: str, name: str) -> dict[str, Any]:
        return self.networks[name]

    def need(self, minimum: tuple[int, int], what: str) -> None:
        Docker.need(cast(Docker, self), minimum, what)


def wanted(image: dict[str, Any] | None = None, **options: Any) -> Wanted:
    """Return what a task wants, collected, as for an image with those defaults."""
    args = DockerContainer.Args.model_validate({"name": "one", "image": "lab", **options}).sent()
    made = Wanted(cast(Docker, Api(own={"Driver": "bridge"})), "one", args)
    docker_options.collect(made)
    made.image = {"Config": image or {}}
    return made


def container(**config: Any) -> dict[str, Any]:
    host = {
        key: config.pop(key) for key in list(config) if key in ("Memory", "Binds", "PortBindings", "Mounts")
    }
    return {"Config": {"Env": [], **config}, "HostConfig": host, "NetworkSettings": {"Networks": {}}}


def differing(want: Wanted, **config: Any) -> list[str]:
    here = container(**config)
    return [name for some in (False, True) for name in docker_options.differences(want, here, some).names()]


@pytest.mark.parametrize(
    ("kind", "mode", "want", "found", "equal"),
    [
        ("value", "strict", 1, 1, True),
        ("value", "strict", 1, None, False),
        ("value", "ignore", 1, 2, True),
        ("list", "strict", ["a", "b"], ["a", "b"], True),
        ("list", "strict", ["a"], ["a", "b"], False),
        ("list", "strict", [], None, True),
        ("list", "allow_more_present", ["a", "c"], ["a", "b", "c"], True),
        ("list", "allow_more_present", ["c", "a"], ["a", "b", "c"], False),
        ("set", "strict", ["b", "a"], ["a", "b"], True),
        ("set", "strict", ["a"], ["a", "b"], False),
        ("set", "allow_more_present", ["a"], ["a", "b"], True),
        ("set", "allow_more_present", ["c"], None, False),
        ("dict", "strict", {"a": 1}, {"a": 1, "b": 2}, False),
        ("dict", "allow_more_present", {"a": 1}, {"a": 1, "b": 2}, True),
        ("dict", "allow_more_present", {"a": 2}, {"a": 1}, False),
        ("dicts", "allow_more_present", [{"a": 1}], [{"a": 1, "b": 2}, {"a": 3}], True),
        ("dicts", "strict", [{"a": 1}], [{"a": 1}, {"a": 3}], False),
    ],
)
def test_each_kind_is_compared_by_its_rules(kind: str, mode: str, want: Any, found: Any, equal: bool) -> None:
    assert same(kind, mode, want, found) is equal


def test_the_environment_of_the_image_belongs_to_that_of_the_container() -> None:
    image = {"Env": ["PATH=/bin", "A=1"]}
    assert differing(wanted(image, env={"A": "2"}), Env=["PATH=/bin", "A=2", "MORE=3"]) == []
    assert differing(wanted(image, env={"A": "2"}), Env=["PATH=/bin", "A=1"]) == ["env"]
    strict = wanted(image, env={"A": "2"}, comparisons={"env": "strict"})
    assert differing(strict, Env=["PATH=/bin", "A=2", "MORE=3"]) == ["env"]
    assert differing(wanted(image), Env=["A=1"]) == ["env"]


def test_everything_can_be_ignored_but_what_is_named() -> None:
    want = wanted(command="sleep 1", labels={"a": "b"}, comparisons={"*": "ignore", "labels": "strict"})
    assert differing(want, Cmd=["other"], Labels={"a": "c"}) == ["labels"]


def test_labels_of_the_image_are_kept_or_refused() -> None:
    image = {"Labels": {"vendor": "lab"}}
    assert differing(wanted(image, labels={"a": "b"}), Labels={"a": "b", "vendor": "lab"}) == []
    refusing = wanted(image, labels={"a": "b"}, image_label_mismatch="fail", comparisons={"labels": "strict"})
    with pytest.raises(Fail, match=r'some labels of the image.*"vendor"'):
        differing(refusing, Labels={"a": "b", "vendor": "lab"})


def test_what_can_be_changed_in_place_is_told_apart() -> None:
    want = wanted(memory="64M", user="1", restart_policy="always")
    assert docker_options.differences(want, container(), False).names() == ["user"]
    assert docker_options.differences(want, container(), True).names() == ["memory", "restart_policy"]
    assert docker_options.update(want) == {"Memory": 64 * 2**20, "RestartPolicy": {"Name": "always"}}


def test_a_network_is_the_mode_unless_told_otherwise() -> None:
    first = wanted(networks=[{"name": "own"}])
    assert docker_options.creation(first, "lab")["HostConfig"]["NetworkMode"] == "own"
    other = wanted(networks=[{"name": "own"}], networks_cli_compatible=False)
    assert "HostConfig" not in docker_options.creation(other, "lab")


def test_old_defaults_are_those_of_old_versions() -> None:
    body = docker_options.creation(wanted(container_default_behavior="compatibility"), "lab")
    assert body["AttachStdout"] is False
    assert body["HostConfig"]["Memory"] == 0


def test_an_option_that_the_daemon_does_not_know_is_refused() -> None:
    with pytest.raises(Fail, match=re.escape("mounts.create_mountpoint needs version 1.42")):
        wanted(mounts=[{"type": "bind", "source": "/a", "target": "/b", "create_mountpoint": True}])


@pytest.mark.parametrize(
    ("command", "handling", "made"),
    [
        ("sh -c 'a b'", "correct", ["sh", "-c", "a b"]),
        (["sh", "-c", "a b"], "correct", ["sh", "-c", "a b"]),
        (["sh -c", "'a b'"], "compatibility", ["sh", "-c", "a b"]),
        ([], "compatibility", None),
    ],
)
def test_commands_are_words(command: Any, handling: str, made: list[str] | None) -> None:
    want = wanted(command=command, command_handling=handling)
    assert docker_options.creation(want, "lab").get("Cmd") == made


@pytest.mark.parametrize(
    ("port", "made"),
    [
        ("80", {"80/tcp": [(None, "")]}),
        ("8080:80/udp", {"80/udp": [(None, "8080")]}),
        ("127.0.0.1:8080:80", {"80/tcp": [("127.0.0.1", "8080")]}),
        ("127.0.0.1::80", {"80/tcp": [("127.0.0.1", "")]}),
        ("[::1]:8080:80", {"80/tcp": [("::1", "8080")]}),
        ("8000-8001:80-81", {"80/tcp": [(None, "8000")], "81/tcp": [(None, "8001")]}),
        ("8000-8009:80", {"80/tcp": [(None, "8000-8009")]}),
    ],
)
def test_ports_are_read_as_docker_reads_them(port: str, made: dict[str, Any]) -> None:
    assert docker_ports.bindings([port]) == made


@pytest.mark.parametrize("port", ["all", "80-70", "host:80:80", "1:2:3:4", "::1:80:80", "99999", ""])
def test_ports_that_are_none_are_refused(port: str) -> None:
    with pytest.raises(Fail):
        docker_ports.bindings([port])


@pytest.mark.parametrize(
    ("address", "found"), [(None, "0.0.0.0"), ("", ""), ("10.1.1.1", "10.1.1.1"), ("::1", "[::1]")]
)
def test_ports_without_an_address_get_the_default(address: str | None, found: str) -> None:
    given = {} if address is None else {"default_host_ip": address}
    want = wanted(published_ports=["80"], **given)
    assert want.values["published_ports"] == {"80/tcp": [{"HostIp": found, "HostPort": ""}]}


@pytest.mark.parametrize(
    ("volume", "found"),
    [
        ("/anonymous", None),
        ("/anonymous:ro", None),
        ("data:/data", ("data", "/data", "rw")),
        ("/srv:/srv:ro,z", ("/srv", "/srv", "ro,z")),
    ],
)
def test_volumes_are_anonymous_or_bound(volume: str, found: tuple[str, str, str] | None) -> None:
    assert docker_mounts.bind(volume) == found


@pytest.mark.parametrize(
    ("platform", "meant"),
    [
        ("linux", "linux/amd64"),
        ("x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("armhf", "linux/arm"),
    ],
)
def test_platforms_have_many_names(platform: str, meant: str) -> None:
    assert docker_platform.normal(platform, "linux", "x86_64") == meant


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"test": "true"}, {"Test": ["CMD-SHELL", "true"]}),
        ({"test": ["CMD", "true"], "interval": "1m30s"}, {"Test": ["CMD", "true"], "Interval": 90 * 10**9}),
        ({"test": "true", "timeout": "2ms"}, {"Test": ["CMD-SHELL", "true"], "Timeout": 2 * 10**6}),
        ({"test": ["NONE"]}, {"Test": ["NONE"]}),
        ({"interval": "1s"}, {"Test": ["NONE"]}),
        ({"interval": "1s", "test_cli_compatible": True}, {"Interval": 10**9}),
    ],
)
def test_health_checks(given: dict[str, Any], sent: dict[str, Any]) -> None:
    assert wanted(healthcheck=given).values["healthcheck"] == sent


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"state": "present"}, "state present needs image"),
        ({"restart_retries": 2}, "needs restart_policy"),
        ({"log_options": {"max-size": "1m"}}, "needs log_driver"),
        ({"env": {"A": 1}}, "value for A that is no text"),
        ({"ports": ["host:1:2"]}, "IPv4 addresses"),
        ({"volumes": ["/a:/b:strange"]}, "SOURCE:TARGET:MODE"),
        ({"volumes": ["/a:/b"], "mounts": [{"target": "/b"}]}, "are to be at /b"),
        ({"mounts": [{"target": "/b", "type": "bind"}]}, "needs source"),
        ({"mounts": [{"target": "/b", "tmpfs_size": "1M"}]}, "cannot have tmpfs_size, which is for tmpfs"),
        ({"memory": "much"}, "must be a size"),
        ({"healthcheck": {"test": "true", "interval": "soon"}}, "must be a duration"),
        ({"ulimits": ["nofile"]}, "nofile:1024"),
        ({"default_host_ip": "host"}, "an IP address"),
        ({"comparisons": {"image2": "strict"}}, "not an option that a container can be compared by"),
        ({"comparisons": {"memory": "allow_more_present"}}, "cannot be compared by"),
        ({"comparisons": {"ports": "strict", "published_ports": "ignore"}}, "are both there"),
        ({"comparisons": {"env": "sometimes"}}, "strict, ignore or"),
    ],
)
def test_what_cannot_be_is_refused_before_the_run(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DockerContainer.Args.model_validate({"name": "one", **options})


def test_words_that_yaml_takes_for_booleans() -> None:
    args = DockerContainer.Args.model_validate({"name": "one", "restart_policy": False, "pull": True})
    assert args.restart_policy == "no"
    assert args.pull == "always"
    assert DockerContainer.Args.model_validate({"name": "one", "pull": False}).pull == "missing"
