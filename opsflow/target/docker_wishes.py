"""Options of containers as the API wants them: commands, environments, devices, limits, health checks."""

from __future__ import annotations

import shlex

from opsflow.target.docker_api import as_list, mapping
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted


def command(wanted: Wanted, value: Any) -> list[str] | None:
    """Return a command as words; in the old way of handling words are split anew, and none is nothing."""
    words = [str(word) for word in as_list(value)]
    if wanted.args["command_handling"] == "correct":
        return words if isinstance(value, list) else shlex.split(str(value))
    return shlex.split(" ".join(words)) or None


def expect_command(wanted: Wanted, value: list[str]) -> Any:
    return value or wanted.of_image("Cmd") or value


def environment(wanted: Wanted, given: dict[str, str] | None) -> list[str] | None:
    """Return what the file and the task say; the task has the last word."""
    path = wanted.args.get("env_file")
    if given is None and path is None:
        return None
    found = _env_file(expand(wanted.api.request, path)) if path else {}
    found.update(mapping(given))
    return ["%s=%s" % pair for pair in found.items()]


def _env_file(path: str) -> dict[str, str]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise Fail("cannot read env_file %s: %s" % (path, error)) from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            if not equals:
                raise Fail("line %d of env_file %s is not NAME=VALUE" % (number, path))
            found[name] = value
    return found


def expect_environment(wanted: Wanted, value: list[str] | None) -> list[str]:
    """Return the environment of the image with what is said over it."""
    pairs = as_list(wanted.of_image("Env")) + as_list(value)
    found = dict(pair.split("=", 1) if "=" in pair else (pair, "") for pair in pairs)
    return ["%s=%s" % pair for pair in found.items()]


def expect_labels(wanted: Wanted, value: dict[str, str] | None) -> dict[str, str] | None:
    """Return the labels of the image with what is said over them; if told, refuse to drop some."""
    if value is None:
        return None
    own = mapping(wanted.of_image("Labels"))
    if wanted.args["image_label_mismatch"] == "ignore":
        return dict(own, **value)
    left = sorted(set(own) - set(value))
    if left and wanted.modes["labels"] == "strict":
        raise Fail(
            "some labels of the image are not among `labels`, and containers have them: give them too,"
            " or image_label_mismatch: ignore. Labels: %s" % ", ".join('"%s"' % label for label in left)
        )
    return value


def cpus(wanted: Wanted, value: float) -> int:
    return round(value * 1e9)


def devices(wanted: Wanted, value: list[str]) -> list[dict[str, str]]:
    made: list[dict[str, str]] = []
    for device in value:
        outside, inside, rights = [*device.split(":", 2), "", ""][:3]
        made.append(
            {
                "PathOnHost": outside,
                "PathInContainer": inside or outside,
                "CgroupPermissions": rights or "rwm",
            }
        )
    return made


def rates(wanted: Wanted, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"Path": one["path"], "Rate": one["rate"]} for one in value]


def device_requests(wanted: Wanted, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {
        "Driver": "driver", "Count": "count", "DeviceIDs": "device_ids", "Capabilities": "capabilities",
        "Options": "options",
    }  # fmt: skip
    return [{name: one.get(option) for name, option in names.items()} for one in value]


def ulimits(wanted: Wanted, value: list[str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for limit in value:
        name, _, numbers = limit.partition(":")
        soft, _, hard = numbers.partition(":")
        made.append({"Name": name, "Soft": int(soft), "Hard": int(hard or soft)})
    return made


def tmpfs(wanted: Wanted, value: list[str]) -> dict[str, str]:
    return {path: options for path, _, options in (one.partition(":") for one in value)}


def hosts(wanted: Wanted, value: dict[str, str]) -> list[str]:
    return ["%s:%s" % pair for pair in value.items()]


def links(wanted: Wanted, value: list[str]) -> list[str]:
    pairs = ((name, alias or name) for name, _, alias in (link.partition(":") for link in value))
    return ["/%s:/%s/%s" % (name, wanted.name, alias) for name, alias in pairs]


def mac_address(wanted: Wanted, value: str) -> str:
    return value.replace("-", ":")


def of_container(wanted: Wanted, value: str) -> str:
    """Return a mode such as container:NAME with the container's ID, as Docker keeps it."""
    if not value.startswith("container:"):
        return value
    name = value[len("container:") :]
    found = wanted.api.find("/containers/%s/json", name)
    if found is None:
        wanted.warnings.append('Cannot find a container with name or ID "%s"' % name)
        return value
    return "container:%s" % found["Id"]


_HEALTH = {
    "interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod",
    "start_interval": "StartInterval", "retries": "Retries",
}  # fmt: skip
_NO_CHECK = {"Test": ["NONE"]}


def healthcheck(wanted: Wanted, value: dict[str, Any]) -> dict[str, Any]:
    """Return a health check; one without a test is none, unless the image's test is meant."""
    if value.get("start_interval") is not None:
        wanted.api.need((1, 44), "healthcheck.start_interval")
    test = value.get("test")
    if not test and not (value["test_cli_compatible"] and test is None):
        return _NO_CHECK
    made: dict[str, Any] = {_HEALTH[key]: one for key, one in value.items() if key in _HEALTH and one}
    if test:
        words = isinstance(test, list)
        made["Test"] = [str(word) for word in as_list(test)] if words else ["CMD-SHELL", str(test)]
    return made


def read_healthcheck(container: dict[str, Any]) -> dict[str, Any]:
    return mapping(container["Config"].get("Healthcheck")) or _NO_CHECK


def read_detach(container: dict[str, Any]) -> bool:
    return not (container["Config"].get("AttachStdout") and container["Config"].get("AttachStderr"))


def attached(args: dict[str, Any]) -> dict[str, Any]:
    """Return which streams of a container somebody holds: those of one that is not detached."""
    watched = not args.get("detach")
    spoken_to = bool(watched and args.get("interactive"))
    return {
        "AttachStdout": watched,
        "AttachStderr": watched,
        "AttachStdin": spoken_to,
        "StdinOnce": spoken_to,
        "OpenStdin": args.get("interactive"),
    }


def expect_network_mode(wanted: Wanted, value: str | None) -> str | None:
    """Return the mode of the network; `default` is a second name of `bridge`, which some daemons keep."""
    return "bridge" if value == "default" else value


def read_network_mode(container: dict[str, Any]) -> str | None:
    mode = container["HostConfig"].get("NetworkMode")
    return "bridge" if mode == "default" else mode


def read_mac_address(container: dict[str, Any]) -> str | None:
    """Return the hardware address that was asked for; new daemons keep it with the network."""
    networks = mapping(mapping(container.get("NetworkSettings")).get("Networks"))
    own = mapping(networks.get(container["HostConfig"].get("NetworkMode")))
    return container["Config"].get("MacAddress") or own.get("MacAddress")
