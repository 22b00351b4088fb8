"""docker_network: networks of Docker."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, model_validator

from .base.docker import DockerArgs, Labels, Texts
from .base.module import Module, ModuleArgs, modules
from .base.types import Bool, StrList, Text, arg, to_items


class Pool(ModuleArgs):
    """A range of addresses."""

    subnet: Text | None = None
    iprange: Text | None = None
    gateway: Text | None = None
    aux_addresses: Texts | None = None

    @model_validator(mode="after")
    def _network(self) -> Self:
        if self.subnet is None:
            raise ValueError("ipam_config needs subnet")
        try:
            ipaddress.ip_network(self.subnet, strict=False)
        except ValueError:
            raise ValueError(f'"{self.subnet}" is not a valid CIDR: write it as 10.1.0.0/16') from None
        return self


@modules.register("docker_network")
class DockerNetwork(Module):
    """Make and remove networks of Docker, and say which containers are in them.

    A network that is not as wanted is made anew; the containers in it stay connected.

    Returns:
        network: what Docker tells of the network.
        actions: what was done, in check mode and with `debug`.

    Examples:
        - name: Have a network for the shop
          docker_network:
            name: shop
            ipam_config:
              - subnet: 10.20.0.0/24

        - name: Have these two containers in it, and no others
          docker_network:
            name: shop
            connected: [web, database]
    """

    class Args(DockerArgs):
        name: Text = arg(..., "network_name")
        connected: StrList = arg([], "containers")
        driver: Text = "bridge"
        driver_options: Texts = arg({})
        force: Bool = False
        appends: Bool = arg(False, "incremental")
        ipam_driver: Text | None = None
        ipam_driver_options: Texts | None = None
        ipam_config: Annotated[list[Pool], BeforeValidator(to_items)] | None = None
        config_only: Bool | None = None
        config_from: Text | None = None
        enable_ipv4: Bool | None = None
        enable_ipv6: Bool | None = None
        internal: Bool | None = None
        labels: Labels = arg({})
        scope: Literal["local", "global", "swarm"] | None = None
        attachable: Bool | None = None
        ingress: Bool | None = None
        state: Literal["absent", "present"] = "present"

    target = "docker_network.run"
