"""The part of an AnsibleModule that looks at files and changes them."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import tempfile

from opsflow.target import attributes as host
from opsflow.target import files, modes
from opsflow.target.compat._host import HostRequest
from opsflow.target.compat.common.file import format_attributes
from opsflow.target.compat.common.file import is_executable as _is_executable
from opsflow.target.compat.common.text.converters import to_bytes, to_native, to_text
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SHARED = ("owner", "group", "seuser", "serole", "setype", "selevel", "attributes")
_CHUNK = 64 * 1024


class Files:
    """Owners, modes, checksums, copies and atomic moves; mixed into AnsibleModule."""

    check_mode: bool
    params: dict[str, Any]
    cleanup_files: list[Any]

    if TYPE_CHECKING:

        def fail_json(self, msg: Any, **kwargs: Any) -> Any: ...
        def warn(self, warning: str, **_: Any) -> None: ...

    # what a file is

    def user_and_group(self, path: Any, expand: bool = True) -> tuple[int, int]:
        """Return the numbers of a file's owner and group."""
        found = os.lstat(_path(path, expand))
        return found.st_uid, found.st_gid

    def find_mount_point(self, path: Any) -> str:
        """Return the mount point of the file system that a path is on."""
        place = os.path.realpath(_path(path))
        while not os.path.ismount(place):
            place = os.path.dirname(place)
        return place

    def is_executable(self, path: Any) -> int:
        """Return the bits by which a file may be run by anybody."""
        return _is_executable(path)

    def get_file_attributes(self, path: Any, include_version: bool = True) -> dict[str, Any]:
        """Return chattr's letters of a file, their words, and the file's version."""
        letters, version = host.flags(to_native(path))
        if not letters and version is None:
            return {}
        found: dict[str, Any] = {"attr_flags": letters, "attributes": format_attributes(letters)}
        if include_version:
            found["version"] = version
        return found

    def check_file_absent_if_check_mode(self, file_path: Any) -> bool:
        """Tell whether a file is only not there because this is check mode."""
        return self.check_mode and not os.path.exists(file_path)

    def add_path_info(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Add what there is at `path` (or `dest`) to a result: uid, gid, owner, group, mode, size, state."""
        path = kwargs.get("path", kwargs.get("dest"))
        if path is None:
            return kwargs
        if os.path.exists(path):
            kwargs.update(host.info(to_native(path)))
        return kwargs

    # SELinux is not managed: hosts are Debian and Ubuntu

    def selinux_mls_enabled(self) -> bool:
        """Tell whether SELinux has levels."""
        return False

    def selinux_enabled(self) -> bool:
        """Tell whether SELinux is in use."""
        return os.path.exists("/sys/fs/selinux/enforce")

    def selinux_initial_context(self) -> list[Any]:
        """Return an empty context."""
        return [None, None, None]

    def selinux_default_context(self, path: Any, mode: int = 0) -> list[Any]:
        """Return the context that a policy wants for a path: none is known."""
        return self.selinux_initial_context()

    def selinux_context(self, path: Any) -> list[Any]:
        """Return a path's context."""
        if not self.selinux_enabled():
            return self.selinux_initial_context()
        label = os.getxattr(_path(path), "security.selinux", follow_symlinks=False)
        return to_text(label).rstrip("\0").split(":", 3)

    def is_special_selinux_path(self, path: Any) -> tuple[bool, Any]:
        """Tell whether a file system has one context for all: none is known to."""
        return False, None

    def set_default_selinux_context(self, path: Any, changed: bool) -> bool:
        """Leave the context to the policy."""
        return changed

    def set_context_if_different(self, path: Any, context: Any, changed: bool, diff: Any = None) -> bool:
        """Set the parts of a context that are given."""
        names = ("seuser", "serole", "setype", "selevel")
        return self._apply(path, dict(zip(names, context)), changed, diff)

    # what a file shall be

    def load_file_common_arguments(self, params: Any, path: Any = None) -> dict[str, Any]:
        """Return the common options about files from a module's arguments, for `set_fs_attributes…`."""
        path = params.get("path", params.get("dest")) if path is None else path
        if path is None:
            return {}
        path = _path(path)
        if params.get("follow", False) and os.path.islink(path):
            path = os.path.realpath(path)
        found = {name: params.get(name) for name in ("mode", *_SHARED)}
        found["secontext"] = [params.get(name) for name in ("seuser", "serole", "setype")]
        return dict(found, path=path)

    def set_owner_if_different(
        self, path: Any, owner: Any, changed: bool, diff: Any = None, expand: bool = True
    ) -> bool:
        """Give a file an owner, by name or number."""
        return self._apply(path, {"owner": owner}, changed, diff, expand)

    def set_group_if_different(
        self, path: Any, group: Any, changed: bool, diff: Any = None, expand: bool = True
    ) -> bool:
        """Give a file a group, by name or number."""
        return self._apply(path, {"group": group}, changed, diff, expand)

    def set_mode_if_different(
        self, path: Any, mode: Any, changed: bool, diff: Any = None, expand: bool = True
    ) -> bool:
        """Give a file a mode, octal or symbolic."""
        return self._apply(path, {"mode": mode}, changed, diff, expand)

    def set_attributes_if_different(
        self, path: Any, attributes: Any, changed: bool, diff: Any = None, expand: bool = True
    ) -> bool:
        """Give a file chattr's letters."""
        return self._apply(path, {"attributes": attributes}, changed, diff, expand)

    def set_fs_attributes_if_different(
        self, file_args: Any, changed: bool, diff: Any = None, expand: bool = True
    ) -> bool:
        """Give a file all that `load_file_common_arguments` returned."""
        wanted = {name: file_args.get(name) for name in ("mode", *_SHARED)}
        return self._apply(file_args["path"], wanted, changed, diff, expand)

    set_directory_attributes_if_different = set_fs_attributes_if_different
    set_file_attributes_if_different = set_fs_attributes_if_different

    def _apply(
        self, path: Any, wanted: dict[str, Any], changed: bool, diff: Any, expand: bool = True
    ) -> bool:
        wanted = {name: value for name, value in wanted.items() if value is not None}
        path = _path(path, expand)
        if not wanted:
            return changed
        if self.check_file_absent_if_check_mode(path):
            return True
        seen: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
        try:
            found = host.apply(self._request(), path, wanted, seen)  # type: ignore[arg-type]
        except Fail as fail:
            self.fail_json(path=path, **dict(fail.data, msg=fail.msg))
        except OSError as error:
            self.fail_json(path=path, msg="%s: %s" % (path, error.strerror))
        else:
            _add_diff(diff, seen)
            return found or changed
        return changed

    def _request(self) -> HostRequest:
        return HostRequest(self.check_mode)

    def _symbolic_mode_to_octal(self, path_stat: Any, symbolic_mode: str) -> int:
        return modes.resolve(symbolic_mode, stat.S_IMODE(path_stat.st_mode), stat.S_ISDIR(path_stat.st_mode))

    # content

    def digest_from_file(self, filename: Any, algorithm: Any) -> str | None:
        """Return the digest of a file's content; None where nothing is."""
        path = to_native(filename)
        if not os.path.exists(path):
            return None
        if os.path.isdir(path):
            self.fail_json(msg="attempted to take checksum of directory: %s" % path)
        try:
            found = hashlib.new(algorithm) if isinstance(algorithm, str) else algorithm
        except ValueError:
            known = ", ".join(sorted(hashlib.algorithms_available))
            text = "Could not hash file '%s' with algorithm '%s'. Available algorithms: %s"
            self.fail_json(msg=text % (path, algorithm, known))
            raise
        with open(path, "rb") as file:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                found.update(chunk)
        return found.hexdigest()

    def md5(self, filename: Any) -> str | None:
        """Return the md5 of a file's content."""
        return self.digest_from_file(filename, "md5")

    def sha1(self, filename: Any) -> str | None:
        """Return the sha1 of a file's content."""
        return self.digest_from_file(filename, "sha1")

    def sha256(self, filename: Any) -> str | None:
        """Return the sha256 of a file's content."""
        return self.digest_from_file(filename, "sha256")

    def append_to_file(self, filename: Any, str: str) -> None:
        """Write text at the end of a file."""
        with open(_path(filename), "a") as file:
            file.write(str)

    def backup_local(self, fn: Any) -> str:
        """Copy a file with all it has to `PATH.PID.DATE@TIME~` and return that; empty where there is none."""
        try:
            return files.back_up(to_native(fn)) or ""
        except OSError as error:
            self.fail_json(msg="Could not make backup of %s: %s" % (fn, error))
            raise

    def cleanup(self, tmpfile: Any) -> None:
        """Remove a file; what can't be removed is left."""
        if os.path.exists(tmpfile):
            try:
                os.unlink(tmpfile)
            except OSError as error:
                self.warn("could not cleanup %s: %s" % (tmpfile, to_native(error)))

    def preserved_copy(self, src: Any, dest: Any) -> None:
        """Copy a file with its owner, times, mode and chattr's letters."""
        shutil.copy2(src, dest)
        self._copy_owner(src, dest)
        letters = self.get_file_attributes(src, include_version=False).get("attr_flags", "")
        if letters:
            self.set_attributes_if_different(dest, letters, True)

    def _copy_owner(self, src: Any, dest: Any) -> None:
        found = os.stat(src)
        try:
            os.chown(dest, found.st_uid, found.st_gid)
        except PermissionError:  # who may not give files away keeps them
            pass

    def atomic_move(
        self, src: Any, dest: Any, unsafe_writes: bool = False, keep_dest_attrs: bool = True
    ) -> None:
        """Put a file in the place of another by a rename: whoever reads sees the old or the new content.

        The new one gets the owner and mode of the old one; where there is none, those that a new file has.
        A rename across file systems goes by way of a copy beside the destination.
        """
        source, target = to_native(src), to_native(dest)
        existed = os.path.exists(target)
        try:
            if existed and keep_dest_attrs:
                self._wear(source, target)
            os.rename(source, target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EXDEV, errno.EACCES, errno.ETXTBSY, errno.EBUSY):
                text = "Could not replace file: %s to %s: %s" % (source, target, to_native(error))
                self.fail_json(msg=text)
            self._move_by_copy(source, target, existed and keep_dest_attrs, unsafe_writes)
        if not existed:
            os.chmod(target, 0o666 & ~modes.umask())
            try:
                os.chown(target, os.geteuid(), os.getegid())
            except PermissionError:
                pass

    def _wear(self, source: str, target: str) -> None:
        """Give a file the mode and owner of another, as far as we may."""
        found = os.stat(target)
        os.chmod(source, stat.S_IMODE(found.st_mode))
        try:
            os.chown(source, found.st_uid, found.st_gid)
        except PermissionError:
            pass

    def _move_by_copy(self, source: str, target: str, wear: bool, unsafe: bool) -> None:
        directory = os.path.dirname(target) or "."
        try:
            fd, beside = tempfile.mkstemp(
                prefix=".ansible_tmp", suffix=os.path.basename(target), dir=directory
            )
        except OSError as error:
            if unsafe:
                self._unsafe_writes(source, target)
                return
            text = "The destination directory (%s) is not writable by the current user. Error was: %s"
            self.fail_json(msg=text % (directory, to_native(error)))
            raise
        os.close(fd)
        try:
            shutil.copy2(source, beside)
            if wear:
                self._wear(beside, target)
            os.rename(beside, target)
            os.unlink(source)
        except OSError as error:
            if unsafe and error.errno in (errno.EBUSY, errno.EPERM, errno.EACCES):
                self._unsafe_writes(source, target)
                return
            self.fail_json(msg="Unable to make %s into to %s: %s" % (source, target, to_native(error)))
        finally:
            self.cleanup(beside)

    def _unsafe_writes(self, src: Any, dest: Any) -> None:
        """Write into a file where it stands, such as a mount point: not atomic."""
        try:
            with open(to_bytes(src), "rb") as source, open(to_bytes(dest), "wb") as target:
                shutil.copyfileobj(source, target, _CHUNK)
        except OSError as error:
            self.fail_json(msg="Could not write data to file (%s) from (%s): %s" % (dest, src, error))


def _add_diff(diff: Any, seen: dict[str, dict[str, Any]]) -> None:
    """Add what was and what is to a module's diff, unless that has the file's content in its place."""
    if diff is None:
        return
    for side, values in seen.items():
        if values and isinstance(diff.setdefault(side, {}), dict):
            diff[side].update(values)


def _path(path: Any, expand: bool = True) -> str:
    text = to_native(path)
    return os.path.expanduser(os.path.expandvars(text)) if expand else text
