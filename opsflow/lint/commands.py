"""Rules about commands: what a module does better, and what says when something changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from opsflow.core.errors import Problem
from opsflow.modules.base.module import is_module, short_name
from opsflow.playbook.model import Task
from opsflow.source.values import Seq

from .model import Severity, TaskRules

CHECKS = TaskRules()

_MODULES = {
    "apt": "apt", "apt-get": "apt", "aptitude": "apt", "apt-key": "apt_key", "apt-mark": "dpkg_selections",
    "add-apt-repository": "apt_repository", "debconf-set-selections": "debconf",
    "systemctl": "systemd", "service": "service", "invoke-rc.d": "service", "update-rc.d": "service",
    "useradd": "user", "usermod": "user", "userdel": "user", "adduser": "user", "groupadd": "group",
    "mkdir": "file", "chmod": "file", "chown": "file", "chgrp": "file", "touch": "file", "rm": "file",
    "ln": "file", "cp": "copy", "curl": "get_url", "wget": "get_url", "tar": "unarchive",
    "unzip": "unarchive", "sed": "replace", "git": "git", "pip": "pip", "pip3": "pip", "mount": "mount",
    "umount": "mount", "sysctl": "sysctl", "modprobe": "modprobe", "hostnamectl": "hostname",
    "timedatectl": "timezone", "crontab": "cron", "ufw": "ufw", "iptables": "iptables",
    "locale-gen": "locale_gen", "update-alternatives": "alternatives", "ssh-keygen": "openssh_keypair",
    "reboot": "reboot", "shutdown": "reboot", "getent": "getent", "stat": "stat", "rsync": "synchronize",
    "mysql": "mysql_db", "psql": "postgresql_query",
}  # fmt: skip
"""Programs, and the module that does their work idempotently; those that are not there are not proposed."""
_READ_ONLY = {
    "systemctl": {"status", "is-active", "is-enabled", "is-failed", "show", "cat", "list-units",
                  "list-unit-files", "list-timers", "is-system-running", "--version", "get-default"},
    "git": {"rev-parse", "describe", "log", "status", "diff", "show", "ls-remote", "config", "--version"},
    "apt-get": {"download", "source", "changelog", "-s", "--simulate"},
    "apt": {"list", "show", "search", "policy"},
    "apt-mark": {"showhold", "showmanual", "showauto"},
    "tar": {"c", "cf", "czf", "-c", "-cf", "-czf", "-cvf", "-czvf", "t", "tf", "-t", "-tf"},
    "pip": {"list", "show", "freeze"}, "pip3": {"list", "show", "freeze"},
    "hostnamectl": {"status"}, "timedatectl": {"status", "show"}, "crontab": {"-l"},
    "sysctl": {"-n", "-a"}, "ufw": {"status"}, "iptables": {"-L", "-S", "-nL"}, "sed": {"-n"},
}  # fmt: skip
"""Uses of programs that only look, or that no module has."""
_SHELL = re.compile(
    r"[|&;<>()$`\n*?\[\]#~%{}!=]|\b(if|for|while|case|cd|export|source|set|exec|umask|ulimit)\b"
)
_RUN = {"command", "shell", "raw", "script"}


def _text(task: Task) -> str | None:
    """Return the command of a task, None for other modules."""
    if short_name(task.info.module) not in _RUN - {"script"}:
        return None
    options: dict[str, Any] = task.args
    argv = options.get("argv")
    if isinstance(argv, Seq):
        return shlex.join(map(str, argv))
    return str(options.get("_raw_params") or options.get("cmd") or "")


@CHECKS.rule("command-with-module", Severity.WARNING, "a command whose work a module does idempotently")
def with_module(task: Task) -> Iterator[Problem]:
    words = (_text(task) or "").split()
    while words and "=" in words[0]:  # variables before the command
        words = words[1:]
    program = words[0].rpartition("/")[2] if words else ""
    module = _MODULES.get(program)
    looks = _READ_ONLY.get(program, set()) & set(words[1:3])
    if module and is_module(module) and not looks and short_name(task.info.module) != "raw":
        hint = f"use the module {module}: it changes only what has to be changed, and can tell"
        yield Problem(f"the command {program} where a module does it", _place(task), hint)


@CHECKS.rule("no-changed-when", Severity.WARNING, "a command that always says that it changed something")
def no_changed_when(task: Task) -> Iterator[Problem]:
    if short_name(task.info.module) not in _RUN or task.info.handler:
        return
    if "changed_when" not in task.keywords and not {"creates", "removes"} & task.args.keys():
        hint = "say when with changed_when (false if it only looks), or with creates or removes"
        yield Problem(f"the {short_name(task.info.module)} reports a change each time", _place(task), hint)


@CHECKS.rule("shell-not-needed", Severity.INFO, "`shell` for a command without anything of a shell")
def shell_not_needed(task: Task) -> Iterator[Problem]:
    text = _text(task)
    if short_name(task.info.module) != "shell" or not text or "executable" in task.args:
        return
    if not _SHELL.search(_without_templates(text)):
        yield Problem("no shell is needed for this", _place(task), "use command")


@CHECKS.rule("pipe-hides-failure", Severity.INFO, "a pipe of which only the last command can fail the task")
def pipe(task: Task) -> Iterator[Problem]:
    text = _without_templates(_text(task) or "")
    piped = re.search(r"(?<![|>])\|(?![|&])", re.sub(r"'[^']*'|\"[^\"]*\"", "", text))
    if short_name(task.info.module) == "shell" and piped and "pipefail" not in text:
        hint = "begin with set -o pipefail, and executable: /bin/bash"
        yield Problem("a failure before the last | goes unnoticed", _place(task), hint)


def _without_templates(text: str) -> str:
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "x", text, flags=re.DOTALL)


def _place(task: Task) -> Any:
    return task.written.origin_of(task.info.module)
