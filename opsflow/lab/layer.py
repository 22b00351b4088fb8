"""What the hosts of one lab share above the base tree: trust in its key and repository, first packages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from . import demo
from .identity import UBUNTU_FILES
from .process import CONTAINED, run
from .repo import Repository

SETUP = Path(__file__).with_name("layer-setup.sh")
OPS_UID = 1000  # the first user of the base tree


@dataclass(frozen=True, slots=True)
class Layer:
    """A read-only tree between the base and the hosts of one code name."""

    directory: Path
    base: Path
    codename: str
    mirror_sources: str

    @property
    def lower(self) -> str:
        """The value of overlayfs's `lowerdir` for a host."""
        return f"{self.directory}:{self.base}"

    def create(self, repository: Repository, public_key: str, ubuntu: bool) -> None:
        """Make the tree, unless it is there.

        Args:
            repository: where its hosts get packages; its server must be up.
            public_key: the line that lets the lab's owner log in as `ops`.
            ubuntu: give it Ubuntu's identity.
        """
        if self.directory.exists():
            return
        building = self.directory.with_name(self.directory.name + ".building")
        shutil.rmtree(building, ignore_errors=True)
        layer, work, root = (building / name for name in ("layer", "work", "root"))
        for directory in (work, root):
            directory.mkdir(parents=True)
        files = {
            "etc/apt/keyrings/opsflow-lab.asc": repository.public_key.read_text(),
            "etc/apt/sources.list.d/opsflow-lab.list": repository.sources(self.codename),
            **({"etc/apt/sources.list.d/mirror.list": self.mirror_sources} if self.mirror_sources else {}),
            **(UBUNTU_FILES if ubuntu else {}),
        }
        for path, text in files.items():
            write_root_file(layer, path, text)
        self._add_login(layer, public_key)
        if ubuntu:
            (layer / "etc/dpkg/origins/default").symlink_to("ubuntu")
        run([*CONTAINED, "sh", SETUP, layer, self.base, work, root, *demo.NAMES])
        layer.rename(self.directory)
        shutil.rmtree(building)

    def _add_login(self, layer: Path, public_key: str) -> None:
        write_root_file(layer, "home/ops/.ssh/authorized_keys", public_key)
        for path in ("home/ops", "home/ops/.ssh", "home/ops/.ssh/authorized_keys"):
            shutil.chown(layer / path, OPS_UID, OPS_UID)
        (layer / "home/ops/.ssh").chmod(0o700)


def write_root_file(tree: Path, path: str, text: str, mode: int = 0o644) -> None:
    """Write a file of root into an overlay; new directories get the usual mode whatever our umask is."""
    target = tree / path
    for directory in reversed(target.relative_to(tree).parents):
        if not (tree / directory).exists():
            (tree / directory).mkdir()
            (tree / directory).chmod(0o755)
    target.touch(mode=0o600)
    target.chmod(mode)
    target.write_text(text)
