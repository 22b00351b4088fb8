"""The whole check of a module's arguments, level by level."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from copy import deepcopy

from opsflow.target.compat import errors as wrong
from opsflow.target.compat.common import parameters as params
from opsflow.target.compat.common import validation
from opsflow.target.compat.common.text.converters import to_native
from opsflow.target.compat.common.warnings import deprecate, warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ValidationResult:
    """What came of a check: typed arguments, and what is wrong with them."""

    def __init__(self, parameters: Any) -> None:
        self.no_log_values: set[str] = set()
        self.unsupported: set[Any] = set()
        self.supported: dict[Any, list[str]] = {}
        self.parameters: dict[str, Any] = deepcopy(parameters)
        self.deprecations: list[dict[str, Any]] = []
        self.doubles: list[dict[str, Any]] = []
        self.aliases: dict[str, str] = {}
        self.errors = wrong.AnsibleValidationErrorMultiple()

    @property
    def validated_parameters(self) -> dict[str, Any]:
        """The arguments with their types and defaults."""
        return self.parameters

    @property
    def unsupported_parameters(self) -> set[Any]:
        """Names that no specification knows."""
        return self.unsupported

    @property
    def error_messages(self) -> list[str]:
        """What is wrong, in sentences."""
        return self.errors.messages


class ArgumentSpecValidator:
    """A specification of arguments that can check them."""

    def __init__(
        self,
        argument_spec: Any,
        mutually_exclusive: Any = None,
        required_together: Any = None,
        required_one_of: Any = None,
        required_if: Any = None,
        required_by: Any = None,
    ) -> None:
        self.argument_spec = argument_spec
        self._rules = {
            "mutually_exclusive": mutually_exclusive,
            "required_together": required_together,
            "required_one_of": required_one_of,
            "required_if": required_if,
            "required_by": required_by,
        }
        names: list[str] = []
        for key in sorted(argument_spec):
            aliases = argument_spec[key].get("aliases")
            names.append("%s (%s)" % (key, ", ".join(sorted(aliases))) if aliases else key)
        self._valid_parameter_names = set(names)

    def validate(self, parameters: Any, *args: Any, **kwargs: Any) -> ValidationResult:
        """Check arguments; they stay as they are, the result has them typed."""
        result = ValidationResult(parameters)
        top = _Level(result, self.argument_spec, result.parameters, self._rules, ())
        try:
            result.no_log_values |= params.set_fallbacks(self.argument_spec, result.parameters)
            top.names()
        except (TypeError, ValueError) as error:
            result.errors.append(wrong.AliasError(to_native(error)))
        try:
            secrets = params.secrets_of(self.argument_spec, result.parameters)
            result.no_log_values |= secrets
        except TypeError as error:
            result.errors.append(wrong.NoLogError(to_native(error)))
        top.values()
        if result.unsupported:
            result.errors.append(wrong.UnsupportedError(_unsupported(result)))
        return result


class ModuleArgumentSpecValidator(ArgumentSpecValidator):
    """One that also tells of deprecated names and of names that were given twice."""

    def validate(self, parameters: Any, *args: Any, **kwargs: Any) -> ValidationResult:
        result = ArgumentSpecValidator.validate(self, parameters)
        for found in result.deprecations:
            deprecate(
                found["msg"],
                version=found.get("version"),
                date=found.get("date"),
                collection_name=found.get("collection_name"),
            )
        for found in result.doubles:
            warn("Both option %s and its alias %s are set." % (found["option"], found["alias"]))
        return result


class _Level:
    """Arguments of one mapping: those of the module, or those below one of them."""

    def __init__(
        self, result: ValidationResult, spec: Any, given: dict[str, Any], rules: Any, context: tuple[str, ...]
    ) -> None:
        self.result = result
        self.spec = spec
        self.given = given
        self.rules = rules
        self.context = context
        self.prefix = ""

    def error(self, kind: type[wrong.AnsibleValidationError], message: Any) -> None:
        self.result.errors.append(kind(to_native(message)))

    def names(self) -> None:
        """Resolve aliases and find out which names nobody knows."""
        warnings: list[Any] = []
        deprecations: list[Any] = []
        aliases = params.handle_aliases(self.spec, self.given, warnings, deprecations, self.prefix)
        if not self.context:
            self.result.aliases.update(aliases)
        for option, alias in warnings:
            self.result.doubles.append({"option": option, "alias": alias})
        for found in deprecations:
            message = "Alias '%s' is deprecated. See the module docs for more information" % found["name"]
            self.deprecated(message, found.get("version"), found.get("date"), found.get("collection_name"))
        legal = list(self.spec) + list(aliases)
        unknown = params.get_unsupported_parameters(self.spec, self.given, legal, self.context)
        self.result.unsupported |= unknown
        for name in unknown:
            self.result.supported[name] = _supported(self.spec)
        self.deprecated_names()

    def deprecated_names(self) -> None:
        for name, spec in self.spec.items():
            if name not in self.given:
                continue
            below = (*self.context[1:], name)
            shown = self.context[0] + "".join('["%s"]' % part for part in below) if self.context else name
            message = "Param '%s' is deprecated. See the module docs for more information" % shown
            from_collection = spec.get("removed_from_collection")
            if spec.get("removed_at_date") is not None:
                self.deprecated(message, None, spec["removed_at_date"], from_collection)
            elif spec.get("removed_in_version") is not None:
                self.deprecated(message, spec["removed_in_version"], None, from_collection)

    def deprecated(self, message: str, version: Any, date: Any, collection: Any) -> None:
        found = {"msg": message, "version": version, "date": date, "collection_name": collection}
        self.result.deprecations.append(found)

    def values(self) -> None:
        """Check what belongs together, then types and choices, then what is below."""
        self.check("mutually_exclusive", wrong.MutuallyExclusiveError, validation.check_mutually_exclusive)
        params.set_defaults(self.spec, self.given, empty=False)
        self.required()
        self.types()
        self.choices()
        self.check("required_together", wrong.RequiredTogetherError, validation.check_required_together)
        self.check("required_one_of", wrong.RequiredOneOfError, validation.check_required_one_of)
        self.check("required_if", wrong.RequiredIfError, validation.check_required_if)
        self.check("required_by", wrong.RequiredByError, validation.check_required_by)
        params.set_defaults(self.spec, self.given, empty=True)
        for name, spec in self.spec.items():
            if spec.get("options") is not None or spec.get("apply_defaults", False):
                self.below(name, spec)

    def check(self, rule: str, kind: type[wrong.AnsibleValidationError], function: Any) -> None:
        try:
            function(self.rules.get(rule), self.given, list(self.context))
        except TypeError as error:
            self.error(kind, error)

    def required(self) -> None:
        for name, spec in self.spec.items():
            if spec.get("required", False) and spec.get("default") is not None:
                text = "internal error: required and default are mutually exclusive for %s" % name
                self.error(wrong.RequiredDefaultError, text)
        try:
            validation.check_required_arguments(self.spec, self.given, list(self.context))
        except TypeError as error:
            self.error(wrong.RequiredError, error)

    def types(self) -> None:
        for name, spec in self.spec.items():
            value = self.given.get(name)
            if value is None:
                continue
            wanted = spec.get("type")
            if wanted is None and spec.get("elements") is None:
                wanted = "str"
            if wanted is not None:
                self.convert(name, wanted, value)
            if spec.get("elements") is not None and wanted == "list":
                self.elements(name, spec["elements"])

    def convert(self, name: str, wanted: Any, value: Any) -> None:
        checker, kind = params.type_checker(wanted)
        try:
            self.given[name] = checker(value)
        except (TypeError, ValueError) as error:
            found = " found in '%s'." % " -> ".join(self.context) if self.context else ""
            shown = (name, type(value).__name__, found, kind, to_native(error))
            text = "argument '%s' is of type %s%s and we were unable to convert to %s: %s" % shown
            self.error(wrong.ArgumentTypeError, text)

    def elements(self, name: str, wanted: Any) -> None:
        checker, kind = params.type_checker(wanted)
        values = self.given[name]
        if not isinstance(values, list):
            return
        converted: list[Any] = []
        for value in values:
            try:
                converted.append("" if value is None and kind == "str" else checker(value))
            except (TypeError, ValueError) as error:
                found = " found in '%s'" % " -> ".join(self.context) if self.context else ""
                shown = (name, found, type(value).__name__, kind, to_native(error))
                text = (
                    "Elements value for option '%s'%s is of type %s and we were unable to convert to %s: %s"
                )
                self.error(wrong.ElementError, text % shown)
        self.given[name] = converted

    def choices(self) -> None:
        for name, spec in self.spec.items():
            choices = spec.get("choices")
            value = self.given.get(name)
            if choices is None or value is None:
                continue
            if not isinstance(choices, (frozenset, list, tuple, dict, set, type({}.keys()))):
                text = "internal error: choices for argument %s are not iterable: %s" % (name, choices)
                self.error(wrong.ArgumentTypeError, text)
                continue
            shown = ", ".join(to_native(choice) for choice in choices)
            found = " found in %s" % " -> ".join(self.context) if self.context else ""
            if isinstance(value, list):
                bad = ", ".join(to_native(item) for item in value if item not in choices)
                text = "value of %s must be one or more of: %s. Got no match for: %s%s"
                if bad:
                    self.error(wrong.ArgumentValueError, text % (name, shown, bad, found))
                continue
            self.given[name] = value = params.matching_choice(value, choices)
            if value not in choices:
                text = "value of %s must be one of: %s, got: %s%s" % (name, shown, value, found)
                self.error(wrong.ArgumentValueError, text)

    def below(self, name: str, spec: Any) -> None:
        """Check the options of an option: a mapping, or a list of mappings."""
        wanted = spec.get("type")
        if wanted != "dict" and not (wanted == "list" and spec.get("elements", "") in ("dict", "")):
            return
        value = self.given.get(name)
        if spec.get("apply_defaults", False) and spec.get("options") is not None and value is None:
            self.given[name] = value = {}
        if value is None or spec.get("options") is None:
            return
        items = value if isinstance(value, list) else [value]
        converted = [self.mapping(name, spec, item, n) for n, item in enumerate(items)]
        self.given[name] = converted if isinstance(value, list) else converted[0]

    def mapping(self, name: str, spec: Any, value: Any, number: int) -> Any:
        if not isinstance(value, dict):
            try:
                value = validation.check_type_dict(value)
            except TypeError:
                text = "value of '%s' must be of type dict or list of dicts" % name
                self.error(wrong.SubParameterTypeError, text)
                return value
        inner = _Level(self.result, spec["options"], value, spec, (*self.context, name))
        number_in_list = "[%d]" % number if spec.get("type") == "list" else ""
        inner.prefix = "%s%s%s." % (self.prefix, name, number_in_list)
        try:
            self.result.no_log_values |= params.set_fallbacks(spec["options"], value)
            inner.names()
            self.result.no_log_values |= params.secrets_of(spec["options"], value)
        except (TypeError, ValueError) as error:
            self.error(wrong.AliasError, error)
            return value
        inner.values()
        return value


def _supported(spec: Any) -> list[str]:
    names: list[str] = []
    for name in sorted(spec):
        aliases = spec[name].get("aliases")
        names.append("%s (%s)" % (name, ", ".join(sorted(aliases))) if aliases else name)
    return names


def _unsupported(result: ValidationResult) -> str:
    """Return the sentence about names that nobody knows."""
    unknown = sorted(
        ".".join(name) if isinstance(name, tuple) else to_native(name) for name in result.unsupported
    )
    supported: list[str] = []
    for name in result.unsupported:
        supported += [known for known in result.supported[name] if known not in supported]
    return "%s. Supported parameters include: %s." % (", ".join(unknown), ", ".join(sorted(supported)))
