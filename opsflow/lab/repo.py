"""The lab's own package repository: real .debs, real indexes, signed with a throwaway key."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from . import demo
from .deb import FAILING, REBOOT, build
from .errors import LabError
from .process import locked, run
from .requirements import require

PORT = 8077
UBUNTU_CODENAME = "noble"
DEBIAN_SUITES = {"bullseye": "oldoldstable", "bookworm": "oldstable", "trixie": "stable"}


@dataclass(frozen=True, slots=True)
class Repository:
    """The files below `directory`, which the lab's server shows at `url`.

    Each code name has two suites, NAME and NAME-security, with the origin and label that Debian and
    Ubuntu give theirs. A publication goes to all code names, as hosts of all releases want it; one `only` for
    a code name makes that a release which hosts can be upgraded to.
    """

    directory: Path
    url: str
    codenames: tuple[str, ...]

    @property
    def public_key(self) -> Path:
        """The armoured key that signs the suites."""
        return self.directory / "key.asc"

    def create(self) -> None:
        """Make the signing key and publish version 1.0 of the demo packages, unless that was done."""
        with self._changing():
            if not self.public_key.exists():
                self._fill()
                self._make_key()

    def publish(
        self,
        package: str,
        version: str,
        *,
        depends: str = "",
        postinst_fails: bool = False,
        reboot_required: bool = False,
        conffile: bool = False,
        security: bool = False,
        only: str = "",
        phased: int | None = None,
        files: dict[str, str] | None = None,
        postinst: str = "",
        preinst: str = "",
    ) -> Path:
        """Build a package and publish it; hosts see it after `apt-get update`.

        Args:
            package: one of the demo packages, or any name for a package with one file.
            version: a Debian version; the same one again replaces the package.
            depends: its Depends field.
            postinst_fails: configuring it fails.
            reboot_required: configuring it asks for a reboot, as a new kernel does.
            conffile: `/etc/PACKAGE.conf` differs from that of any other version.
            security: publish it in the -security suites.
            only: the code name of the only release that gets it; one that no host has is added.
            phased: percent of the hosts that may have it already, as in Ubuntu; None for all.
            files: further files, by absolute path.
            postinst: further shell text to run when it is configured.
            preinst: shell text to run before it is unpacked.

        Returns:
            The path of the .deb.

        Raises:
            LabError: the name or the version is none that Debian knows.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", package):
            raise LabError(f"'{package}' cannot name a package", hint="use lower-case letters, digits, '+-.'")
        plain = demo.package(package, version, depends)
        script = plain.scripts.get("postinst", "") + postinst
        script += REBOOT.format(package=package) if reboot_required else ""
        script += FAILING.format(package=package, version=version) if postinst_fails else ""
        conffiles = (
            {f"/etc/{package}.conf": f"greeting = hello from {version}\n"} if conffile else plain.conffiles
        )
        wanted = dataclasses.replace(
            plain,
            files={**plain.files, **(files or {})},
            conffiles=conffiles,
            scripts={name: text for name, text in (("postinst", script), ("preinst", preinst)) if text},
            fields={} if phased is None else {"Phased-Update-Percentage": str(phased)},
        )
        with self._changing():
            return build(wanted, self._pool(security, only))

    def publish_file(self, deb: Path, *, security: bool = False) -> Path:
        """Publish a .deb that was made elsewhere; return its path in the repository."""
        if not deb.is_file():
            raise LabError(f"there is no package file {deb}")
        run(["dpkg-deb", "--field", deb, "Package"])
        with self._changing():
            return Path(shutil.copy(deb, self._pool(security)))

    def withdraw(self, package: str, version: str | None = None) -> int:
        """Remove a package, or one version of it; return how many files that were."""
        with self._changing():
            found = list(self.directory.glob(f"pool/*/{package}_{version or '*'}_*.deb"))
            for deb in found:
                deb.unlink()
        return len(found)

    def reset(self) -> None:
        """Go back to what `create` published."""
        with self._changing():
            for codename in set(self._releases()) - set(self.codenames):
                for suite in (codename, f"{codename}-security"):
                    shutil.rmtree(self.directory / "dists" / suite, ignore_errors=True)
            self._fill()

    def sources(self, codename: str) -> str:
        """Return the lines of a sources.list for hosts of a code name."""
        signed = "[signed-by=/etc/apt/keyrings/opsflow-lab.asc]"
        return "".join(
            f"deb {signed} {self.url} {suite} main\n" for suite in (codename, f"{codename}-security")
        )

    @contextmanager
    def _changing(self) -> Generator[None]:
        """Let nobody else change the packages meanwhile, and make new indexes at the end."""
        require()
        with locked(self.directory.with_name("repo.lock")):
            try:
                yield
                self._index()
            finally:
                self._end_agent()

    @property
    def _keys(self) -> Path:
        return self.directory.with_name("gnupg")

    def _packages(self, security: bool, only: str) -> str:
        """Return the index of a pool; nothing for one that is not there."""
        pool = self._pool_path(security, only).relative_to(self.directory)
        there = (self.directory / pool).is_dir()
        return run(["apt-ftparchive", "packages", pool], cwd=self.directory) if there else ""

    def _pool(self, security: bool, only: str = "") -> Path:
        pool = self._pool_path(security, only)
        pool.mkdir(parents=True, exist_ok=True)
        return pool

    def _pool_path(self, security: bool, only: str) -> Path:
        name = "security" if security else "main"
        return self.directory / "pool" / (f"{name}@{only}" if only else name)

    def _releases(self) -> list[str]:
        """Return the code names of the hosts, and those that got something of their own."""
        own = (pool.name.partition("@")[2] for pool in self.directory.glob("pool/*@*"))
        return sorted({*self.codenames, *own})

    def _fill(self) -> None:
        shutil.rmtree(self.directory / "pool", ignore_errors=True)
        for name in demo.NAMES:
            build(demo.package(name, demo.FIRST_VERSION), self._pool(security=False))

    def _make_key(self) -> None:
        self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.mkdir(parents=True, exist_ok=True)
        self._gpg("--passphrase", "", "--quick-generate-key", "OpsFlow lab", "ed25519", "sign", "never")
        key = self._gpg("--armor", "--export")
        self.public_key.with_suffix(".new").write_text(key)
        self.public_key.with_suffix(".new").rename(self.public_key)

    def _gpg(self, *arguments: str | Path) -> str:
        return run(["gpg", "--homedir", self._keys, "--batch", "--yes", "--quiet", *arguments])

    def _end_agent(self) -> None:
        """End the agent that gpg starts and leaves behind."""
        if self._keys.exists():
            run(["gpgconf", "--homedir", self._keys, "--kill", "all"])

    def _index(self) -> None:
        date = self._next_date()
        architecture = run(["dpkg", "--print-architecture"]).strip()
        for codename in self._releases():
            for security in (False, True):
                self._index_suite(codename, security, architecture, date)

    def _next_date(self) -> datetime:
        """Return now, or a second after the last index: apt ignores one that is not newer."""
        dates = [datetime.now(UTC)]
        for release in self.directory.glob("dists/*/Release"):
            line = next(line for line in release.read_text().splitlines() if line.startswith("Date:"))
            dates.append(parsedate_to_datetime(line.removeprefix("Date:").strip()) + timedelta(seconds=1))
        return max(dates)

    def _index_suite(self, codename: str, security: bool, architecture: str, date: datetime) -> None:
        suite = f"{codename}-security" if security else codename
        packages = "".join(self._packages(security, only) for only in ("", codename)).encode()
        dist = self.directory / "dists" / suite
        folder = f"main/binary-{architecture}"
        entries: list[str] = []
        for name, data in (("Packages", packages), ("Packages.gz", gzip.compress(packages, mtime=0))):
            digest = hashlib.sha256(data).hexdigest()
            # Fetched by its digest, an index stays whole for a host that reads while we publish.
            _write(dist / folder / "by-hash" / "SHA256" / digest, data)
            _write(dist / folder / name, data)
            entries.append(f" {digest} {len(data)} {folder}/{name}\n")
        fields = {
            **_names(codename, security),
            "Date": format_datetime(date, usegmt=True),
            "Architectures": f"all {architecture}",
            "Components": "main",
            "Acquire-By-Hash": "yes",
        }
        release = "".join(f"{name}: {value}\n" for name, value in fields.items())
        _write(dist / "Release", f"{release}SHA256:\n{''.join(entries)}".encode())
        self._gpg("--clearsign", "--output", dist / "InRelease.new", dist / "Release")
        (dist / "InRelease.new").rename(dist / "InRelease")


def _names(codename: str, security: bool) -> dict[str, str]:
    """Return how Debian and Ubuntu name a suite, which is how tools tell security updates."""
    ending = "-security" if security else ""
    if codename == UBUNTU_CODENAME:
        names = ("Ubuntu", "Ubuntu", codename + ending, codename)
    else:
        label = "Debian-Security" if security else "Debian"
        names = ("Debian", label, DEBIAN_SUITES.get(codename, "testing") + ending, codename + ending)
    return dict(zip(("Origin", "Label", "Suite", "Codename"), names, strict=True))


def _write(path: Path, data: bytes) -> None:
    """Replace a file in one step, so that a reader sees the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_bytes(data)
    new.rename(path)
