"""Making small but real Debian packages."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .process import run

FAILING = "echo '{package} {version}: this package fails on purpose' >&2\nexit 1\n"
REBOOT = "mkdir -p /run\ntouch /run/reboot-required\necho {package} >>/run/reboot-required.pkgs\n"


@dataclass(frozen=True, slots=True)
class Package:
    """What a package is to hold and to do when it is configured.

    `files` and `conffiles` map absolute paths to their text; `scripts` maps a maintainer script's name
    to its shell text, without the first line.
    """

    name: str
    version: str
    depends: str = ""
    files: dict[str, str] = field(default_factory=dict[str, str])
    conffiles: dict[str, str] = field(default_factory=dict[str, str])
    scripts: dict[str, str] = field(default_factory=dict[str, str])
    fields: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def file_name(self) -> str:
        """The name of its .deb; an epoch's colon has no place in it."""
        return f"{self.name}_{self.version.split(':')[-1]}_all.deb"


def build(package: Package, directory: Path) -> Path:
    """Write a package's .deb into a directory and return its path."""
    tree = Path(tempfile.mkdtemp(prefix="build-", dir=directory))
    try:
        tree.chmod(0o755)
        for path, text in {**package.files, **package.conffiles}.items():
            _write(tree / path.lstrip("/"), text)
        _write(tree / "DEBIAN" / "control", _control(package))
        if package.conffiles:
            _write(tree / "DEBIAN" / "conffiles", "".join(f"{path}\n" for path in package.conffiles))
        for name, text in package.scripts.items():
            _write(tree / "DEBIAN" / name, f"#!/bin/sh\nset -e\n{text}", mode=0o755)
        deb = directory / package.file_name
        run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, deb])
    finally:
        shutil.rmtree(tree)
    return deb


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    path.write_text(text)
    path.chmod(mode)


def _control(package: Package) -> str:
    fields = {
        "Package": package.name,
        "Version": package.version,
        "Architecture": "all",
        "Maintainer": "OpsFlow lab <lab@example.invalid>",
        "Section": "misc",
        "Priority": "optional",
        **({"Depends": package.depends} if package.depends else {}),
        **package.fields,
        "Description": f"package of an OpsFlow lab\n {package.name} exists to be upgraded.",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())
