"""Ansible's `file`: directories, links, empty files, their absence, and the attributes of what is there."""

from __future__ import annotations

import os
import shutil
import time

from opsflow.target import attributes, files
from opsflow.target.attributes import info, state
from opsflow.target.paths import expand
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from opsflow.target.attributes import Diff
    from opsflow.target.request import Request

    Result = dict[str, Any]


class _Task:
    """The options of one task, and what was found of its path."""

    def __init__(self, request: Request, path: str, src: str | None, wanted: dict[str, Any]) -> None:
        self.request = request
        self.path = path
        self.src = src
        self.wanted = wanted
        self.before = state(path)
        self.diff: Diff = {"before": {"path": path}, "after": {"path": path}}

    def shift(self, new: str) -> None:
        """Note in the diff that the state changes."""
        if self.before != new:
            self.diff["before"]["state"], self.diff["after"]["state"] = self.before, new

    def apply(self, path: str) -> bool:
        if self.request.check and not os.path.lexists(path):
            return False
        return attributes.apply(self.request, path, self.wanted, self.diff)

    def fail(self, msg: str, **data: Any) -> Fail:
        return Fail(msg, **dict(dict(info(self.path), path=self.path), **data))

    def result(self, changed: bool, key: str = "path", **more: Any) -> Result:
        result: Result = {key: self.path, "changed": changed, "diff": self.diff}
        if self.before != "absent" or not self.request.check:
            result.update(info(self.path))
        result.update(more)
        return result


def run(
    request: Request,
    path: str,
    state: str | None = None,
    src: str | None = None,
    recurse: bool = False,
    force: bool = False,
    follow: bool = True,
    access_time: str | None = None,
    access_time_format: str = "%Y%m%d%H%M.%S",
    modification_time: str | None = None,
    modification_time_format: str = "%Y%m%d%H%M.%S",
    **wanted: Any,
) -> Result:
    """Bring a path to a state: absent, directory, file, hard, link or touch."""
    path = expand(request, path)
    path = path.rstrip("/") or path
    source = expand(request, src) if src else src
    if source and state not in ("link", "absent", None) and os.path.isdir(path):
        path = os.path.join(path, os.path.basename(source))
    task = _Task(request, path, source, wanted)
    state = state or _default_state(task, recurse)
    _check_options(task, state, recurse)
    if state == "absent":
        return _absent(task)
    if state == "directory":
        return _directory(task, recurse, follow)
    if state == "file":
        return _file(task, follow)
    if state == "link":
        return _link(task, force, follow)
    if state == "hard":
        return _hard(task, force)
    times = _Times(access_time, access_time_format, modification_time, modification_time_format)
    return _touch(task, times, follow)


def _default_state(task: _Task, recurse: bool) -> str:
    if task.before != "absent":
        return "file" if task.before == "hard" and not task.src else task.before
    return "directory" if recurse else "file"


def _check_options(task: _Task, state: str, recurse: bool) -> None:
    if recurse and state != "directory":
        raise task.fail("recurse option requires state to be 'directory'")
    if task.src and state not in ("link", "hard"):
        raise task.fail("src option requires state to be 'link' or 'hard'")


def _absent(task: _Task) -> Result:
    if task.before == "absent":
        return {"path": task.path, "changed": False, "state": "absent", "diff": task.diff}
    task.shift("absent")
    if task.before == "directory" and task.request.diff:
        task.diff["before"]["path_content"] = _content(task.path)
    if task.request.check:
        return task.result(True)
    if task.before == "directory":
        shutil.rmtree(task.path)
    else:
        try:
            os.unlink(task.path)
        except FileNotFoundError:  # someone else was quicker
            pass
    return {"path": task.path, "changed": True, "state": "absent", "diff": task.diff}


def _content(path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"directories": [], "files": []}
    for base, directories, names in os.walk(path):
        found["directories"] += [os.path.join(base, name) for name in directories]
        found["files"] += [os.path.join(base, name) for name in names]
    return found


def _follow(task: _Task, follow: bool) -> str:
    """Go on with what a link points to; return its state."""
    if follow and task.before == "link":
        task.path = os.path.realpath(task.path)
    return state(task.path)


def _file(task: _Task, follow: bool) -> Result:
    found = _follow(task, follow)
    if found not in ("file", "hard"):
        raise task.fail("file (%s) is %s, cannot continue" % (task.path, found))
    return task.result(task.apply(task.path))


def _directory(task: _Task, recurse: bool, follow: bool) -> Result:
    found = _follow(task, follow)
    if found not in ("absent", "directory"):
        raise task.fail("%s already exists as a %s" % (task.path, found))
    changed = found == "absent"
    if changed:
        task.shift("directory")
        files.make_directories(task.request, task.path, task.wanted)
    if not (changed and task.request.check):
        changed = task.apply(task.path) or changed
        if recurse:
            changed = _recurse(task, task.path, follow) or changed
    return task.result(changed)


def _recurse(task: _Task, top: str, follow: bool) -> bool:
    changed = False
    for path in _below(top):
        changed = attributes.apply(task.request, path, task.wanted) or changed
        if follow and os.path.islink(path) and os.path.exists(path):
            target = os.path.realpath(path)
            changed = attributes.apply(task.request, target, task.wanted) or changed
            if os.path.isdir(target) and not (target + "/").startswith(os.path.realpath(top) + "/"):
                changed = _recurse(task, target, False) or changed
    return changed


def _below(top: str) -> Iterable[str]:
    for base, directories, names in os.walk(top):
        for name in directories + names:
            yield os.path.join(base, name)


def _link(task: _Task, force: bool, follow: bool) -> Result:
    if task.src is None:
        if task.before != "link":
            raise task.fail("src is required for creating new symlinks")
        task.src = os.readlink(task.path)
    target = os.path.join(os.path.dirname(task.path), task.src)
    if not force and not os.path.exists(target):
        raise task.fail(
            "src file does not exist, use 'force=yes' if you really want to create the link: %s" % target,
            src=task.src,
        )
    _refuse_conversion(task, force, "symlink")
    changed = task.before != "link" or os.readlink(task.path) != task.src
    if changed:
        task.shift("link")
        if task.before == "link":
            task.diff["before"]["src"], task.diff["after"]["src"] = os.readlink(task.path), task.src
        _put(task, os.symlink, task.src)
    path = os.path.realpath(task.path) if follow else task.path
    result = task.result(changed, "dest", src=task.src)
    if os.path.lexists(path):
        result["changed"] = task.apply(path) or changed
    elif follow and task.wanted and not task.request.check:
        result["warnings"] = ["the link's target does not exist: its owner and mode were not set"]
    return dict(result, **({} if task.request.check else info(task.path)))


def _refuse_conversion(task: _Task, force: bool, to: str) -> None:
    if task.before == "directory":
        if not force:
            raise task.fail("refusing to convert from directory to %s for %s" % (to, task.path))
        if os.listdir(task.path):
            raise task.fail("the directory %s is not empty, refusing to convert it" % task.path)
    elif task.before in ("file", "hard") and not force and to == "symlink":
        raise task.fail("refusing to convert from %s to %s for %s" % (task.before, to, task.path))


def _hard(task: _Task, force: bool) -> Result:
    if task.src is None:
        raise task.fail("src is required for creating new hardlinks")
    if not os.path.exists(task.src):
        raise task.fail("src does not exist: %s" % task.src, dest=task.path, src=task.src)
    same = os.path.exists(task.path) and os.path.samefile(task.src, task.path) and task.before != "link"
    if not same:
        if task.before in ("file", "hard", "link") and not force:
            raise task.fail(
                "cannot link, the destination exists as a %s: %s" % (task.before, task.path), src=task.src
            )
        _refuse_conversion(task, force, "hard")
        task.shift("hard")
        _put(task, os.link, task.src)
    return dict(task.result(task.apply(task.path) or not same, "dest", src=task.src))


def _put(task: _Task, make: Callable[[str, str], None], to: str) -> None:
    """Make a link beside the path and rename it there: at no moment is the path missing."""
    if task.request.check:
        return
    if task.before == "directory":
        os.rmdir(task.path)
    if task.before in ("absent", "directory"):
        make(to, task.path)
        return
    temporary = "%s.opsflow-%d-%d" % (task.path, os.getpid(), time.time() * 1000000)
    make(to, temporary)
    try:
        os.rename(temporary, task.path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)


class _Times:
    """The wanted access and modification time: None for "leave it"."""

    def __init__(self, access: str | None, access_format: str, changed: str | None, format: str) -> None:
        self.access = access or "now"
        self.access_format = access_format
        self.modification = changed or "now"
        self.modification_format = format

    def of(self, atime: float, mtime: float) -> tuple[float, float]:
        now = time.time()
        return (
            _moment(self.access, self.access_format, atime, now),
            _moment(self.modification, self.modification_format, mtime, now),
        )


def _moment(text: str, format: str, old: float, now: float) -> float:
    if text == "preserve":
        return old
    if text == "now":
        return now
    try:
        return time.mktime(time.strptime(text, format))
    except ValueError:
        raise Fail("Error while obtaining timestamp for time %s using format %s" % (text, format)) from None


def _touch(task: _Task, times: _Times, follow: bool) -> Result:
    created = task.before == "absent"
    if created:
        times.of(0, 0)  # complains about a bad time before anything is made
        task.shift("touch")
        if task.request.check:
            return task.result(True, "dest")
        _create(task)
    if _follow(task, follow) == "absent":
        _create(task)
    changed = _set_times(task, task.path, times, created)
    changed = task.apply(task.path) or changed
    return task.result(changed or created, "dest")


def _create(task: _Task) -> None:
    try:
        os.close(os.open(task.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666))
    except OSError as error:
        raise task.fail("Error, could not touch target: %s: '%s'" % (error.strerror, task.path)) from error


def _set_times(task: _Task, path: str, times: _Times, created: bool) -> bool:
    found = os.lstat(path)
    wanted = times.of(found.st_atime, found.st_mtime)
    kept = (times.access, times.modification)
    changed = False
    for name, old, new, text in zip(("atime", "mtime"), (found.st_atime, found.st_mtime), wanted, kept):
        if text != "preserve" and old != new:
            changed = True
            if not created:
                task.diff["before"][name], task.diff["after"][name] = old, new
    if changed and not task.request.check:
        link = os.path.islink(path)
        ns = [
            old if text == "preserve" else int(moment * 1000000000)
            for old, text, moment in zip((found.st_atime_ns, found.st_mtime_ns), kept, wanted)
        ]
        os.utime(path, ns=(ns[0], ns[1]), follow_symlinks=not link)
    return changed
