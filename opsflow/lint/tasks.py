"""Rules about one task: names, conditions, loops, files' modes, old spellings."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from typing import Any

from opsflow.core.errors import Problem
from opsflow.core.origin import Origin
from opsflow.modules.base.module import short_name
from opsflow.playbook.model import Task
from opsflow.source.values import Map, Template, origin_of

from .model import Severity, TaskRules

CHECKS = TaskRules()

_CONDITIONS = ("changed_when", "failed_when", "until")
_COMMANDS = {"command", "shell", "raw", "script", "meta", "include_tasks", "include_role", "include_vars"}
"""What is written as text because it is text."""
_TRUTH = re.compile(r"(==|!=)\s*(true|false|yes|no)\b", re.IGNORECASE)
_CHANGED = re.compile(r"\w+(\.| is )changed")
_MODE = re.compile(r"(?:[\"']?)(?:directory_)?mode(?:[\"']?)\s*:\s*([1-9]\d*)\b")


@CHECKS.rule("unnamed-task", Severity.INFO, "a task without a name: the recap can only show its module")
def unnamed(task: Task) -> Iterator[Problem]:
    silent = task.meta is not None or short_name(task.info.module).startswith("include_")
    if not task.written.get("name") and not silent:
        yield Problem(f"the task '{task.own_name}' has no name", task.origin)


@CHECKS.rule("condition-braces", Severity.WARNING, "a condition in `{{ }}`: it is an expression already")
def braces(task: Task) -> Iterator[Problem]:
    for condition in _conditions(task):
        if isinstance(condition, Template) and "{{" in condition:
            hint = f"write {condition.replace('{{', '').replace('}}', '').strip()}"
            yield Problem("a condition is an expression: leave the braces out", condition.origin, hint)


@CHECKS.rule("compare-to-bool", Severity.INFO, "a comparison with true or false")
def compared(task: Task) -> Iterator[Problem]:
    for condition in _conditions(task):
        if isinstance(condition, str) and (match := _TRUTH.search(condition)):
            hint = "write `when: x` or `when: not x`, with `| bool` for text"
            yield Problem(f"'{match[0]}' is not needed in a condition", origin_of(condition), hint)


def _conditions(task: Task) -> Iterator[Any]:
    yield from task.when
    for name in _CONDITIONS:
        yield from task.keywords.get(name) or ()


@CHECKS.rule("bare-loop", Severity.WARNING, "a loop over the text of a variable's name")
def bare_loop(task: Task) -> Iterator[Problem]:
    items = task.loop.items if task.loop else None
    if isinstance(items, str) and not isinstance(items, Template) and items.isidentifier():
        at = origin_of(items) or task.origin
        yield Problem(f"the loop is over the text '{items}'", at, f'write "{{{{ {items} }}}}"')


@CHECKS.rule("old-action", Severity.INFO, "`action:` and `local_action:`, the old ways to name a module")
def old_action(task: Task) -> Iterator[Problem]:
    for key in ("action", "local_action"):
        if key in task.written:
            more = " and delegate_to: localhost" if key == "local_action" else ""
            hint = f"write {short_name(task.info.module)}:{more}"
            yield Problem(f"'{key}' is an old form", task.written.origin_of(key), hint)


@CHECKS.rule("old-loop", Severity.INFO, "`with_items` and the like, which `loop` replaces")
def old_loop(task: Task) -> Iterator[Problem]:
    if task.loop and task.loop.lookup in ("items", "list"):
        key = f"with_{task.loop.lookup}"
        yield Problem(f"'{key}' is an old form", task.written.origin_of(key), "write loop:")


@CHECKS.rule(
    "options-as-text", Severity.INFO, "options as `name=value` on one line, without types and checks"
)
def options_as_text(task: Task) -> Iterator[Problem]:
    written = task.written.get(task.info.module)
    kind = short_name(task.info.module)
    if isinstance(written, str) and "=" in written and kind not in _COMMANDS:
        origin = origin_of(written) or task.origin
        yield Problem(f"options of '{kind}' in one text", origin, "write them as a mapping, one a line")


@CHECKS.rule("ignored-errors", Severity.WARNING, "`ignore_errors` without a look at what happened")
def ignored(task: Task) -> Iterator[Problem]:
    if task.written.get("ignore_errors") is True and not task.register:
        hint = "register the result and look at it, or say with failed_when what a failure is"
        yield Problem("errors are ignored and never looked at", task.written.origin_of("ignore_errors"), hint)


@CHECKS.rule("mode", Severity.WARNING, "a file's mode as a number without a leading 0: 644 is 01204")
def mode(task: Task) -> Iterator[Problem]:
    for key in ("mode", "directory_mode"):
        value = task.args.get(key)
        if isinstance(value, int) and (digits := _decimal(task.args.origin_of(key))):
            message = f"'{key}' is the number {digits}, which is the mode {int(digits):04o}"
            yield Problem(message, task.args.origin_of(key), f"write '{digits.zfill(4)}', in quotes")


def _decimal(origin: Origin) -> str | None:
    """Return the digits of a mode that is written as a decimal number."""
    line = linecache.getline(origin.file, origin.line)
    match = _MODE.match(line[origin.column - 1 :])
    return match[1] if match else None


@CHECKS.rule("become-user", Severity.WARNING, "`become_user` where nobody becomes anybody")
def become_user(task: Task) -> Iterator[Problem]:
    if "become_user" in task.written and "become" not in task.keywords:
        origin = task.written.origin_of("become_user")
        yield Problem("'become_user' without 'become' changes nothing", origin, "add become: true")


@CHECKS.rule("latest", Severity.INFO, "`state: latest`: the same playbook gives other hosts tomorrow")
def latest(task: Task) -> Iterator[Problem]:
    options: Map = task.args
    upgrades = options.get("only_upgrade") is True or options.get("upgrade")
    if options.get("state") == "latest" and not upgrades:
        hint = "use state: present, with a version where it matters; upgrades are for a play of their own"
        yield Problem("'latest' upgrades whenever the play runs", options.origin_of("state"), hint)


@CHECKS.rule(
    "changed-handler", Severity.WARNING, "a service restarted by `when: x is changed`, not a handler"
)
def changed_handler(task: Task) -> Iterator[Problem]:
    if task.info.handler or short_name(task.info.module) not in ("service", "systemd", "systemd_service"):
        return
    for condition in task.when if len(task.when) == 1 else ():
        if isinstance(condition, str) and _CHANGED.fullmatch(condition.strip()):
            hint = "a handler runs once at the end, also when several tasks changed something"
            yield Problem("this is what handlers are for", origin_of(condition) or task.origin, hint)
