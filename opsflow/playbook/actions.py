"""Which module a task names, and its options checked as far as no template hides them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ConfigDict, ValidationError

from opsflow.core.errors import OpsFlowError, Problem, TaskError, did_you_mean
from opsflow.core.origin import Origin
from opsflow.modules.base.module import Module, ModuleArgs, Result, TaskContext, option_names, short_name
from opsflow.modules.own.known import KnownModules
from opsflow.source.validate import model_problems
from opsflow.source.values import Map, Seq, Template, as_source, is_expression, is_templated, origin_of

from .freeform import Word, parse_options, split_words
from .keywords import KEYWORDS, keywords_at

Report = Callable[[Origin | None, str, str | None], None]

_FLOW = {"include", "import_role", "import_tasks", "import_playbook"}


_COMMANDS = {"command", "shell", "raw", "script"}
_COMMAND_OPTIONS = (
    "creates", "removes", "chdir", "executable", "stdin", "stdin_add_newline", "strip_empty_ends",
)  # fmt: skip
"""The options that are taken out of a command's text; every other `a=b` in it belongs to the command."""


@dataclass(slots=True)
class Action:
    """A task's module and options. `module` is None for `meta`.

    `wholes` are templates that yield more options, the weakest first: only a host knows which. `chosen` is
    the name where that is a template. `flaw` tells why its line of options could not be read.
    """

    name: str
    module: type[Module] | None
    args: Map
    origin: Origin
    delegate_to: str | None = None
    wholes: tuple[Template, ...] = ()
    chosen: Template | None = None
    flaw: Problem | None = None


class _AnyArgs(ModuleArgs):
    """Options of a module that is not known yet."""

    model_config = ConfigDict(extra="allow")


class ChosenModule(Module):
    """Stands for a module whose name is a template, until a host tells which one it is."""

    Args = _AnyArgs

    async def run(self, task: TaskContext, args: Any) -> Result:
        raise TaskError("the name of the module was not rendered")


def find_action(
    value: Map, keywords: Mapping[str, Any], where: str, modules: KnownModules, report: Report
) -> Action | None:
    """Return what a task does, or None when it names no module or its problems were reported.

    Args:
        value: the task.
        keywords: those that were read from it.
        where: what it is, a task or a handler.
        modules: those that it may name.
        report: told of each problem.
    """
    elsewhere = [key for key in value if key in KEYWORDS and where not in KEYWORDS[key].where]
    misplaced = [key for key in elsewhere if str(key) not in modules]  # gather_facts is both
    candidates = [key for key in value if key not in misplaced and (key not in KEYWORDS or key in elsewhere)]
    for key in misplaced:
        report(value.origin_of(key), f"the keyword '{key}' does not belong to a {where}", None)
    known = [key for key in candidates if str(key) in modules or short_name(str(key)) in ("meta", *_FLOW)]
    written = keywords.get("local_action", keywords.get("action"))
    if written is not None:
        return _classic(written, value, "local_action" in keywords, modules, report)
    for key in candidates:
        if key not in known[:1]:
            _report_unknown(value, key, known, where, modules, report)
    if not known:
        return None
    key = known[0]
    return _action(str(key), value[key], value.origin_of(key), keywords.get("args"), modules, report)


def _report_unknown(
    value: Map, key: Any, known: list[Any], where: str, modules: KnownModules, report: Report
) -> None:
    origin = value.origin_of(key)
    if key in known:
        report(origin, f"a task names one module: this one has '{known[0]}' already", None)
        return
    hint = did_you_mean(str(key), [*keywords_at(where), *modules.names()])
    what = "keyword" if known else "module or keyword"
    report(origin, f"there is no {what} '{key}'", hint)


def _classic(written: Any, value: Map, local: bool, modules: KnownModules, report: Report) -> Action | None:
    """`action: module options`, `action: {module: name, …}` and the same for `local_action`."""
    origin, more = origin_of(written) or value.origin, value.get("args")
    name: str | Template
    if isinstance(written, Map) and "module" in written:
        rest = Map(written.origin)
        for key, item in written.items():
            if key not in ("module", "args"):
                rest[key], rest.key_origins[key] = item, written.origin_of(key)
        rest.templated = written.templated
        name, args = as_source(str(written["module"]), origin), rest
        more = written.get("args", more)
    elif isinstance(written, str) and (words := _words(written)):
        name, text = as_source(words[0].text, origin), written[words[0].end :].strip()
        args = as_source(text, origin) if text else None
    else:
        report(origin, "'action' takes a module's name and its options", None)
        return None
    if isinstance(name, Template):
        return _chosen(name, args, more, local, origin, report)
    if name not in modules and short_name(name) != "meta":
        report(origin, f"there is no module '{name}'", did_you_mean(name, modules.names()))
        return None
    action = _action(name, args, origin, more, modules, report)
    if action and local:
        action.delegate_to = "localhost"
    return action


def _words(text: str) -> list[Word]:
    try:
        return split_words(text)
    except ValueError:  # what is not closed may be the command's own
        first = text.split(maxsplit=1)[0]
        return [Word(first, 0, text.index(first) + len(first))]


def _chosen(
    name: Template, args: Any, more: Any, local: bool, origin: Origin, report: Report
) -> Action | None:
    """Return the action of a module that only a host tells: its options are checked there."""
    try:
        options = options_of(args, origin, None, ())
    except ValueError as error:
        report(origin, f"{name}: {error}", "a module whose name is a template takes options as name=value")
        return None
    _add(options, more, origin, report)
    wholes = (more,) if isinstance(more, Template) else ()
    return Action(str(name), ChosenModule, options, origin, "localhost" if local else None, wholes, name)


def _action(
    name: str, value: Any, origin: Origin, more: Any, modules: KnownModules, report: Report
) -> Action | None:
    short = short_name(name)
    if short in _FLOW:
        report(origin, f"'{name}' is not supported yet", None)
        return None
    module: type[Module] | None = None
    if short != "meta":
        try:
            module = modules.find(name)
        except OpsFlowError as error:
            report(origin, error.message, error.hint)
            return None
    free_form = module.free_form if module else "action"
    taken = _COMMAND_OPTIONS if short in _COMMANDS else _option_table(module.Args) if module else ()
    wholes = [item for item in (more, value) if isinstance(item, Template)]
    if isinstance(value, Template):
        if free_form is None and is_expression(value):
            value = None
        else:
            wholes.pop()
    flaw: Problem | None = None
    try:
        args = options_of(value, origin, free_form, taken)
    except ValueError as error:
        args, flaw = Map(origin), Problem(f"{name}: {error}", origin_of(value) or origin)
    _add(args, more, origin, report)
    return Action(name, module, args, origin, wholes=tuple(wholes), flaw=flaw)


def _add(args: Map, more: Any, origin: Origin, report: Report) -> None:
    """Add the options of the keyword `args`, which are weaker."""
    if isinstance(more, Map):
        for key, item in more.items():
            if key not in args:
                args[key], args.key_origins[key] = item, more.origin_of(key)
        args.templated = args.templated or more.templated
    elif more is not None and not isinstance(more, Template):
        report(origin, "'args' must be a mapping", None)


def options_of(value: Any, origin: Origin, free_form: str | None, taken: Collection[str]) -> Map:
    """Return options that were written as a mapping or in a line (see `parse_options`). Raises ValueError."""
    if value is None:
        return Map(origin)
    if isinstance(value, Map):
        copy = Map(value.origin)
        copy.update(value)
        copy.key_origins.update(value.key_origins)
        copy.templated = value.templated
        return copy
    if isinstance(value, int | float) and not isinstance(value, bool) and free_form:
        value = str(value)
    if isinstance(value, str):
        return parse_options(value, origin_of(value) or origin, free_form=free_form, taken=taken)
    raise ValueError("options are a mapping, or text with name=value")


@cache
def _option_table(model: type[ModuleArgs]) -> Mapping[str, str]:
    """Return every name of every option, with the proper one."""
    table: dict[str, str] = {}
    for name, field in model.model_fields.items():
        for alias in option_names(name, field):
            table[alias] = option_names(name, field)[0]
    return table


def check_args(action: Action, report: Report, defaults: Iterable[Any] = ()) -> ModuleArgs | None:
    """Check a task's options; return them typed when no template has to be rendered first.

    What a template hides, or `module_defaults` may add, is checked later, on each host, before the module
    starts. `defaults` are those in force.
    """
    assert action.module is not None
    model = action.module.Args
    table = _option_table(model)
    extra = model.model_config.get("extra") != "forbid"
    for key in action.args:
        if key not in table and not extra:
            hint = did_you_mean(str(key), table)
            message = f"the module '{action.name}' has no option '{key}'"
            report(
                action.args.origin_of(key),
                message,
                hint or f"its options: {', '.join(sorted(set(table.values())))}",
            )
            return None
    known = {short_name(action.name), *action.module.backends}
    more = action.wholes or action.chosen or _have_options(defaults, known)
    if more or any(isinstance(key, Template) for key in action.args):
        return None
    try:
        typed = model.model_validate(dict(action.args))
    except ValidationError as error:
        _report_invalid(action, error, table, report)
        return None
    return None if action.args.templated else typed


def _have_options(defaults: Iterable[Any], names: Set[str]) -> bool:
    """Tell whether `module_defaults` may hold options of modules."""
    for mapping in defaults:
        keys = [str(key) for key in mapping] if isinstance(mapping, Map) else ["group/"]
        if any(short_name(key) in names or key.startswith("group/") for key in keys):
            return True
    return False


def _templated_places(value: Any) -> set[Origin]:
    """Return where the keys and items are that a template is, or is within."""
    if isinstance(value, Map):
        parts = [(item, value.origin_of(key)) for key, item in value.items()]
    elif isinstance(value, Seq):
        parts = list(zip(value, value.item_origins, strict=True))
    else:
        return set()
    found = [(item, origin) for item, origin in parts if is_templated(item)]
    return {origin for _, origin in found}.union(*(_templated_places(item) for item, _ in found))


def _report_invalid(action: Action, error: ValidationError, table: Mapping[str, str], report: Report) -> None:
    assert action.module is not None
    places = _templated_places(action.args)
    hidden: set[Origin | None] = {*places, action.args.origin, None} if places else set()
    names = {alias: name for alias, name in table.items() if alias != name}
    given = {table.get(key, key) for key in action.args}
    for problem in model_problems(error, action.args, action.module.Args, names):
        required = problem.message.endswith("is required")
        if problem.origin in hidden and not required and not problem.message.startswith("unknown option"):
            continue  # it may be the template's text that does not fit, not what it yields
        if required and problem.message.split("'")[1] in given:
            continue
        report(problem.origin or action.origin, f"{action.name}: {problem.message}", problem.hint)
