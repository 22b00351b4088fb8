"""Renders templates and evaluates expressions, each compiled once for a run."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.parser import Parser

from opsflow.core.errors import InputError, TaskError, did_you_mean
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, Str, Template, VaultText, is_expression, origin_of
from opsflow.source.vault import Vault

from .changing import ChangingEnvironment, changes_values
from .environment import TOO_DEEP, Environment, Undefined, concat, make_environment, quiet
from .lookups import LOOKUPS, TAKE_UNDEFINED
from .own import OwnPlugins
from .plugins import install_globals, run_lookup
from .scope import OMIT, Scope
from .syntax import Names, names
from .template_files import split_header


class ConditionError(TaskError):
    """A condition did not yield true or false."""


class UndefinedError(TaskError):
    """A template needs what is not defined."""


class Renderer:
    """The templates of a run: one environment and its compiled templates, and the vault of its secrets.

    `settings` is what the configuration says, for those who look it up.
    """

    def __init__(self, vault: Vault | None = None, settings: Mapping[str, Any] | None = None) -> None:
        self.vault = vault or Vault()
        self.settings = settings or {}
        self.environment = make_environment()
        self.changing = make_environment(ChangingEnvironment)
        environments = self.environment, self.changing
        self.own = OwnPlugins(
            [environment.filters for environment in environments],
            [environment.tests for environment in environments],
        )
        install_globals(self)
        self._templates: dict[str, jinja2.Template] = {}
        self._expressions: dict[str, jinja2.Template] = {}
        self._names: dict[tuple[bool, str], Names] = {}

    def render(self, text: Str, scope: Scope) -> Any:
        """Return what a template yields, with its type when it is a single value.

        Raises:
            TaskError: a name is undefined, or an expression fails.
            InputError: the text isn't valid Jinja2.
        """
        return ended(text, self._run(self.compile(text), scope, text))

    def evaluate(self, text: str, scope: Mapping[str, Any]) -> Any:
        """Return the value of a bare expression such as a condition; errors as in `render`.

        Only source text is evaluated: what a host said, however it got here, never is.
        """
        if not isinstance(text, Str):
            raise TaskError("text that is not from a file of the project is never an expression")
        return self._run(self.compile_expression(text), scope, text)

    def condition(self, condition: Any, scope: Scope) -> bool:
        """Return whether a condition holds. It must yield a boolean, as in ansible-core 2.19.

        A condition that is itself a template (`when: "{{ x }}"`) is rendered, and what it yields counts.
        Raises ConditionError when it yields anything but true or false.
        """
        if isinstance(condition, bool):
            return condition
        value: Any = condition
        if isinstance(condition, Template):
            value = self.render(condition, scope)
            if isinstance(value, Str) and is_expression(condition):  # what it yields is the condition
                value = self.evaluate(value, scope)
        elif isinstance(condition, str):
            value = self.evaluate(condition, scope)
        if not isinstance(value, bool):
            raise ConditionError(
                f"the condition '{condition}' is {_kind(value)}, not true or false",
                hint=_boolean_hint(condition, value),
                origin=origin_of(condition),
            )
        return value

    def file(
        self, text: str, name: str, scope: Mapping[str, Any], options: Mapping[str, Any], search: list[str]
    ) -> Any:
        """Return what a template file yields: with its type when it is a single value, None for nothing.

        Args:
            text: its content.
            name: its path, for messages.
            scope: the variables.
            options: Jinja2's, such as `trim_blocks`; those in the text's own first line win.
            search: directories for `{% include %}` and `{% import %}`.

        Raises:
            TaskError: with the file and line of what failed.
        """
        text, own = split_header(text, name)
        newline = str({**options, **own}.get("newline_sequence", "\n"))
        try:
            template = _file_template(self, text, tuple(sorted({**options, **own}.items())), tuple(search))
        except jinja2.TemplateSyntaxError as error:
            where = Origin(error.filename or name, error.lineno, 1)
            raise TaskError(f"{where}: {error.message}", origin=where) from error
        result = self._run(template, scope, Str(text, Origin(name, 1, 1)))
        return "" if result is None and not text else ended(text, result, newline)

    @property
    def lookups(self) -> Collection[str]:
        """The names of all lookups."""
        return {*LOOKUPS, *self.own.lookups}

    def has_lookup(self, name: str) -> bool:
        """Tell whether a lookup, or a loop `with_<name>`, exists."""
        return name.removeprefix("ansible.builtin.") in LOOKUPS or name in self.own.lookups

    def takes_undefined(self, name: str) -> bool:
        """Tell whether a lookup decides itself what undefined terms mean."""
        return name.removeprefix("ansible.builtin.") in TAKE_UNDEFINED

    def lookup(self, name: str, terms: list[Any], scope: Mapping[str, Any]) -> list[Any]:
        """Return what a lookup finds. Raises TaskError."""
        return run_lookup(self, name, terms, scope, {})

    def decrypt(self, text: VaultText) -> str:
        """Return an encrypted value as plain text, which is never a template. Raises InputError.

        The error is no TaskError on purpose: a `default` must not stand in for what can't be decrypted.
        """
        return self.vault.value(text)

    def compile(self, text: str) -> jinja2.Template:
        """Return a compiled template. Raises InputError with its place when it isn't valid Jinja2."""
        template = self._templates.get(text)
        if template is None:
            try:
                template = self._environment(text).from_string(_plain_backslashes(self.environment, text))
            except jinja2.TemplateSyntaxError as error:
                raise self._syntax_error(text, error) from error
            self._templates[str.__str__(text)] = template
        return template

    def compile_expression(self, text: str) -> jinja2.Template:
        """Return a compiled expression; errors as in `compile`."""
        template = self._expressions.get(text)
        if template is None:
            try:
                environment = self._environment(text)
                template = environment.from_string(expression_template(environment, text))
            except jinja2.TemplateSyntaxError as error:
                raise self._syntax_error(text, error) from error
            self._expressions[str.__str__(text)] = template
        return template

    def check(self, text: str, *, expression: bool = False) -> Names:
        """Return the names that a template, or a bare expression, uses; errors as in `compile`.

        It is parsed only: compiling costs several times as much, and waits until a host needs it.
        """
        key = expression, str.__str__(text)
        if key not in self._names:
            try:
                if expression:
                    tree = expression_template(self.environment, text)
                else:
                    tree = self.environment.parse(_plain_backslashes(self.environment, text))
                self._names[key] = names(tree, self.environment)
            except jinja2.TemplateSyntaxError as error:
                raise self._syntax_error(text, error) from error
            if not expression and "{%" in text:  # statements can be wrong in ways that only compiling shows
                self.compile(text)
        return self._names[key]

    def _environment(self, text: str) -> Environment:
        return self.changing if changes_values(text) else self.environment

    def _syntax_error(self, text: str, error: jinja2.TemplateSyntaxError) -> InputError:
        """Return a template's syntax error at the line of the file that holds it."""
        origin = origin_of(text)
        if origin and error.lineno > 1:
            origin = Origin(origin.file, origin.line + error.lineno - 1, 1)
        message = (error.message or "invalid template").rstrip(".")
        hint = None
        if unknown := re.match(r"No (filter|test) named '(.+)'", message):
            kind, name = unknown[1], unknown[2]
            message = f"there is no {kind} named '{name}'"
            table = self.environment.filters if kind == "filter" else self.environment.tests
            hint = "; ".join(self.own.broken) or did_you_mean(name, table)
        return InputError.at(origin, f"template: {message}", hint=hint)

    def _run(self, template: jinja2.Template, scope: Mapping[str, Any], text: str) -> Any:
        environment = template.environment
        context = environment.context_class(environment, scope, None, template.blocks)  # type: ignore[arg-type]
        outputs: list[Any] = []
        line = 0
        try:
            chunks: Any = template.root_render_func(context)
            for output in chunks:
                if isinstance(output, Undefined) and not line:  # it fails below, when it is made text
                    line = template.get_corresponding_lineno(chunks.gi_frame.f_lineno)
                outputs.append(output)
            value = concat(outputs) if outputs else None
        except jinja2.UndefinedError as error:
            raise UndefinedError(error.message or "undefined", origin=_place(text, error, line)) from error
        except (TaskError, InputError):
            raise
        except RecursionError as error:
            where = f" ({origin_of(text)})" if origin_of(text) else ""
            raise TaskError(
                f"'{_short(text)}'{where} needs itself, without end", origin=origin_of(text)
            ) from error
        except Exception as error:
            raise TaskError(_explain(error), origin=_place(text, error)) from error
        if isinstance(value, Undefined):
            raise UndefinedError(value.reason, origin=origin_of(text))
        return value


def expression_template(environment: Environment, text: str) -> nodes.Template:
    """Return the syntax tree of a template that outputs one expression.

    Raises jinja2.TemplateSyntaxError.
    """
    with quiet():
        parser = Parser(environment, text, state="variable")
        try:
            expression = parser.parse_expression()
        except RecursionError as error:
            raise jinja2.TemplateSyntaxError(TOO_DEEP, 1) from error
    if not parser.stream.eos:
        rest = parser.stream.current
        raise jinja2.TemplateSyntaxError(f"unexpected '{rest.value}' after the expression", rest.lineno)
    tree = nodes.Template([nodes.Output([expression], lineno=1)], lineno=1)
    tree.set_environment(environment)
    return tree


@lru_cache(maxsize=64)
def _file_template(
    renderer: Renderer, text: str, options: tuple[tuple[str, Any], ...], search: tuple[str, ...]
) -> jinja2.Template:
    """Return a compiled template file: the hosts of a task share it."""
    changing = changes_values(text) or _OTHER_FILES.search(text) is not None
    return _file_environment(renderer, options, search, changing).from_string(text)


_OTHER_FILES = re.compile(r"\b(include|import|extends)\b")


@lru_cache(maxsize=64)
def _file_environment(
    renderer: Renderer, options: tuple[tuple[str, Any], ...], search: tuple[str, ...], changing: bool
) -> Environment:
    loader = jinja2.FileSystemLoader(list(search))
    kind = ChangingEnvironment if changing else Environment
    environment = make_environment(kind, loader=loader, **dict(options))
    environment.globals.update(renderer.environment.globals)
    environment.filters = renderer.environment.filters  # the same: roles may yet bring some
    environment.tests = renderer.environment.tests
    environment.tolerant = renderer.environment.tolerant
    return environment


def finalize(value: Any) -> Any:
    """Return `value` for good: without what is `omit`ted. Raises TaskError for an undefined value inside."""
    if isinstance(value, Undefined):
        raise TaskError(value.reason)
    if isinstance(value, dict):
        items: dict[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return {finalize(key): finalize(item) for key, item in items.items() if item is not OMIT}
    if isinstance(value, list | tuple):
        values: list[Any] | tuple[Any, ...] = value  # pyright: ignore[reportUnknownVariableType]
        return [finalize(item) for item in values if item is not OMIT]
    return value


def rendered(value: Any, scope: Scope) -> Any:
    """Return a value from a file with its templates rendered and its places kept. Raises TaskError."""
    if isinstance(value, Map):
        mapping = Map(value.origin)
        mapping.key_origins.update(value.key_origins)
        mapping.update({key: rendered(item, scope) for key, item in value.items()})
        return mapping
    if isinstance(value, Seq):
        sequence = Seq(value.origin)
        sequence.item_origins += value.item_origins
        sequence += [rendered(item, scope) for item in value]
        return sequence
    result = finalize(scope.value(value)) if isinstance(value, Template) else value
    return Str(result, value.origin) if isinstance(result, str) and isinstance(value, Template) else result


def _place(text: str, error: BaseException, line: int = 0) -> Origin | None:
    """Return where in a file a template failed: Jinja2 knows which of its lines is which of ours."""
    origin = origin_of(text)
    frame = error.__traceback__
    while frame:
        template: jinja2.Template | None = frame.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(frame.tb_lineno)
        frame = frame.tb_next
    if origin and line > 1:
        return Origin(origin.file, origin.line + line - 1, 1)
    return origin


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"


def _explain(error: Exception) -> str:
    message = str(error) or type(error).__name__
    if isinstance(error, KeyError):
        return f"there is no key {message}"
    return re.sub(r"^'(\w+) object' has no", r"a \1 has no", message)


def ended(text: str, value: Any, newline: str = "\n") -> Any:
    """Return what a template yields with as many newlines at its end as the template has."""
    if isinstance(value, str) and text.endswith("\n"):
        missing = _newlines(text, "\n") - _newlines(value, newline)
        return value + newline * missing
    return value


def _newlines(text: str, newline: str) -> int:
    count = 0
    while text.endswith(newline, 0, len(text) - count * len(newline)):
        count += 1
    return count


def _plain_backslashes(environment: jinja2.Environment, text: str) -> str:
    """Return a template in which backslashes in the strings of `{{ }}` stand for themselves.

    A playbook's author writes `regex_replace('a(.)', '\\1')` and thinks of YAML's quoting only; so does
    Ansible. In files of templates and in `{% %}` Jinja2's own escapes hold.
    """
    if "\\" not in text or "{{" not in text:
        return text
    inside = False
    parts: list[str] = []
    for _, kind, value in environment.lex(text):
        if kind in ("variable_begin", "variable_end"):
            inside = kind == "variable_begin"
        parts.append(value.replace("\\", "\\\\") if inside and kind == "string" else value)
    return "".join(parts)


def _kind(value: object) -> str:
    names: dict[type, str] = {
        str: "text",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a mapping",
    }
    if value is None:
        return "empty"
    return next((name for kind, name in names.items() if isinstance(value, kind)), type(value).__name__)


def _boolean_hint(condition: Any, value: Any) -> str:
    if isinstance(value, str):
        return (
            f"write `{condition} | bool` if it holds yes or no, `{condition} | length > 0` if any text counts"
        )
    if isinstance(value, list | dict):
        return f"write `{condition} | length > 0`"
    return f"compare it: `{condition} is not none`, `{condition} > 0`"
