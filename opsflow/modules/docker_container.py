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
        state: Literal["absent", "present", "healthy", "stopped", "started"] = "started"
        image: Text | None = None
        auto_remove: Bool | None = None
        blkio_weight: Int | None = None
        cap_drop: StrList | None = None
        capabilities: StrList | None = None
        cgroup_parent: Text | None = None
        cgroupns_mode: Literal["host", "private"] | None = None
        cleanup: Bool = False
        command: Annotated[str | list[Any], BeforeValidator(_command)] | None = None
        command_handling: Literal["compatibility", "correct"] = "correct"
        comparisons: Comparisons | None = None
        container_default_behavior: Literal["compatibility", "no_defaults"] = "no_defaults"
        cpu_period: Int | None = None
        cpu_quota: Int | None = None
        cpu_shares: Int | None = None
        cpus: Float | None = None
        cpuset_cpus: Text | None = None
        cpuset_mems: Text | None = None
        default_host_ip: Address | None = None
        detach: Bool | None = None
        device_cgroup_rules: StrList | None = None
        device_read_bps: Annotated[list[Rate], BeforeValidator(to_items)] | None = None
        device_read_iops: Annotated[list[Operations], BeforeValidator(to_items)] | None = None
        device_requests: Annotated[list[Request], BeforeValidator(to_items)] | None = None
        device_write_bps: Annotated[list[Rate], BeforeValidator(to_items)] | None = None
        device_write_iops: Annotated[list[Operations], BeforeValidator(to_items)] | None = None
        devices: StrList | None = None
        dns_opts: StrList | None = None
        dns_search_domains: StrList | None = None
        dns_servers: StrList | None = None
        domainname: Text | None = None
        entrypoint: StrList | None = None
        env: Environment | None = None
        env_file: Path | None = None
        etc_hosts: Texts | None = None
        exposed_ports: Exposed | None = arg(None, "exposed", "expose")
        force_kill: Bool = arg(False, "forcekill")
        groups: StrList | None = None
        healthcheck: Health | None = None
        healthy_wait_timeout: Float = 300
        hostname: Text | None = None
        image_comparison: Literal["desired-image", "current-image"] = "desired-image"
        image_label_mismatch: Literal["ignore", "fail"] = "ignore"
        image_name_mismatch: Literal["recreate", "ignore"] = "recreate"
        init: Bool | None = None
        interactive: Bool | None = None
        ipc_mode: Text | None = None
        keep_volumes: Bool = True
        kernel_memory: Size | None = None
        kill_signal: Text | None = None
        labels: Labels | None = None
        links: StrList | None = None
        log_driver: Text | None = None
        log_options: Texts | None = arg(None, "log_opt")
        mac_address: Text | None = None
        memory: Size | None = None
        memory_reservation: Size | None = None
        memory_swap: SizeOrUnlimited | None = None
        memory_swappiness: Int | None = None
        mounts: Annotated[list[Mount], BeforeValidator(to_items)] | None = None
        network_mode: Text | None = None
        networks: Annotated[list[Network], BeforeValidator(to_items)] | None = None
        networks_cli_compatible: Bool = True
        oom_killer: Bool | None = None
        oom_score_adj: Int | None = None
        output_logs: Bool = False
        paused: Bool | None = None
        pid_mode: Text | None = None
        pids_limit: Int | None = None
        platform: Text | None = None
        privileged: Bool | None = None
        publish_all_ports: Bool | None = None
        published_ports: Published | None = arg(None, "ports")
        pull: Annotated[Pull, BeforeValidator(_pull)] = "missing"
        pull_check_mode_behavior: Literal["image_not_present", "always"] = "image_not_present"
        read_only: Bool | None = None
        recreate: Bool = False
        removal_wait_timeout: Float | None = None
        restart: Bool = False
        restart_policy: Literal["no", "on-failure", "always", "unless-stopped"] | None = None
        restart_retries: Int | None = None
        runtime: Text | None = None
        security_opts: StrList | None = None
        shm_size: Size | None = None
        stop_signal: Text | None = None
        stop_timeout: Int | None = None
        storage_opts: Texts | None = None
        sysctls: Texts | None = None
        tmpfs: StrList | None = None
        tty: Bool | None = None
        ulimits: Limits | None = None
        user: Text | None = None
        userns_mode: Text | None = None
        uts: Text | None = None
        volume_driver: Text | None = None
        volumes: Volumes | None = None
        volumes_from: StrList | None = None
        working_dir: Text | None = None

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
