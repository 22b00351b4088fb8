"""The Jinja2 environment: sandboxed, lazy about variables, and true to the types of values.

Differences from plain Jinja2, all Ansible's semantics: a template that yields one value yields it with its
type, not as text; None in a longer text is empty; an undefined value may be walked through
(`a.b.c | default(1)`) and fails only when it is used.
"""

from __future__ import annotations

import warnings
from collections import ChainMap
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, MappingView
from contextlib import contextmanager
from typing import Any, cast

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from opsflow.core.errors import did_you_mean
from opsflow.source.values import Map, Seq, Str

from .kinds import type_name

_POSITION_ATTRIBUTES = frozenset(
    {"origin", "templated", "key_origins", "item_origins", "origin_of", "origin_of_value"}
)

_KINDS = {"str": "a text", "list": "a list", "int": "a number", "float": "a number", "bool": "a boolean"}

_OF_UNDEFINED = frozenset({"default", "d", "defined", "undefined"})
"""Jinja2's own filters and tests that take undefined values."""

_BUILTIN, _UTILS = "ansible.builtin", "ansible.utils"
_MAPPING_METHODS = frozenset({"get", "items", "keys", "values"})


class Undefined(jinja2.StrictUndefined):
    """An undefined value: its attributes and items are undefined too, any other use is an error."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __call__(self, *args: Any, **options: Any) -> Any:
        if not issubclass(self._undefined_exception, jinja2.UndefinedError):  # the sandbox forbids it
            self._fail_with_undefined_error()
        return self

    def __repr__(self) -> str:
        """Fail: `{{ [nope] }} as text` would hold the word Undefined."""
        self._fail_with_undefined_error()

    @property
    def _undefined_message(self) -> str:
        obj: object = self._undefined_obj
        if self._undefined_hint or obj is missing:
            return super()._undefined_message
        return _lacks(obj, self._undefined_name)

    @property
    def reason(self) -> str:
        """Say what is undefined."""
        return self._undefined_message


def _lacks(obj: object, name: object) -> str:
    """Say that a value has no such key, item or attribute, in words that people use."""
    if isinstance(obj, Mapping):
        keys = [str(key) for key in cast("Mapping[Any, Any]", obj)]
        guess = did_you_mean(str(name), keys)
        return f"a mapping has no key '{name}'" + (f" ({guess})" if guess else "")
    if isinstance(name, int):
        return f"{_KINDS.get(type_name(obj), type_name(obj))} has no item {name}"
    return f"{_KINDS.get(type_name(obj), type_name(obj))} has no '{name}'"


TOO_DEEP = "nested too deeply"

NO_HINT = "undefined"
"""The reason of an undefined value that gives none."""


def undefined(reason: str) -> Undefined:
    """Return an undefined value that explains itself with `reason`."""
    return Undefined(hint=reason)


class LazyContext(Context):
    """Looks names up in a scope when a template asks for them, instead of in a copy of all variables."""

    def resolve_or_missing(self, key: str) -> Any:
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return self.environment.globals.get(key, missing)

    def get_all(self) -> dict[str, Any]:
        return ChainMap(self.vars, self.parent) if self.vars else self.parent  # type: ignore[return-value]


class _TypedOutput(NativeCodeGenerator):
    """Generates code whose outputs keep their types, single constants included."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        values = list(group)
        return repr(values[0] if len(values) == 1 else concat(values))


def concat(values: Iterable[Any]) -> Any:
    """Return the one value of a template's output with its type; several become text."""
    outputs = list(values)
    if len(outputs) == 1:
        return outputs[0]
    return "".join("" if value is None else str(value) for value in outputs)


def lasting(value: Any) -> Any:
    """Return a list for what is no list but has items in order: a tuple, a range, a view, a generator.

    A generator could be read once only, and a playbook that compares or loops expects lists.
    """
    if isinstance(value, list):
        items = cast("list[Any]", value)
        if any(isinstance(item, tuple | Iterator) for item in items):
            return [lasting(item) for item in items]
    elif isinstance(value, tuple | range | MappingView | Iterator):
        return [lasting(item) for item in cast("Iterable[Any]", value)]
    return cast("Any", value)


@contextmanager
def quiet() -> Generator[None]:
    """Read a template without Python's warnings of strings such as '\\d', which mean what they say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class Environment(ImmutableSandboxedEnvironment):
    """The environment of all templates of a run. `tolerant` functions take undefined arguments."""

    context_class: type[Context] = LazyContext
    code_generator_class: type[CodeGenerator] = _TypedOutput
    tolerant: tuple[Callable[..., Any], ...] = ()
    concat: Callable[[Iterable[Any]], Any] = staticmethod(concat)  # type: ignore[assignment]

    def call(self, __context: Context, __obj: Any, *args: Any, **options: Any) -> Any:
        """Call a function; an undefined one, or one with an undefined argument, is undefined."""
        if isinstance(__obj, Undefined):
            return __obj()
        tolerant = isinstance(__obj, Macro) or __obj in self.tolerant
        for value in () if tolerant else (*args, *options.values()):
            if isinstance(value, Undefined):
                return value
        result = super().call(__context, __obj, *args, **options)
        return lasting(result) if isinstance(result, MappingView) else result

    def _compile(self, source: str, filename: str) -> Any:
        try:
            return super()._compile(source, filename)
        except SyntaxError as error:  # what only Python's compiler sees, such as an argument given twice
            raise jinja2.TemplateSyntaxError(error.msg, 1) from error
        except (RecursionError, MemoryError, ValueError) as error:
            raise jinja2.TemplateSyntaxError(TOO_DEEP, 1) from error

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        try:
            with quiet():
                return super()._parse(source, name, filename)
        except RecursionError as error:
            raise jinja2.TemplateSyntaxError(TOO_DEEP, 1) from error

    def getattr(self, obj: Any, attribute: str) -> Any:
        if attribute in _POSITION_ATTRIBUTES and isinstance(obj, Map | Seq | Str):
            return self.getitem(obj, attribute)
        if not isinstance(obj, dict) and isinstance(obj, Mapping) and attribute not in _MAPPING_METHODS:
            return self.getitem(obj, attribute)  # `hostvars.web1.over`: a variable, no method of ours
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if (
            isinstance(argument, str)
            and argument in _POSITION_ATTRIBUTES
            and isinstance(obj, Map | Seq | Str)
        ):
            if isinstance(obj, Map) and argument in obj:
                return obj[argument]
            return self.undefined(obj=obj, name=argument)
        if not isinstance(obj, dict) and isinstance(obj, Mapping):
            variables = cast("Mapping[Any, Any]", obj)  # no attribute of ours where there is no variable
            return variables[argument] if argument in variables else self.undefined(obj=obj, name=argument)
        return super().getitem(obj, argument)


def make_environment(kind: type[Environment] = Environment, **options: Any) -> Environment:
    """Return an environment with OpsFlow's filters, tests and globals.

    Args:
        kind: its class.
        options: Jinja2's own, such as `trim_blocks`, over our defaults.
    """
    from .conditions import TESTS
    from .filters import COLLECTIONS, FILTERS
    from .guard import undefined_through

    settings: dict[str, Any] = {
        "undefined": Undefined,
        "trim_blocks": True,
        "extensions": ["jinja2.ext.loopcontrols", "jinja2.ext.do"],
        "autoescape": False,
        "finalize": lasting,
        **options,
    }
    environment = kind(**settings)
    filters: dict[str, Any] = environment.filters
    tests: dict[str, Any] = environment.tests
    for table in (filters, tests):
        table.update({n: undefined_through(f) for n, f in table.items() if n not in _OF_UNDEFINED})
    filters.update(FILTERS)
    tests.update(TESTS)
    filters.update(
        {f"{COLLECTIONS.get(name, _BUILTIN)}.{name}": function for name, function in filters.items()}
    )
    filters.update(
        {f"ansible.netcommon.{name}": FILTERS[name] for name in COLLECTIONS if COLLECTIONS[name] == _UTILS}
    )
    tests.update({f"{_BUILTIN}.{name}": function for name, function in tests.items()})
    return environment
