"""validate_argument_spec: variables checked against a role's specification of its arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from opsflow.core.errors import TaskError, did_you_mean
from opsflow.templating.environment import Undefined

from .base.module import Module, ModuleArgs, Result, TaskContext, modules
from .base.types import Dict, kind, to_bool, to_dict, to_float, to_int, to_items, to_text

_SIBLINGS = ("mutually_exclusive", "required_together", "required_one_of")


@modules.register("validate_argument_spec")
class ValidateArgumentSpec(Module):
    """Check variables of the host against `argument_spec`, as it is done when a role with one begins.

    Returns:
        argument_errors: what does not fit.
        argument_spec_data: the specification.

    Examples:
        - name: Check the variables of a site
          validate_argument_spec:
            argument_spec:
              site_name:
                type: str
                required: true
              site_port:
                type: int
                default: 80
            provided_arguments:
              site_name: shop
    """

    class Args(ModuleArgs):
        argument_spec: Dict
        """What the arguments must be."""
        provided_arguments: Dict = {}  # noqa: RUF012 - pydantic copies defaults
        """The arguments."""
        validate_args_context: Dict = {}  # noqa: RUF012
        """Where they come from, for messages."""

    remote = False

    async def run(self, task: TaskContext, args: Args) -> Result:
        values = dict(_given(args.argument_spec, task.vars))
        values.update(args.provided_arguments)
        errors = list(spec_errors(args.argument_spec, values))
        data: Result = {"changed": False, "validate_args_context": args.validate_args_context}
        if errors:
            data.update(argument_errors=errors, argument_spec_data=args.argument_spec)
            raise TaskError("Validation of arguments failed:\n" + "\n".join(errors), data=data)
        return {**data, "msg": "The arg spec validation passed"}


def _given(spec: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the arguments that the host's variables give."""
    for name in spec:
        if name in variables and not isinstance(value := variables[name], Undefined):
            yield name, value


def spec_errors(spec: Mapping[str, Any], values: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with `values`.

    Args:
        spec: options by name: `type`, `required`, `choices`, `elements`, `options`, …, as in Ansible.
        values: the arguments that were given.
        within: the name of the argument whose parts they are.
    """
    values = {str(name): value for name, value in values.items()}  # YAML has names such as `on`
    rules: dict[str, dict[str, Any]] = {str(name): written or {} for name, written in spec.items()}
    names = {name: (name, *rule.get("aliases", ())) for name, rule in rules.items()}
    given = {
        name: next((values[key] for key in names[name] if values.get(key) is not None), None)
        for name in rules
    }
    needed = (name for name, rule in rules.items() if rule.get("required") and rule.get("default") is None)
    if missing := sorted(name for name in needed if given[name] is None):
        yield f"missing required arguments: {', '.join(missing)}" + (f" found in {within}" if within else "")
    for name, value in given.items():
        if value is not None:
            yield from _value_errors(f"{within}.{name}" if within else name, rules[name], value)
    known = {key for keys in names.values() for key in keys}
    for name in set(values) - known if within else ():
        hint = did_you_mean(name, known)
        yield f"{within} has no argument '{name}'" + (f": {hint}" if hint else "")


def _value_errors(name: str, rule: Mapping[str, Any], value: Any) -> Iterator[str]:
    wanted = str(rule.get("type", "str"))
    try:
        typed: Any = _TYPES[wanted](value)
    except KeyError:
        yield f"{name}: the specification has an unknown type '{wanted}'"
        return
    except ValueError as error:
        yield f"argument '{name}' {error}, not {kind(value)}"
        return
    choices = rule.get("choices")
    for item in to_items(typed) if wanted == "list" else [typed]:
        if choices and item not in choices:
            yield f"value of {name} must be one of: {', '.join(map(str, choices))}, got: {item}"
    if wanted == "list":
        yield from _element_errors(name, rule, typed)
    elif wanted == "dict" and rule.get("options"):
        yield from spec_errors(rule["options"], typed, name)
        yield from _sibling_errors(name, rule, typed)


def _element_errors(name: str, rule: Mapping[str, Any], items: list[Any]) -> Iterator[str]:
    elements = rule.get("elements")
    for index, item in enumerate(items):
        if elements:
            parts = {key: rule[key] for key in ("options", *_SIBLINGS) if key in rule}
            yield from _value_errors(f"{name}[{index}]", {"type": elements, **parts}, item)


def _sibling_errors(name: str, rule: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[str]:
    given = {key for key, value in values.items() if value is not None}
    for group in rule.get("mutually_exclusive", ()):
        if len(given & set(group)) > 1:
            yield f"{name}: these exclude each other: {', '.join(group)}"
    for group in rule.get("required_together", ()):
        if given & set(group) and not set(group) <= given:
            yield f"{name}: these are needed together: {', '.join(group)}"
    for group in rule.get("required_one_of", ()):
        if not given & set(group):
            yield f"{name}: one of these is needed: {', '.join(group)}"


def _as_json(value: Any) -> Any:
    if isinstance(value, str):
        json.loads(value)
    return value


_TYPES: dict[str, Callable[[Any], Any]] = {
    "str": to_text,
    "path": to_text,
    "int": to_int,
    "float": to_float,
    "bool": to_bool,
    "list": to_items,
    "dict": to_dict,
    "json": _as_json,
    "raw": lambda value: value,
    "bytes": to_text,
    "bits": to_text,
    "jsonarg": _as_json,
}
