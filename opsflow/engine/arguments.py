"""What a task says, rendered for one host: its module, options, keywords, environment."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from opsflow.core.errors import OpsFlowError, TaskError
from opsflow.modules.base.module import Module, ModuleArgs, short_name
from opsflow.modules.setup import NAMES as FACT_MODULES
from opsflow.playbook.keywords import KEYWORDS, to_list
from opsflow.playbook.model import Choose, Task
from opsflow.source.values import is_templated, origin_of
from opsflow.templating.environment import Undefined
from opsflow.templating.kinds import type_name
from opsflow.templating.render import finalize
from opsflow.templating.scope import OMIT, Scope

from .outcomes import invalid


class WrongOptions(TaskError):
    """A module refuses its options; `failed_when` may see it otherwise."""


def module_of(task: Task, scope: Scope) -> tuple[Module, ModuleArgs]:
    """Return the task's module and its options, rendered and typed for a host.

    Raises WrongOptions and TaskError.
    """
    if task.flaw:
        raise WrongOptions(task.flaw.message, origin=task.flaw.origin)
    name, kind = task.info.module, task.module
    if task.choose is not None:
        name, kind = _chosen(task.choose, scope)
    assert kind is not None
    defaults = _module_defaults(task, name, kind, scope)
    if task.static_args is not None and not defaults:
        return kind(), task.static_args
    own = {finalize(scope.value(key)): item for key, item in scope.value(task.args).items()}
    # What the task omits is not taken from the defaults either.
    args = finalize({**defaults, **_whole_args(task, scope), **own})
    try:
        return kind(), kind.Args.model_validate(args)
    except ValidationError as error:
        raise WrongOptions(invalid(name, error), origin=task.origin) from None


def _chosen(choose: Choose, scope: Scope) -> tuple[str, type[Module]]:
    """Return the module that a template names. Raises TaskError when there is none."""
    name = str(finalize(scope.value(choose.name)))
    try:
        return name, choose.find(name)
    except OpsFlowError as error:
        raise TaskError(error.message, hint=error.hint, origin=choose.name.origin) from error


def _whole_args(task: Task, scope: Scope) -> dict[str, Any]:
    """Return the options of templates that yield all of them. Raises TaskError for what is no mapping."""
    found: dict[str, Any] = {}
    for whole in task.wholes:
        value = finalize(scope.value(whole))
        if not isinstance(value, dict) and value is not OMIT:
            raise TaskError(f"options are a mapping, not {type_name(value)}", origin=whole.origin)
        found.update({} if value is OMIT else value)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _module_defaults(task: Task, module: str, kind: type[Module], scope: Scope) -> dict[str, Any]:
    """Return the options that `module_defaults` give, those of the module's backends below its own."""
    own = short_name(module)
    names = [FACT_MODULES] if own == "gather_facts" else [*({one} for one in kind.backends), {own}]
    mappings = [finalize(scope.value(one)) for one in task.keywords.get("module_defaults") or ()]
    found: dict[str, Any] = {}
    for wanted in names:
        for mapping in mappings:
            for name, options in mapping.items():
                if short_name(name) in wanted:
                    found.update(options or {})
    return found


def keyword(task: Task, name: str, scope: Scope, default: Any) -> Any:
    """Return a keyword's value, rendered and converted; `default` when it is not set or `omit`."""
    value = task.keywords.get(name)
    if value is None:
        return default
    if not is_templated(value):
        return value
    value = finalize(scope.value(value))
    if value is OMIT or value is None:
        return default
    try:
        return KEYWORDS[name].convert(value)
    except ValueError as error:
        place = origin_of(task.keywords[name])
        raise TaskError(f"'{name}' {error}, not '{value}'", origin=place) from None


def environment(task: Task, scope: Scope) -> dict[str, str]:
    """Return what a task adds to the environment of what it runs."""
    gathers = short_name(task.info.module) in FACT_MODULES
    found: dict[Any, Any] = {}
    for layer in task.environment:
        for mapping in to_list(scope.value(layer)):
            if mapping is not OMIT:
                found.update(finalize(_without_own(mapping) if gathers else mapping))
    return {str(key): str(value) for key, value in found.items()}


def _without_own(environment: Any) -> Any:
    """Leave out what is made of the host's own environment: facts that tell of it are being gathered."""
    if not isinstance(environment, dict):
        return environment
    items: dict[Any, Any] = environment  # pyright: ignore[reportUnknownVariableType]
    return {
        key: value
        for key, value in items.items()
        if not (isinstance(value, Undefined) and "ansible_env" in value.reason)
    }
