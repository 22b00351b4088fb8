"""A throwaway fleet of real Debian hosts on this machine, for tests, demos and benchmarks.

Each host is a systemd-nspawn container that boots a real systemd on an overlay of a cached Debian tree:
real SSH, real apt with the lab's own signed repository, real reboots.

    requirements  can this machine do it
    base          the cached tree of a release          layer    what the hosts of one lab share above it
    network       bridge, addresses, namespaces         cgroups  how processes are found and killed
    machine       the life of one host                  fleet    the whole lab
    repo, deb     the package repository                server   the program that shows it to the hosts
    files         what a person gets: key, known_hosts, inventory
"""

from .errors import LabError, LabUnavailable
from .fleet import Lab, remove
from .model import Host
from .record import lab_names
from .requirements import unavailable

__all__ = ["Host", "Lab", "LabError", "LabUnavailable", "lab_names", "remove", "unavailable"]
