"""Old versions of packages, kept on the host: they can come back when no mirror has them any more.

A version's own package file is taken from apt's archive, where it lies there still. Else the files that are
installed are linked into a tree. dpkg replaces a file by renaming a new one over it, so the old one stays
what it was, for the price of a name. Copied are configuration files, what lies on another file system, and
what runs with its owner's rights: dpkg takes those rights, and all others, from each name of such a file
that it replaces. A tree becomes a package file when it is needed.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat

from opsflow.target import conffiles, conffiles_saved, dpkg_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsflow.target.dpkg_status import Status
    from opsflow.target.request import Request

ARCHIVES = "/var/cache/apt/archives"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm", "config")
_ONLY_OF_DPKG = re.compile(
    rb"^(?:Status|Conffiles|Config-Version|Triggers-Pending|Triggers-Awaited):.*\n(?:[ \t].*\n?)*", re.M
)
RIGHTS = stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX
_ELSEWHERE = (errno.EXDEV, errno.EPERM, errno.EMLINK)


def keep(request: Request, folder: str, status: Status, labels: Iterable[str]) -> dict[str, str]:
    """Keep the installed versions of packages below a folder; return `archive` or `files` for each.

    What was kept there before stays as it is. Raises OSError where there is no space for it.
    """
    how: dict[str, str] = {}
    diverted = _diversions()
    for label in labels:
        request.raise_if_cancelled()
        package = status.find(label)
        assert package is not None
        archive = _archive(package)
        if os.path.exists(_place(folder, label)):
            how[label] = "files"
        elif os.path.exists(_own_file(folder, label)) or (archive and _take(archive, folder, label)):
            how[label] = "archive"
        else:
            _link_tree(_place(folder, label), label, status, diverted)
            how[label] = "files"
    return how


def is_kept(folder: str, label: str) -> bool:
    """Tell whether the old version of a package is there still."""
    return os.path.exists(_own_file(folder, label)) or os.path.exists(_place(folder, label))


def package_file(request: Request, folder: str, label: str) -> str:
    """Return the package file of a version that `keep` has kept, made from its tree where that is needed."""
    path = _own_file(folder, label)
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        argv = ["dpkg-deb", "-Znone", "--build", _place(folder, label), path + ".new"]
        request.command(argv).check("packing the old version of " + label)
        os.rename(path + ".new", path)
    return path


def has_script(label: str, status: Status, kind: str) -> bool:
    """Tell whether a package that dpkg knows has such a script, be it that only its configuration is left."""
    return os.path.exists("%s.%s" % (_info(label, status), kind))


def _archive(package: dpkg_status.Package) -> str | None:
    """Return the whole package file of a version in apt's archive, if it is there."""
    version = package.version.replace(":", "%3a")
    path = os.path.join(ARCHIVES, "%s_%s_%s.deb" % (package.name, version, package.arch))
    return path if _is_whole(path) else None


def _is_whole(path: str) -> bool:
    """Tell whether an `ar` archive has all of its last member: ar(5), 60 bytes before each."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            position = len(file.read(8))
            while position < size:
                file.seek(position)
                position += 60 + int(file.read(60)[48:58])
                position += position % 2
            return position in (size, size + 1)
    except (OSError, ValueError):
        return False


def _take(archive: str, folder: str, label: str) -> bool:
    path = _own_file(folder, label)
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    _link(archive, path)
    return True


def _link_tree(place: str, label: str, status: Status, diverted: Mapping[str, tuple[str, str]]) -> None:
    """Link the files of a package into a tree from which `dpkg-deb` can build it."""
    info = _info(label, status)
    stanza = status.stanza(label)
    own = {path for path, _ in conffiles.listed(stanza)}
    foreign = {path for path, _ in conffiles.obsolete(stanza)}  # they are the administrator's by now
    with open(info + ".list", encoding="utf-8", errors="surrogateescape") as file:
        paths = [line for line in file.read().splitlines() if line not in ("", "/.") and line not in foreign]
    folders = {os.path.dirname(path) for path in paths}
    new = place + ".new"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(new)
    os.chmod(new, 0o755)  # noqa: S103 - its own parent is for root alone
    for path in paths:
        other, owner = diverted.get(path, (path, label))
        source = path if owner == label.partition(":")[0] else other
        _add(source, new + path, is_folder=path in folders, is_conffile=path in own)
    _control(new, info, stanza)
    os.rename(new, place)


def _add(source: str, target: str, is_folder: bool, is_conffile: bool) -> None:
    """Add one thing to a tree; what has been removed from the host, or was never unpacked, is left out.

    A conffile that the administrator made a link is followed, as dpkg does: the link is none of the package.
    """
    try:
        found = os.stat(source) if is_folder or is_conffile else os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return
    _add_folder(os.path.dirname(source), os.path.dirname(target))
    if stat.S_ISDIR(found.st_mode):
        _add_folder(source, target)
    elif stat.S_ISLNK(found.st_mode):
        os.symlink(os.readlink(source), target)
        os.lchown(target, found.st_uid, found.st_gid)
    elif stat.S_ISREG(found.st_mode):
        if is_conffile or found.st_mode & RIGHTS:
            conffiles_saved.copy(source, target)
        else:
            _link(source, target)


def _add_folder(source: str, target: str) -> None:
    """Add a folder to a tree, with those above it: not every package names all of its folders."""
    if not os.path.isdir(target):
        _add_folder(os.path.dirname(source), os.path.dirname(target))
        found = os.stat(source)
        os.mkdir(target)
        os.chown(target, found.st_uid, found.st_gid)
        os.chmod(target, stat.S_IMODE(found.st_mode))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _ELSEWHERE:
            raise
        conffiles_saved.copy(source, target)


def _control(tree: str, info: str, stanza: bytes) -> None:
    """Add what dpkg keeps of a package beside its files."""
    control = os.path.join(tree, "DEBIAN")
    os.mkdir(control)
    os.chmod(control, 0o755)  # noqa: S103 - dpkg-deb takes no other
    start = os.path.basename(info) + "."
    for name in os.listdir(os.path.dirname(info)):
        kind = name[len(start) :] if name.startswith(start) else ""
        if kind and "." not in kind and kind not in ("list", "conffiles"):
            shutil.copy(os.path.join(os.path.dirname(info), name), os.path.join(control, kind))
            os.chmod(os.path.join(control, kind), 0o755 if kind in SCRIPTS else 0o644)
    own = [path for path, _ in conffiles.listed(stanza) if os.path.isfile(tree + path)]
    if own:
        text = "".join(path + "\n" for path in own)
        _write(os.path.join(control, "conffiles"), text.encode("utf-8", "surrogateescape"))
    _write(os.path.join(control, "control"), _ONLY_OF_DPKG.sub(b"", stanza.strip() + b"\n"))


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)


def _info(label: str, status: Status) -> str:
    """Return the start of the names of dpkg's files about a package."""
    package = status.find(label)
    assert package is not None
    own = os.path.join(dpkg_status.ADMIN, "info", package.name)
    with_arch = "%s:%s" % (own, package.arch)
    return with_arch if os.path.exists(with_arch + ".list") else own


def _diversions() -> dict[str, tuple[str, str]]:
    """Return where a path's files are put instead, and the package that wants it so; see dpkg-divert(1)."""
    try:
        with open(
            os.path.join(dpkg_status.ADMIN, "diversions"), encoding="utf-8", errors="surrogateescape"
        ) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return {}
    return {lines[i]: (lines[i + 1], lines[i + 2]) for i in range(0, len(lines) - 2, 3)}


def _place(folder: str, label: str) -> str:
    return os.path.join(folder, "trees", label)


def _own_file(folder: str, label: str) -> str:
    return os.path.join(folder, "archives", label.replace(":", "_") + ".deb")
