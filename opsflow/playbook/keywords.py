"""Every keyword of plays, blocks, tasks and handlers: where it may stand and what its value must be.

Source: the attributes of ansible-core's playbook classes, as facts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from opsflow.core.errors import did_you_mean
from opsflow.modules.base.types import to_bool, to_float, to_identifier, to_int, to_text
from opsflow.source.values import Seq, Template, as_source

PLAY, BLOCK, TASK, HANDLER = "play", "block", "task", "handler"
EVERYWHERE = frozenset({PLAY, BLOCK, TASK, HANDLER})
TASKS = frozenset({BLOCK, TASK, HANDLER})
ONE = frozenset({TASK, HANDLER})


class Keyword(NamedTuple):
    """`convert` turns a written or rendered value into its type, raising ValueError with the reason."""

    name: str
    where: frozenset[str]
    convert: Callable[[Any], Any]
    inherited: bool = False
    templated: bool = True


def to_percent(value: Any) -> float:
    try:
        return float(str(value).strip().rstrip("%"))
    except ValueError:
        raise ValueError("must be a percentage such as 25 or 25%") from None


def to_map(value: Any) -> Any:
    if value is None or isinstance(value, dict):
        return value  # pyright: ignore[reportUnknownVariableType]
    raise ValueError("must be a mapping")


def to_list(value: Any) -> list[Any]:
    """A lone value is a list of one; nothing is an empty list. Positions of a Seq are kept."""
    if value is None:
        return []
    if isinstance(value, Seq):
        return value
    return list(value) if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType]


def to_texts(value: Any) -> list[str]:
    """Names: a list, or one text with commas. What is a template stays one, with its place."""
    if isinstance(value, Template):
        parts = _COMMA.split(value)
        return [as_source(part.strip(), value.origin) for part in parts if part.strip()]
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [item if isinstance(item, Template) else to_text(item) for item in to_list(value)]


_COMMA = re.compile(r",(?![^{}]*\}\})")
"""A comma that stands in no template."""


def to_conditions(value: Any) -> list[Any]:
    conditions = to_list(value)
    for condition in conditions:
        if condition is None or (isinstance(condition, str) and not condition.strip()):
            raise ValueError("is empty: remove it, or write a condition")
        if isinstance(condition, list | dict):
            raise ValueError("must be an expression or a list of expressions")
    return conditions


def to_any(value: Any) -> Any:
    return value


def to_names(value: Any) -> list[Any]:
    """Names, in lists that may hold lists (anchors make them so); positions of texts are kept."""
    found: list[Any] = []
    for item in to_list(value):
        if isinstance(item, list):
            found += to_names(item)
        elif isinstance(item, str | int) and not isinstance(item, bool):
            found.append(item)
        else:
            raise ValueError("must be a name or a list of names")
    return found


def to_hosts(value: Any) -> list[Any]:
    hosts = to_list(value)
    if not hosts or any(host is None or host == "" for host in hosts):
        raise ValueError("is empty: name the hosts of the play")
    return hosts


def to_prompts(value: Any) -> list[Any]:
    prompts = to_list(value)
    for prompt in prompts:
        if not isinstance(prompt, dict) or "name" not in prompt:
            raise ValueError("is a list of mappings with 'name'")
        for key in prompt:  # pyright: ignore[reportUnknownVariableType]
            if key not in PROMPT:
                raise ValueError(f"has the option '{key}', which is not supported")
    return prompts


PROMPT = {"name", "prompt", "default", "private", "confirm", "encrypt", "salt", "salt_size", "unsafe"}


def to_files(value: Any) -> list[Any]:
    files = to_list(value)
    if any(item is None for item in files):
        raise ValueError("names no file")
    return files


def to_maps(value: Any) -> list[Any]:
    maps = to_list(value)
    for item in maps:
        if item is None or not isinstance(item, dict | Template):
            raise ValueError("must be a mapping")
    return maps


def to_defaults(value: Any) -> list[Any]:
    """Options by module's name."""
    maps = to_maps(value)
    for item in maps:
        for options in item.values() if isinstance(item, dict) else ():  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(options, dict | Template) and options is not None:
                raise ValueError("must give each module a mapping of options")
    return maps


def to_argspec(value: Any) -> bool | str:
    """Whether a play's variables are checked, or by which specification."""
    return value if isinstance(value, bool) else to_text(value)


def to_limits(value: Any) -> dict[str, int]:
    """How many tasks may be under way at once, by the name of a group or host."""
    written: dict[Any, Any] = to_map(value) or {}
    limits = {str(name): to_int(limit) for name, limit in written.items()}
    if any(limit < 1 for limit in limits.values()):
        raise ValueError("must give each group or host a number of 1 or more")
    return limits


def to_strategy(value: Any) -> str:
    return _one_of(STRATEGIES, to_text(value).removeprefix("ansible.builtin."))


def to_debugger(value: Any) -> str:
    return _one_of(DEBUGGER, value)


def to_order(value: Any) -> str:
    return _one_of(ORDERS, value)


def _one_of(known: Sequence[str], value: Any) -> str:
    if value not in known:
        meant = did_you_mean(str(value), known)
        raise ValueError(f"must be one of {', '.join(known)}" + (f"; {meant}" if meant else ""))
    return str(value)


STRATEGIES = ("linear", "free", "host_pinned", "debug")
DEBUGGER = ("always", "never", "on_failed", "on_unreachable", "on_skipped")
ORDERS = ("inventory", "sorted", "reverse_sorted", "reverse_inventory", "shuffle")

_ALL = [
    # inherited by everything below
    Keyword("any_errors_fatal", EVERYWHERE, to_bool, inherited=True),
    Keyword("become", EVERYWHERE, to_bool, inherited=True),
    Keyword("become_exe", EVERYWHERE, to_text, inherited=True),
    Keyword("become_flags", EVERYWHERE, to_text, inherited=True),
    Keyword("become_method", EVERYWHERE, to_text, inherited=True),
    Keyword("become_user", EVERYWHERE, to_text, inherited=True),
    Keyword("check_mode", EVERYWHERE, to_bool, inherited=True),
    Keyword("connection", EVERYWHERE, to_text, inherited=True),
    Keyword("debugger", EVERYWHERE, to_debugger, inherited=True),
    Keyword("diff", EVERYWHERE, to_bool, inherited=True),
    Keyword("environment", EVERYWHERE, to_maps, inherited=True),
    Keyword("ignore_errors", EVERYWHERE, to_bool, inherited=True),
    Keyword("ignore_unreachable", EVERYWHERE, to_bool, inherited=True),
    Keyword("module_defaults", EVERYWHERE, to_defaults, inherited=True),
    Keyword("no_log", EVERYWHERE, to_bool, inherited=True),
    Keyword("port", EVERYWHERE, to_int, inherited=True),
    Keyword("remote_user", EVERYWHERE, to_text, inherited=True),
    Keyword("run_once", EVERYWHERE, to_bool, inherited=True),
    Keyword("throttle", EVERYWHERE, to_int, inherited=True),
    Keyword("timeout", EVERYWHERE, to_int, inherited=True),
    Keyword("name", EVERYWHERE, to_text),
    Keyword("tags", EVERYWHERE, to_texts),
    Keyword("vars", EVERYWHERE, to_map),
    Keyword("collections", EVERYWHERE, to_texts, inherited=True),
    # of a play
    Keyword("hosts", frozenset({PLAY}), to_hosts),
    Keyword("gather_facts", frozenset({PLAY}), to_bool),
    Keyword("gather_subset", frozenset({PLAY}), to_texts),
    Keyword("gather_timeout", frozenset({PLAY}), to_int),
    Keyword("fact_path", frozenset({PLAY}), to_text),
    Keyword("vars_files", frozenset({PLAY}), to_files),
    Keyword("vars_prompt", frozenset({PLAY}), to_prompts, templated=False),
    Keyword("serial", frozenset({PLAY}), to_list),
    Keyword("max_fail_percentage", frozenset({PLAY}), to_percent),
    Keyword("strategy", frozenset({PLAY}), to_strategy),
    Keyword("order", frozenset({PLAY}), to_order),
    Keyword("force_handlers", frozenset({PLAY}), to_bool),
    Keyword("validate_argspec", frozenset({PLAY}), to_argspec, templated=False),
    Keyword("pre_tasks", frozenset({PLAY}), to_list, templated=False),
    Keyword("roles", frozenset({PLAY}), to_list, templated=False),
    Keyword("tasks", frozenset({PLAY}), to_list, templated=False),
    Keyword("post_tasks", frozenset({PLAY}), to_list, templated=False),
    Keyword("handlers", frozenset({PLAY}), to_list, templated=False),
    Keyword("notifiers", frozenset({PLAY}), to_list),
    Keyword("routes", frozenset({PLAY}), to_list, templated=False),
    Keyword("limits", frozenset({PLAY}), to_limits),
    # of a block
    Keyword("block", frozenset({BLOCK}), to_list, templated=False),
    Keyword("rescue", frozenset({BLOCK}), to_list, templated=False),
    Keyword("always", frozenset({BLOCK}), to_list, templated=False),
    # of blocks and tasks
    Keyword("when", TASKS, to_conditions),
    Keyword("notify", TASKS, to_names),
    Keyword("delegate_to", TASKS, to_text),
    Keyword("delegate_facts", TASKS, to_bool),
    # of a task
    Keyword("action", ONE, to_any, templated=False),
    Keyword("local_action", ONE, to_any, templated=False),
    Keyword("args", ONE, to_any),
    Keyword("async", ONE, to_int),
    Keyword("poll", ONE, to_int),
    Keyword("changed_when", ONE, to_conditions),
    Keyword("failed_when", ONE, to_conditions),
    Keyword("until", ONE, to_conditions),
    Keyword("retries", ONE, to_int),
    Keyword("delay", ONE, to_float),
    Keyword("loop", ONE, to_any),
    Keyword("loop_control", ONE, to_map),
    Keyword("read_only", ONE, to_bool, templated=False),
    Keyword("register", ONE, to_identifier, templated=False),
    Keyword("listen", frozenset({HANDLER}), to_names, templated=False),
]

KEYWORDS = {keyword.name: keyword for keyword in _ALL}

LOOP_CONTROL = {
    "loop_var": to_identifier,
    "index_var": to_identifier,
    "label": to_any,
    "pause": to_float,
    "extended": to_bool,
    "extended_allitems": to_bool,
    "break_when": to_conditions,
}


ROLE_KEYWORDS = frozenset(
    keyword.name
    for keyword in _ALL
    if BLOCK in keyword.where and keyword.name not in ("block", "rescue", "always", "name", "notify")
)
"""Keywords of an entry of `roles:`; its other keys are the role's parameters."""


INCLUDE = frozenset({
    "action", "args", "collections", "debugger", "ignore_errors", "listen", "loop", "loop_control", "name",
    "no_log", "register", "run_once", "tags", "timeout", "vars", "when",
})  # fmt: skip
"""Keywords of a task that includes; others are for the included tasks, by `apply`."""


def keywords_at(where: str) -> list[str]:
    """Return the names of the keywords that may stand in a play, block, task or handler."""
    return [keyword.name for keyword in _ALL if where in keyword.where]
