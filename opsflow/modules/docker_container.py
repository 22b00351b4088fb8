"""docker_container: containers of Docker."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.docker import DockerArgs, Labels, Size, SizeOrUnlimited, Texts
from .base.docker_container import (
    Address,
    Comparisons,
    Environment,
    Exposed,
    Health,
    Limits,
    Mount,
    Network,
    Operations,
    Published,
    Rate,
    Request,
    Volumes,
    one_target_each,
)
from .base.module import Module, modules
from .base.types import Bool, Float, Int, Path, StrList, Text, arg, to_items

Pull = Literal["never", "missing", "always"]
_PULLS: dict[Any, str] = {True: "always", False: "missing", "true": "always", "false": "missing"}


def _pull(value: Any) -> Any:
    return _PULLS.get(value, value) if isinstance(value, bool | str) else value


def _command(value: Any) -> Any:
    if not isinstance(value, str | list):
        raise ValueError("must be text or a list of words")
    return value  # pyright: ignore[reportUnknownVariableType]


@modules.register("docker_container")
class DockerContainer(Module):
    """Make, change, start, stop and remove containers of Docker.

    What a container has is compared with what the task says. Limits are changed in a container that runs; for
    anything else it is made anew, with the options of the task alone. `comparisons` tells what differs.

    Returns:
        container: what Docker tells of the container.
        status: with which code it ended, with `detach: false`.
        actions: what was done, in check mode and with `debug`.

    Examples:
        - name: Serve the shop
          docker_container:
            name: shop
            image: registry.example.org/shop:1.4
            restart_policy: unless-stopped
            published_ports: ["127.0.0.1:8080:80"]
            env:
              DATABASE: database
            networks:
              - name: shop

        - name: Stop it, whatever its options are
          docker_container:
            name: shop
            state: stopped
            comparisons:
              "*": ignore
    """

    class Args(DockerArgs):
        name: Text
        """The container's name."""
        state: Literal["absent", "present", "healthy", "stopped", "started"] = "started"
        """What it is to be."""
        image: Text | None = None
        """The image."""
        auto_remove: Bool | None = None
        """Docker removes it when it ends."""
        blkio_weight: Int | None = None
        """Its share of disk access, 10 to 1000."""
        cap_drop: StrList | None = None
        """Capabilities that it does not have."""
        capabilities: StrList | None = None
        """Capabilities that it has."""
        cgroup_parent: Text | None = None
        """The cgroup that it is in."""
        cgroupns_mode: Literal["host", "private"] | None = None
        """Whose cgroups it sees: its own or the host's."""
        cleanup: Bool = False
        """Remove it after it has run, where `detach` is off."""
        command: Annotated[str | list[Any], BeforeValidator(_command)] | None = None
        """The command."""
        command_handling: Literal["compatibility", "correct"] = "correct"
        """Whether text is a command as a shell would read it, or as docker does."""
        comparisons: Comparisons | None = None
        """How options are compared: strict, ignore, allow_more_present; `*` for all."""
        container_default_behavior: Literal["compatibility", "no_defaults"] = "no_defaults"
        """Whether options that are not given have defaults, or are left alone."""
        cpu_period: Int | None = None
        """The length of a turn, in microseconds."""
        cpu_quota: Int | None = None
        """How much of each turn it may have, in microseconds."""
        cpu_shares: Int | None = None
        """Its share of processors."""
        cpus: Float | None = None
        """How many processors it may use."""
        cpuset_cpus: Text | None = None
        """Which processors it may use."""
        cpuset_mems: Text | None = None
        """Which nodes of memory it may use."""
        default_host_ip: Address | None = None
        """The address of the host that ports are published on."""
        detach: Bool | None = None
        """Do not wait until it has run."""
        device_cgroup_rules: StrList | None = None
        """Rules for devices."""
        device_read_bps: Annotated[list[Rate], BeforeValidator(to_items)] | None = None
        """Bytes a second that are read from devices."""
        device_read_iops: Annotated[list[Operations], BeforeValidator(to_items)] | None = None
        """Reads a second from devices."""
        device_requests: Annotated[list[Request], BeforeValidator(to_items)] | None = None
        """Devices such as GPUs."""
        device_write_bps: Annotated[list[Rate], BeforeValidator(to_items)] | None = None
        """Bytes a second that are written to devices."""
        device_write_iops: Annotated[list[Operations], BeforeValidator(to_items)] | None = None
        """Writes a second to devices."""
        devices: StrList | None = None
        """Devices that it has: `/dev/x:/dev/y:rwm`."""
        dns_opts: StrList | None = None
        """Options of the resolver."""
        dns_search_domains: StrList | None = None
        """Domains to look names up in."""
        dns_servers: StrList | None = None
        """Name servers."""
        domainname: Text | None = None
        """Its domain."""
        entrypoint: StrList | None = None
        """The program that runs the command."""
        env: Environment | None = None
        """Its environment; values are text."""
        env_file: Path | None = None
        """A file of the host with more of that."""
        etc_hosts: Texts | None = None
        """Names and their addresses."""
        exposed_ports: Exposed | None = arg(None, "exposed", "expose")
        """Ports that it listens on, which are not published."""
        force_kill: Bool = arg(False, "forcekill")
        """Kill it instead of stopping it."""
        groups: StrList | None = None
        """More groups of its user."""
        healthcheck: Health | None = None
        """How Docker tells whether it is healthy."""
        healthy_wait_timeout: Float = 300
        """Seconds to wait for the state healthy."""
        hostname: Text | None = None
        """Its host name."""
        image_comparison: Literal["desired-image", "current-image"] = "desired-image"
        """Whether the named image, or the one that it was made of, is compared."""
        image_label_mismatch: Literal["ignore", "fail"] = "ignore"
        """What becomes of labels of the image that are not in `labels`."""
        image_name_mismatch: Literal["recreate", "ignore"] = "recreate"
        """Whether it is made anew where only the image's name differs."""
        init: Bool | None = None
        """Have a small init reap its processes."""
        interactive: Bool | None = None
        """Keep its input open."""
        ipc_mode: Text | None = None
        """Whose shared memory it sees."""
        keep_volumes: Bool = True
        """Keep volumes without a name when it is removed."""
        kernel_memory: Size | None = None
        """The kernel's memory for it."""
        kill_signal: Text | None = None
        """The signal for `force_kill`."""
        labels: Labels | None = None
        """Its labels."""
        links: StrList | None = None
        """Containers that it knows by other names."""
        log_driver: Text | None = None
        """Where its output goes."""
        log_options: Texts | None = arg(None, "log_opt")
        """Options of that."""
        mac_address: Text | None = None
        """Its MAC address."""
        memory: Size | None = None
        """Its memory, such as `512M`."""
        memory_reservation: Size | None = None
        """The memory that it is left with when there is little."""
        memory_swap: SizeOrUnlimited | None = None
        """Its memory with swap; -1 means without limit."""
        memory_swappiness: Int | None = None
        """How readily it is swapped out, 0 to 100."""
        mounts: Annotated[list[Mount], BeforeValidator(to_items)] | None = None
        """What is mounted in it."""
        network_mode: Text | None = None
        """Its network: bridge, host, none, `container:NAME`, a network."""
        networks: Annotated[list[Network], BeforeValidator(to_items)] | None = None
        """Networks that it is in."""
        networks_cli_compatible: Bool = True
        """Be in those networks only, as docker itself does."""
        oom_killer: Bool | None = None
        """Whether it may be killed when memory is short."""
        oom_score_adj: Int | None = None
        """How soon it is killed then."""
        output_logs: Bool = False
        """Show its output, where `detach` is off."""
        paused: Bool | None = None
        """Whether it is held."""
        pid_mode: Text | None = None
        """Whose processes it sees."""
        pids_limit: Int | None = None
        """How many processes it may have."""
        platform: Text | None = None
        """The platform of the image."""
        privileged: Bool | None = None
        """It may do all that the host may."""
        publish_all_ports: Bool | None = None
        """Publish all ports that the image names."""
        published_ports: Published | None = arg(None, "ports")
        """Ports of the host and where they lead: `8080:80`, `127.0.0.1:53:53/udp`, or `all`."""
        pull: Annotated[Pull, BeforeValidator(_pull)] = "missing"
        """When the image is pulled."""
        pull_check_mode_behavior: Literal["image_not_present", "always"] = "image_not_present"
        """What check mode tells of pulling."""
        read_only: Bool | None = None
        """Its file system cannot be written."""
        recreate: Bool = False
        """Make it anew each time."""
        removal_wait_timeout: Float | None = None
        """Seconds to wait until it is gone."""
        restart: Bool = False
        """Restart it each time."""
        restart_policy: Literal["no", "on-failure", "always", "unless-stopped"] | None = None
        """When Docker starts it again."""
        restart_retries: Int | None = None
        """How often, with `on-failure`."""
        runtime: Text | None = None
        """The runtime."""
        security_opts: StrList | None = None
        """Options of security."""
        shm_size: Size | None = None
        """The size of its shared memory."""
        stop_signal: Text | None = None
        """The signal that stops it."""
        stop_timeout: Int | None = None
        """Seconds until it is killed then."""
        storage_opts: Texts | None = None
        """Options of its storage."""
        sysctls: Texts | None = None
        """Settings of the kernel."""
        tmpfs: StrList | None = None
        """Where it has a tmpfs: `/run:size=64m`."""
        tty: Bool | None = None
        """Give it a terminal."""
        ulimits: Limits | None = None
        """Limits: `nofile:1024:2048`."""
        user: Text | None = None
        """The user that it runs as."""
        userns_mode: Text | None = None
        """Whose user numbers it has."""
        uts: Text | None = None
        """Whose host name it has."""
        volume_driver: Text | None = None
        """The driver of its volumes."""
        volumes: Volumes | None = None
        """What is mounted in it: `/srv:/data:ro`, `name:/data`."""
        volumes_from: StrList | None = None
        """Containers whose volumes it has."""
        working_dir: Text | None = None
        """The directory that it runs in."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.state == "present" and not self.image:
                raise ValueError("state present needs image")
            if self.log_options is not None and self.log_driver is None:
                raise ValueError("log_options needs log_driver")
            if self.restart_retries is not None and self.restart_policy is None:
                raise ValueError("restart_retries needs restart_policy")
            one_target_each(self.mounts or [], self.volumes or [])
            return self

    target = "docker_container.run"
