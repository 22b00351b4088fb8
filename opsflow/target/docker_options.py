"""The options of containers: one row each, and what is done with all of them."""

from __future__ import annotations

from opsflow.target import docker_mounts as mounts
from opsflow.target import docker_platform as platforms
from opsflow.target import docker_ports as ports
from opsflow.target import docker_wishes as wishes
from opsflow.target.docker_diff import Differences
from opsflow.target.docker_option import Option, in_order, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.docker_option import Wanted

OPTIONS = (
    Option("auto_remove", "HostConfig.AutoRemove"),
    Option("blkio_weight", "HostConfig.BlkioWeight", updates=True),
    Option("cap_drop", "HostConfig.CapDrop", "set"),
    Option("capabilities", "HostConfig.CapAdd", "set"),
    Option("cgroup_parent", "HostConfig.CgroupParent"),
    Option("cgroupns_mode", "HostConfig.CgroupnsMode", since=(1, 41)),
    Option("command", "Config.Cmd", "list", wishes.command, wishes.expect_command),
    Option("cpu_period", "HostConfig.CpuPeriod", updates=True),
    Option("cpu_quota", "HostConfig.CpuQuota", updates=True),
    Option("cpu_shares", "HostConfig.CpuShares", updates=True),
    Option("cpus", "HostConfig.NanoCpus", prepare=wishes.cpus),
    Option("cpuset_cpus", "HostConfig.CpusetCpus", updates=True),
    Option("cpuset_mems", "HostConfig.CpusetMems", updates=True),
    Option("detach", "", read=wishes.read_detach),
    Option("device_cgroup_rules", "HostConfig.DeviceCgroupRules", "list", since=(1, 28)),
    Option("device_read_bps", "HostConfig.BlkioDeviceReadBps", "dicts", wishes.rates),
    Option("device_read_iops", "HostConfig.BlkioDeviceReadIOps", "dicts", wishes.rates),
    Option("device_requests", "HostConfig.DeviceRequests", "dicts", wishes.device_requests, since=(1, 40)),
    Option("device_write_bps", "HostConfig.BlkioDeviceWriteBps", "dicts", wishes.rates),
    Option("device_write_iops", "HostConfig.BlkioDeviceWriteIOps", "dicts", wishes.rates),
    Option("devices", "HostConfig.Devices", "dicts", wishes.devices),
    Option("dns_opts", "HostConfig.DnsOptions", "set"),
    Option("dns_search_domains", "HostConfig.DnsSearch", "list"),
    Option("dns_servers", "HostConfig.Dns", "list"),
    Option("domainname", "Config.Domainname"),
    Option("entrypoint", "Config.Entrypoint", "list", wishes.command),
    Option("env", "Config.Env", "set", wishes.environment, wishes.expect_environment, always=True),
    Option("etc_hosts", "HostConfig.ExtraHosts", "set", wishes.hosts),
    Option(
        "exposed_ports", "Config.ExposedPorts", "set", ports.prepare_exposed, ports.expect_exposed,
        ports.read_exposed, always=True,
    ),
    Option("groups", "HostConfig.GroupAdd", "set"),
    Option("healthcheck", "Config.Healthcheck", "dict", wishes.healthcheck, read=wishes.read_healthcheck),
    Option("hostname", "Config.Hostname"),
    Option("image", "Config.Image", expect=lambda wanted, value: None),  # looked at by itself
    Option("init", "HostConfig.Init"),
    Option("interactive", "", read=lambda container: bool(container["Config"].get("OpenStdin"))),
    Option("ipc_mode", "HostConfig.IpcMode", prepare=wishes.of_container),
    Option("kernel_memory", "HostConfig.KernelMemory", updates=True),
    Option("labels", "Config.Labels", "dict", expect=wishes.expect_labels),
    Option("links", "HostConfig.Links", "set", wishes.links),
    Option("log_driver", "HostConfig.LogConfig.Type"),
    Option("log_options", "HostConfig.LogConfig.Config", "dict"),
    Option("mac_address", "Config.MacAddress", prepare=wishes.mac_address, read=wishes.read_mac_address),
    Option("memory", "HostConfig.Memory", updates=True),
    Option("memory_reservation", "HostConfig.MemoryReservation", updates=True),
    Option("memory_swap", "HostConfig.MemorySwap", updates=True),
    Option("memory_swappiness", "HostConfig.MemorySwappiness"),
    Option("mounts", "HostConfig.Mounts", "dicts", mounts.prepare_mounts, read=mounts.read_mounts),
    Option(
        "network_mode", "HostConfig.NetworkMode", "value", wishes.of_container, wishes.expect_network_mode,
        wishes.read_network_mode,
    ),
    Option("networks", "", "dicts", expect=lambda wanted, value: None),  # looked at by themselves
    Option("oom_killer", "HostConfig.OomKillDisable"),
    Option("oom_score_adj", "HostConfig.OomScoreAdj"),
    Option("pid_mode", "HostConfig.PidMode", prepare=wishes.of_container),
    Option("pids_limit", "HostConfig.PidsLimit"),
    Option("platform", "", expect=platforms.expect, read=lambda one: one.get("Platform"), since=(1, 41)),
    Option("privileged", "HostConfig.Privileged"),
    Option("publish_all_ports", "HostConfig.PublishAllPorts"),
    Option("published_ports", "HostConfig.PortBindings", "dict", ports.prepare_published),
    Option("read_only", "HostConfig.ReadonlyRootfs"),
    Option("restart_policy", "HostConfig.RestartPolicy.Name", updates=True),
    Option("restart_retries", "HostConfig.RestartPolicy.MaximumRetryCount", updates=True),
    Option("runtime", "HostConfig.Runtime"),
    Option("security_opts", "HostConfig.SecurityOpt", "set"),
    Option("shm_size", "HostConfig.ShmSize"),
    Option("stop_signal", "Config.StopSignal"),
    Option("stop_timeout", "Config.StopTimeout", mode="ignore"),
    Option("storage_opts", "HostConfig.StorageOpt", "dict"),
    Option("sysctls", "HostConfig.Sysctls", "dict"),
    Option("tmpfs", "HostConfig.Tmpfs", "dict", wishes.tmpfs),
    Option("tty", "Config.Tty"),
    Option("ulimits", "HostConfig.Ulimits", "dicts", wishes.ulimits),
    Option("user", "Config.User"),
    Option("userns_mode", "HostConfig.UsernsMode"),
    Option("uts", "HostConfig.UTSMode"),
    Option("volume_binds", "HostConfig.Binds", "set", mounts.prepare_binds, mounts.expect_binds, always=True),
    Option("volume_driver", "HostConfig.VolumeDriver"),
    Option("volumes", "Config.Volumes", "set", mounts.prepare_volumes, mounts.expect_volumes, always=True),
    Option("volumes_from", "HostConfig.VolumesFrom", "set"),
    Option("working_dir", "Config.WorkingDir"),
)  # fmt: skip
"""Every option that is something about a container."""

OLD_DEFAULTS: dict[str, Any] = {
    "auto_remove": False, "detach": True, "init": False, "interactive": False, "memory": 0, "paused": False,
    "privileged": False, "read_only": False, "tty": False,
}  # fmt: skip
"""What options were before they meant what the daemon means: `container_default_behavior: compatibility`."""

_AS_MAPPING = ("exposed_ports", "volumes")
"""Sets that the API has as mappings to nothing."""
_NOTHING: dict[str, Any] = {}


def collect(wanted: Wanted) -> None:
    """Make what the API wants of all that the task says. Raises Fail where the daemon is too old for it."""
    args = wanted.args
    if args["container_default_behavior"] == "compatibility":
        for name, value in OLD_DEFAULTS.items():
            args.setdefault(name, value)
    networks = args.get("networks")
    if networks and args["networks_cli_compatible"]:
        args.setdefault("network_mode", networks[0]["name"])
    if "env_file" in args:
        args.setdefault("env", {})
    if "published_ports" in args:
        args.setdefault("exposed_ports", [])
    if "volumes" in args:
        args["volume_binds"] = args["volumes"]
    for option in OPTIONS:
        if option.name in args:
            if option.since:
                wanted.api.need(option.since, option.name)
            value = option.prepare(wanted, args[option.name])
            if value is not None:
                wanted.values[option.name] = value
    wanted.modes = _modes(args)


def _modes(args: dict[str, Any]) -> dict[str, str]:
    """Return how each option is compared."""
    said: dict[str, str] = args.get("comparisons") or {}
    modes = {option.name: option.mode for option in OPTIONS}
    if "*" in said:
        modes = {name: said["*"] for name in modes if name != "networks" or "networks" in args}
        modes.setdefault("networks", "allow_more_present")
    modes.update((name, mode) for name, mode in said.items() if name != "*")
    modes["volume_binds"] = modes["volumes"]
    return modes


def creation(wanted: Wanted, image: str) -> dict[str, Any]:
    """Return what Docker is told to make a container."""
    body: dict[str, Any] = dict(wishes.attached(wanted.args))
    for option in OPTIONS:
        value = wanted.values.get(option.name)
        if value is None or option.place == [""]:
            continue
        if option.name == "mounts":
            value = [mounts.to_api(mount) for mount in value]
        elif option.name in _AS_MAPPING:
            value = dict.fromkeys(value, _NOTHING)
        option.send(body, value)
    body["Image"] = image
    return body


def differences(wanted: Wanted, container: dict[str, Any], updates: bool) -> Differences:
    """Compare a container with what is wanted, in those options that can be updated or in all others."""
    differs = Differences()
    for option in OPTIONS:
        expected = option.expected(wanted) if option.updates is updates else None
        if expected is None:
            continue
        found = option.found(container)
        if not same(option.kind, wanted.modes[option.name], expected, found):
            differs.add(option.name, in_order(option.kind, expected), in_order(option.kind, found))
    return differs


def update(wanted: Wanted) -> dict[str, Any]:
    """Return what Docker is told to change a container that stays."""
    body: dict[str, Any] = {}
    for option in OPTIONS:
        if option.updates and option.name in wanted.values:
            option.update(body, wanted.values[option.name])
    return body
