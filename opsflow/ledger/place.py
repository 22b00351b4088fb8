"""Where a ledger is: its URL, by default a file in the user's state directory."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from opsflow.core.errors import OpsFlowError, did_you_mean

NETWORK = frozenset((
    "9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.cephfs", "fuse.glusterfs", "fuse.rclone",
    "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "pvfs2",
    "smb2", "smb3", "smbfs",
))  # fmt: skip
"""File systems on which SQLite's locks and shared memory can't be trusted."""

_SCHEMES = ("sqlite", "postgresql", "postgres")
_FORMS = "such as sqlite:///var/lib/opsflow/ledger.db or postgresql://user@host/database"
_PASSWORD = re.compile(r"(\w+://[^/@:\s]*:)[^/@\s]+@")


class LedgerError(OpsFlowError):
    """The ledger can't be opened, read or written."""


def default_url(environ: Mapping[str, str] = os.environ) -> str:
    """Return the URL of a user's own ledger: a file in their state directory."""
    return f"sqlite://{state_directory(environ) / 'ledger.db'}"


def state_directory(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where our files that must survive are: `$XDG_STATE_HOME/opsflow`. Raises LedgerError."""
    base = environ.get("XDG_STATE_HOME", "")
    if base.startswith("/"):
        return Path(base) / "opsflow"
    try:
        return Path.home() / ".local" / "state" / "opsflow"
    except RuntimeError:
        hint = "set HOME or XDG_STATE_HOME, or name a file with --state sqlite:///path"
        raise LedgerError("there is no home directory to keep the ledger in", hint=hint) from None


def scheme_of(url: str) -> str:
    """Return which database a URL means: `sqlite` or `postgresql`. Raises LedgerError."""
    scheme, found, _ = url.partition("://")
    if not found:
        raise LedgerError(f"'{shown(url)}' is no URL of a ledger", hint=_FORMS)
    if scheme not in _SCHEMES:
        hint = did_you_mean(scheme, _SCHEMES) or _FORMS
        raise LedgerError(f"a ledger can't be kept in '{scheme}'", hint=hint)
    return "sqlite" if scheme == "sqlite" else "postgresql"


def file_of(url: str) -> Path:
    """Return the file that a URL of SQLite means. Raises LedgerError when it names none."""
    path = unquote(url.partition("://")[2].partition("?")[0])
    if not path.startswith("/") or path.endswith("/"):
        hint = "write all of its path, such as sqlite:///var/lib/opsflow/ledger.db"
        raise LedgerError(f"'{url}' names no file", hint=hint)
    return Path("/" + path.lstrip("/"))


def shown(text: str) -> str:
    """Return a URL as it may be shown: without its password."""
    return _PASSWORD.sub(r"\1********@", text)


def refuse_network(file: Path, mounts: str | None = None) -> None:
    """Raise LedgerError when a file would be on a network file system.

    Args:
        file: where the ledger is or will be.
        mounts: the text of mountinfo(5), by default this machine's.
    """
    directory = next(place for place in (file.parent, *file.parents) if place.exists()).resolve()
    kind = _file_system(directory, _mounts() if mounts is None else mounts)
    if kind in NETWORK:
        raise LedgerError(
            f"{file} is on a network file system ({kind}), where SQLite's locks can't be trusted",
            hint="name a local file with --state sqlite:///path, or use PostgreSQL",
        )


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(errors="replace")
    except OSError:
        return ""


def _file_system(directory: Path, mounts: str) -> str:
    """Return the kind of file system that a directory is on; the last of mounts over each other counts."""
    found, longest = "", -1
    for line in mounts.splitlines():
        fields, _, rest = line.partition(" - ")
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields.split()[4])
        if len(point) >= longest and directory.is_relative_to(point):
            found, longest = rest.split()[0], len(point)
    return found
