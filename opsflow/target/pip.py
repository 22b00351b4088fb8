"""Ansible's `pip`: Python packages of the system or of a virtual environment."""

from __future__ import annotations

import glob
import os
import re
import shlex
import shutil
import sys

from opsflow.target import umasks
from opsflow.target.paths import expand
from opsflow.target.pip_installed import Installed, requirements_in, simple
from opsflow.target.request import Fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from opsflow.target.request import Completed, Request

    Result = dict[str, Any]

_VERBS = {
    "present": ["install"],
    "absent": ["uninstall", "-y"],
    "latest": ["install", "-U"],
    "forcereinstall": ["install", "-U", "--force-reinstall"],
}
_FROM_REPOSITORY = re.compile(r"^(svn|git|hg|bzr)\+")
_LOOK = "import sys, importlib.util as u; print(u.find_spec('pip') is not None, *sys.path[1:], sep='\\n')"


def run(request: Request, **options: Any) -> Result:
    """Do what the options of Ansible's `pip` say; `packages` are the requirements that `name` means."""
    return _Pip(request, options).run()


class _Pip:
    def __init__(self, request: Request, options: dict[str, Any]) -> None:
        self.request = request
        self.options = options
        self.state: str = options["state"]
        self.packages: list[str] = options["packages"]
        self.requirements: str | None = options.get("requirements")
        self.extra = shlex.split(options.get("extra_args") or "")
        if options["editable"] and "-e" not in self.extra:
            self.extra.append("-e")
        chdir = options.get("chdir")
        # Not a directory where others can put what Python would load.
        self.cwd = expand(request, chdir) if chdir else "/"
        venv = options.get("virtualenv")
        self.venv = os.path.join(self.cwd if chdir else "", expand(request, venv)) if venv else None
        self.paths: list[str] = []  # where the Python of the runner finds packages, if its pip is used
        self.stdout: list[str] = []
        self.stderr: list[str] = []

    def run(self) -> Result:
        made = self._make_venv()
        if made and self.request.check:
            return self._result(True, None)
        pip = self._pip()
        argv = [*pip, *_VERBS[self.state], *self.extra, *self.packages]
        argv += ["-r", self.requirements] if self.requirements else []
        if not self.packages and not self.requirements:
            warning = "No valid name or requirements file found."
            return dict(self._result(made, None), warnings=[warning])
        scanned = self._scan()
        if self.state == "present" and scanned and self._surely_there(scanned):
            self._tell(scanned)
            return self._result(made, argv)
        if self.request.check:
            installed = scanned or self._list(pip)
            self._tell(installed)
            return self._result(self._would_change(installed), argv)
        return self._result(self._perform(pip, argv, scanned) or made, argv)

    def _perform(self, pip: list[str], argv: list[str], scanned: Installed | None) -> bool:
        """Run pip; return whether it changed something."""
        listed = self.state != "absent" and bool(
            self.requirements or any(_FROM_REPOSITORY.match(one) for one in self.packages)
        )
        before = (scanned or self._list(pip)).versions if listed else {}
        done = self._run(argv, shown=True)
        gone = self.state == "absent" and "not installed" in done.stdout + done.stderr
        if done.rc != 0 and not (done.rc == 1 and gone):
            raise self._failed(done)
        if self.state == "absent":
            return "Successfully uninstalled" in done.stdout
        if not listed:
            return "Successfully installed" in done.stdout
        return (self._scan() or self._list(pip)).versions != before

    def _tell(self, installed: Installed) -> None:
        """Say what is installed in check mode, as Ansible; else what was asked for and is there."""
        if self.request.check:
            self.stdout += ["%s==%s\n" % pair for pair in sorted(installed.versions.items())]
        else:
            self.stdout += ["Requirement already satisfied: %s\n" % one for one in self._wanted() or []]

    def _wanted(self) -> list[str] | None:
        if self.requirements:
            return requirements_in(os.path.join(self.cwd, self.requirements))
        return self.packages

    def _surely_there(self, installed: Installed) -> bool:
        wanted = self._wanted()
        return not self.extra and wanted is not None and installed.has_all(wanted)

    def _would_change(self, installed: Installed) -> bool:
        wanted = self._wanted()
        if self.state in ("latest", "forcereinstall") or self.extra or wanted is None or self.requirements:
            return True
        if self.state == "absent":
            names = [parts[0] for parts in map(simple, wanted) if parts]
            return any(name in installed.versions for name in names)
        return not all(installed.has(one) for one in wanted)

    def _scan(self) -> Installed | None:
        """Return what is installed, where the directories of this Python are known."""
        if self.venv:
            if _sees_system(self.venv):
                return None
            found = glob.glob(os.path.join(self.venv, "lib", "python3*", "site-packages"))
            if len(found) != 1:
                return None
            return Installed.in_directories(found, found[0].split("/")[-2][len("python") :])
        version = "%d.%d" % sys.version_info[:2]
        return Installed.in_directories(self.paths, version) if self.paths else None

    def _list(self, pip: list[str]) -> Installed:
        done = self._run([*pip, "list", "--format=freeze"])
        if done.rc != 0:
            raise self._failed(done)
        return Installed.in_list(done.stdout.splitlines())

    def _run(self, argv: list[str], shown: bool = False) -> Completed:
        """Run a command of the environment; with `shown` its output is shown, and part of the result."""

        def show(stream: str, line: str) -> None:
            self.request.event("output", stream=stream, line=line)

        env = {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        if self.options["break_system_packages"]:
            env["PIP_BREAK_SYSTEM_PACKAGES"] = "1"  # pip older than 23.0.1 would refuse the option
        if self.venv:
            path = self.request.environ().get("PATH") or os.defpath
            env["PATH"] = "%s:%s" % (os.path.join(self.venv, "bin"), path)
        words = [*umasks.under(self.options.get("umask")), *argv]
        done = self.request.command(words, cwd=self.cwd, env=env, on_line=show if shown else None)
        done.argv = argv
        if shown:
            self.stdout.append(done.stdout)
            self.stderr.append(done.stderr)
        return done

    def _failed(self, done: Completed) -> Fail:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith(("ERROR:", "error:"))] or lines[-1:]
        what = "pip" if done.argv[0] != "sh" else "the command"
        return Fail(
            "%s failed with exit code %d: %s" % (what, done.rc, " ".join(errors)),
            cmd=done.argv,
            rc=done.rc,
            stdout="".join(self.stdout),
            stderr="".join(self.stderr),
        )

    def _result(self, changed: bool, argv: list[str] | None) -> Result:
        result: Result = {"changed": changed, "stdout": "".join(self.stdout), "stderr": "".join(self.stderr)}
        if not self.request.check:
            result.update(virtualenv=self.venv, state=self.state)
            result.update({key: self.options.get(key) for key in ("name", "version", "requirements")})
        return dict(result, cmd=argv) if argv else result

    def _pip(self) -> list[str]:
        """Return the command that pip is. Raises Fail when there is none."""
        executable = self.options.get("executable")
        if executable:
            executable = expand(self.request, executable)
            path = executable if os.path.isabs(executable) else self._which(executable)
            if path:
                return [path]
        elif self.venv:
            names = [os.path.join(self.venv, "bin", name) for name in ("pip3", "pip")]
            found = [name for name in names if os.access(name, os.X_OK)]
            if found:
                return [found[0]]
            names = "under any of these names: pip3, pip"
            raise Fail("Unable to find pip in the virtualenv, %s, %s" % (self.venv, names))
        else:
            done = self.request.command([sys.executable, "-c", _LOOK], cwd=self.cwd)
            known, *paths = done.stdout.splitlines() or [""]
            if known == "True":
                self.paths = paths
                return [sys.executable, "-m", "pip"]
            if self._which("pip3"):
                return [str(self._which("pip3"))]
        raise Fail(
            "Unable to find any of %s to use. pip needs to be installed: it is in the package python3-pip"
            % (executable or "pip3")
        )

    def _which(self, name: str) -> str | None:
        return shutil.which(name, path=self.request.environ().get("PATH"))

    def _make_venv(self) -> bool:
        """Make the virtual environment where it is not there; return whether it was not."""
        if not self.venv or os.path.exists(os.path.join(self.venv, "bin", "activate")):
            return False
        argv = shlex.split(self.options["virtualenv_command"])
        path = self._which(expand(self.request, argv[0]))
        if not path:
            raise Fail(
                'Failed to find required executable "%s": install it, or set virtualenv_command to '
                "'python3 -m venv', which needs the package python3-venv" % argv[0]
            )
        plain = argv[0] == "pyvenv" or "-mvenv" in argv[1:] or ("-m" in argv[1:] and "venv" in argv[1:])
        python = self.options.get("virtualenv_python")
        if plain and python:
            raise Fail(
                "virtualenv_python should not be used when using the venv module or pyvenv as "
                "virtualenv_command"
            )
        argv[0] = path
        argv += ["--system-site-packages"] if self.options["virtualenv_site_packages"] else []
        argv += [] if plain else ["-p" + (python or sys.executable)]
        if self.request.check:
            return True
        done = self._run([*argv, self.venv], shown=True)
        if done.rc != 0:
            raise self._failed(done)
        return True


def _sees_system(venv: str) -> bool:
    """Tell whether a virtual environment has the packages of the system as well."""
    try:
        with open(os.path.join(venv, "pyvenv.cfg")) as file:
            return bool(re.search(r"^include-system-site-packages\s*=\s*true", file.read(), re.M | re.I))
    except OSError:
        return True
