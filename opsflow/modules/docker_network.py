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
    """The network's addresses."""
    iprange: Text | None = None
    """Those that containers get."""
    gateway: Text | None = None
    """The gateway."""
    aux_addresses: Texts | None = None
    """Addresses that are taken, by name."""

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
        """The network."""
        connected: StrList = arg([], "containers")
        """Containers that are in it."""
        driver: Text = "bridge"
        """Its driver."""
        driver_options: Texts = arg({})
        """Options of that."""
        force: Bool = False
        """Make it anew each time."""
        appends: Bool = arg(False, "incremental")
        """Leave containers in it that are not named."""
        ipam_driver: Text | None = None
        """The driver of its addresses."""
        ipam_driver_options: Texts | None = None
        """Options of that."""
        ipam_config: Annotated[list[Pool], BeforeValidator(to_items)] | None = None
        """Its address ranges."""
        config_only: Bool | None = None
        """It is a configuration for others."""
        config_from: Text | None = None
        """The network whose configuration it has."""
        enable_ipv4: Bool | None = None
        """It has IPv4."""
        enable_ipv6: Bool | None = None
        """It has IPv6."""
        internal: Bool | None = None
        """It leads nowhere else."""
        labels: Labels = arg({})
        """Its labels."""
        scope: Literal["local", "global", "swarm"] | None = None
        """Where it is: local, global or swarm."""
        attachable: Bool | None = None
        """Containers may join it in a swarm."""
        ingress: Bool | None = None
        """It is the one that leads into the swarm."""
        state: Literal["absent", "present"] = "present"
        """Whether it is to be there."""

    target = "docker_network.run"
