"""Users: added, changed, removed. Passwords go to `chpasswd` through its input, never as an argument."""

from __future__ import annotations

import os
import shutil
import time

from opsflow.target import ssh_key
from opsflow.target.accounts import find_group, find_shadow, find_user, groups_of
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    import pwd
    from typing import Any

    from opsflow.target.request import Request

    Options = dict[str, Any]

_DAY = 86400
_AGING = {  # option: its field in /etc/shadow, its flag for chage
    "password_expire_min": ("minimum", "-m"),
    "password_expire_max": ("maximum", "-M"),
    "password_expire_warn": ("warn", "-W"),
    "password_expire_account_disable": ("inactive", "-I"),
}


def run(request: Request, **options: Any) -> dict[str, Any]:
    """Bring a user to the wanted state. The options are those of the module, by name."""
    password = options.get("password") or ""
    if ":" in password or "\n" in password:
        raise Fail("the password of user %s is not a hash: it has a colon or a line break" % options["name"])
    user = User(request, options)
    if options["state"] == "absent":
        return user.remove()
    return user.create() if user.entry is None else user.modify(user.entry)


class User:
    """One user as wanted, and as found."""

    def __init__(self, request: Request, options: Options) -> None:
        self.request = request
        self.want = options
        self.name: str = options["name"]
        self.local: bool = options["local"]
        self.entry = find_user(self.name, self.local)
        self.output = ""
        self.errors = ""

    def remove(self) -> dict[str, Any]:
        """Delete the user, and with `remove` the home directory."""
        result: dict[str, Any] = {"name": self.name, "state": "absent", "changed": self.entry is not None}
        if self.entry is None:
            return result
        flags = (["-f"] if self.want["force"] else []) + (["-r"] if self.want["remove"] else [])
        self._run("userdel", *flags, self.name)
        result.update(force=self.want["force"], remove=self.want["remove"])
        return self._said(result)

    def create(self) -> dict[str, Any]:
        """Add the user with all that is wanted."""
        home = self.want.get("home")
        if home and self.want["create_home"] and not self.request.check:
            os.makedirs(os.path.dirname(home.rstrip("/")) or "/", exist_ok=True)
        self._run("useradd", *self._creation(), self.name)
        if self.want.get("password") is not None:
            self._set_password()
        self._age()
        if self.want.get("password_lock"):
            self._run("usermod", "-L", self.name)
        return self._finished({"create_home": self.want["create_home"], "system": self.want["system"]}, True)

    def _creation(self) -> list[str]:
        want = self.want
        argv = self._number() + (["-r"] if want["system"] else [])
        if want.get("group") is not None:
            argv += ["-g", self._group(want["group"])]
        elif find_group(self.name, self.local):
            argv.append("-N")  # useradd would fail to make a group of the user's name
        if want.get("groups"):
            argv += ["-G", ",".join(self._group(group) for group in want["groups"])]
        for option, flag in (("comment", "-c"), ("home", "-d"), ("shell", "-s")):
            if want.get(option) is not None:
                argv += [flag, want[option]]
        if want.get("expires") is not None:
            argv += ["-e", _date(want["expires"])]
        argv += ["-m"] if want["create_home"] else ["-M"]
        if want.get("skeleton") is not None and want["create_home"]:
            argv += ["-k", want["skeleton"]]
        for option, key in (("umask", "UMASK"), ("uid_min", "UID_MIN"), ("uid_max", "UID_MAX")):
            if want.get(option) is not None:
                argv += ["-K", "%s=%s" % (key, want[option])]
        return argv

    def modify(self, entry: pwd.struct_passwd) -> dict[str, Any]:
        """Change what is not as wanted."""
        argv = self._differences(entry)
        changed = bool(argv)
        if argv:
            self._run("usermod", *argv, self.name)
        changed |= self._change_password()
        changed |= self._age()
        changed |= self._lock()
        return self._finished({"append": self.want["append"], "move_home": self.want["move_home"]}, changed)

    def _differences(self, entry: pwd.struct_passwd) -> list[str]:
        want = self.want
        argv: list[str] = []
        if want.get("uid") is not None and want["uid"] != entry.pw_uid:
            argv += self._number()
        if want.get("group") is not None:
            group = self._group(want["group"])
            if find_group(group, self.local).gr_gid != entry.pw_gid:  # type: ignore[union-attr]
                argv += ["-g", group]
        if want.get("groups") is not None:
            argv += self._memberships(entry)
        if want.get("comment") is not None and want["comment"] != entry.pw_gecos:
            argv += ["-c", want["comment"]]
        if want.get("home") is not None and want["home"] != entry.pw_dir:
            argv += ["-d", want["home"], *(["-m"] if want["move_home"] else [])]
        if want.get("shell") is not None and want["shell"] != entry.pw_shell:
            argv += ["-s", want["shell"]]
        if want.get("expires") is not None and not self._expires_then(want["expires"]):
            argv += ["-e", _date(want["expires"])]
        return argv

    def _number(self) -> list[str]:
        if self.want.get("uid") is None:
            return []
        return ["-u", str(self.want["uid"]), *(["-o"] if self.want["non_unique"] else [])]

    def _group(self, name: str) -> str:
        found = find_group(name, self.local)
        if found is None and self.request.check:
            return name  # a task that check mode left out may make it
        if found is None:
            raise Fail("group %s does not exist" % name, name=self.name)
        return found.gr_name

    def _memberships(self, entry: pwd.struct_passwd) -> list[str]:
        """Return the flags that change the supplementary groups."""
        wanted = {self._group(group) for group in self.want["groups"]}
        primary = find_group(str(entry.pw_gid), self.local)
        if primary and self.want.get("group") is None:
            wanted.discard(primary.gr_name)
        have = groups_of(entry, self.local)
        if self.want["append"]:
            missing = wanted - have
            return ["-a", "-G", ",".join(sorted(missing))] if missing else []
        return ["-G", ",".join(sorted(wanted))] if wanted != have else []

    def _expires_then(self, expires: float) -> bool:
        current = find_shadow(self.name).expires
        if expires < 0:
            return current is None or current < 0
        return current == int(expires // _DAY)

    def _change_password(self) -> bool:
        password = self.want.get("password")
        if password is None or self.want["update_password"] != "always":  # noqa: S105
            return False
        if find_shadow(self.name).password.lstrip("!") == password.lstrip("!"):
            return False
        self._set_password()
        return True

    def _set_password(self) -> None:
        if self.want["password"]:
            self._run("chpasswd", "-e", stdin="%s:%s\n" % (self.name, self.want["password"]))
        else:
            self._run("passwd", "-d", self.name)

    def _age(self) -> bool:
        """Set how long a password lasts, where it is not so; return whether that is a change."""
        shadow = find_shadow(self.name)
        argv: list[str] = []
        for option, (field, flag) in _AGING.items():
            value = self.want.get(option)
            if value is not None and value != getattr(shadow, field):
                argv += [flag, str(value)]
        if argv:
            self._run("chage", *argv, self.name)
        return bool(argv)

    def _lock(self) -> bool:
        lock = self.want.get("password_lock")
        if lock is None or lock == find_shadow(self.name).password.startswith("!"):
            return False
        self._run("usermod", "-L" if lock else "-U", self.name)
        return True

    def _make_home(self, entry: pwd.struct_passwd) -> bool:
        """Make the home directory of a user who lacks it; return whether that is a change."""
        if not self.want["create_home"] or os.path.exists(entry.pw_dir):
            return False
        if self.request.check:
            return True
        skeleton = self.want.get("skeleton") or "/etc/skel"
        if os.path.isdir(skeleton):
            shutil.copytree(skeleton, entry.pw_dir, symlinks=True)
        else:
            os.makedirs(entry.pw_dir)
        os.chmod(entry.pw_dir, 0o777 & ~_umask(self.want.get("umask")))
        for folder, _, files in os.walk(entry.pw_dir):
            for path in [folder, *(os.path.join(folder, name) for name in files)]:
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)
        return True

    def _finished(self, result: dict[str, Any], changed: bool) -> dict[str, Any]:
        """Do what is the same for new and old users, and return what the user is now."""
        want = self.want
        entry = find_user(self.name, self.local)
        result.update(name=self.name, state="present")
        if entry is not None:
            changed |= self._make_home(entry)
            result.update(uid=entry.pw_uid, group=entry.pw_gid, comment=entry.pw_gecos)
            result.update(home=entry.pw_dir, shell=entry.pw_shell)
        if want["generate_ssh_key"]:
            key, made = ssh_key.ensure(self.request, entry, want)
            changed |= made
            result.update(key)
        if want.get("groups") is not None:
            result["groups"] = ",".join(want["groups"])
        if want.get("password") is not None:
            result["password"] = "NOT_LOGGING_PASSWORD"  # noqa: S105
        result["changed"] = changed
        return self._said(result)

    def _run(self, program: str, *args: str, stdin: str = "") -> None:
        if self.request.check:
            return
        done = self.request.command([program, *args], stdin=stdin.encode() or None)
        self.output += done.stdout
        self.errors += done.stderr
        if done.rc != 0:
            detail = done.stderr.strip() or done.stdout.strip() or "exit code %d" % done.rc
            message = "%s of user %s failed: %s" % (program, self.name, detail)
            raise Fail(message, name=self.name, rc=done.rc, stderr=done.stderr)

    def _said(self, result: dict[str, Any]) -> dict[str, Any]:
        result.update((key, text) for key, text in (("stdout", self.output), ("stderr", self.errors)) if text)
        return result


def _date(expires: float) -> str:
    """Return a moment as the tools take it: a date, or nothing for never."""
    return time.strftime("%Y-%m-%d", time.gmtime(expires)) if expires >= 0 else ""


def _umask(wanted: str | None) -> int:
    """Return the wanted umask, or that of /etc/login.defs."""
    if wanted is not None:
        return int(wanted, 8)
    try:
        with open("/etc/login.defs") as file:
            settings = dict(line.split()[:2] for line in file if len(line.split()) > 1 and line[0] != "#")
    except OSError:
        return 0o022
    if "HOME_MODE" in settings:
        return 0o777 & ~int(settings["HOME_MODE"], 8)
    return int(settings.get("UMASK", "022"), 8)
