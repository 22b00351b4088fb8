"""Values keep their types, undefined ones fail only where they are used, host output is never rendered."""

from pathlib import Path
from typing import Any

import pytest

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.source.loader import load_text
from opsflow.source.values import Str, Template, as_source
from opsflow.templating.render import ConditionError, Renderer, finalize
from opsflow.templating.scope import OMIT, Scope

RENDERER = Renderer()


def scope(yaml: str = "", **data: Any) -> Scope:
    return Scope(RENDERER, [data, load_text(yaml, "vars.yml") or {}])


def source(text: str) -> Str:
    return as_source(text, Origin("play.yml", 1, 1))


def render(text: str, variables: Scope) -> Any:
    return RENDERER.render(Template(text, Origin("play.yml", 7, 3)), variables)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ 1 }}", 1),
        ("{{ '1' }}", "1"),
        ("{{ '1_000' }}", "1_000"),
        ("{{ [1, 2] }}", [1, 2]),
        ("{{ none }}", None),
        ("a{{ none }}b", "ab"),
        ("x{{ true }}{{ [1] }}", "xTrue[1]"),
        ("{{ 1 }}{{ 2 }}", "12"),
        ("{% if true %}{{ 5 }}{% endif %}", 5),
        (" {{ true }} ", " True "),
        ("{{ {'a': 1}.a }}", 1),
        ("{{ missing.deep[0].down | default('d') }}", "d"),
        ("{{ 'a' ~ none ~ 'b' }}", "aNoneb"),
    ],
)
def test_a_single_value_keeps_its_type(text: str, value: Any) -> None:
    result = render(text, scope())
    assert (result, type(result)) == (value, type(value))


def test_variables_are_rendered_when_they_are_read_wherever_they_are_nested() -> None:
    variables = scope("a: {b: ['{{ c }}', 2], '{{ k }}': 1}\nc: '{{ d + 1 }}'\nd: 4\nk: key")
    assert variables["a"] == {"b": [5, 2], "{{ k }}": 1}
    assert render("{{ a.b[0] * 2 }}", variables) == 10


def test_a_broken_variable_hurts_only_who_uses_it() -> None:
    variables = scope("good: 1\nbad: '{{ nowhere }}'\nboth: {x: '{{ nowhere }}', y: 2}")
    assert render("{{ good if good else bad }}", variables) == 1
    assert render("{{ both.y }} {{ both.x is defined }} {{ bad | default('d') }}", variables) == "2 False d"
    with pytest.raises(TaskError, match="'nowhere' is undefined"):
        finalize(variables["both"])


def test_a_variable_that_needs_itself_is_named_with_its_cycle() -> None:
    with pytest.raises(TaskError, match=r"a \(vars.yml:1:4\) → b \(vars.yml:2:4\) → a"):
        render("{{ a }}", scope("a: '{{ b }}'\nb: 'x{{ a }}'"))


def test_what_a_host_says_is_never_rendered() -> None:
    variables = scope("shown: '{{ output }}'", output="{{ 7 * 7 }} {% raw %}")
    assert render("{{ output }}", variables) == "{{ 7 * 7 }} {% raw %}"
    assert render("{{ shown }}!", variables) == "{{ 7 * 7 }} {% raw %}!"
    assert type(variables["shown"]) is str


def test_unsafe_text_is_never_rendered() -> None:
    assert render("{{ x }}", scope("x: !unsafe '{{ 1 }}'")) == "{{ 1 }}"


def test_the_sandbox_holds() -> None:
    for attack in ("{{ ''.__class__.__mro__ }}", "{{ x['append'](1) }}", "{{ lookup.__globals__ }}"):
        with pytest.raises(TaskError):
            render(attack, scope(x=[1]))


def test_a_template_that_changes_a_variable_changes_a_copy() -> None:
    variables = scope("x: [1]\nd: {a: [1]}", y=[1])
    assert render("{% set _ = x.append(2) %}{% set _ = y.append(2) %}{{ x + y }}", variables) == [1, 2, 1, 2]
    assert render("{% set _ = d.a.append(2) %}{{ d }}", variables) == {"a": [1, 2]}
    assert render("{% set _ = lookup('vars', 'x').append(2) %}{{ [x, y, d] }}", variables) == [
        [1],
        [1],
        {"a": [1]},
    ]


def test_keys_that_are_named_like_our_positions_are_keys() -> None:
    variables = scope("d: {origin: here, templated: 1}\ne: {}")
    assert (
        render("{{ d.origin }} {{ d['templated'] }} {{ e.origin | default('none') }}", variables)
        == "here 1 none"
    )


def test_a_syntax_error_has_its_place() -> None:
    with pytest.raises(InputError, match=r"play.yml:8:1: template: "):
        render("line\n{{ a b }}", scope())


@pytest.mark.parametrize(
    ("condition", "holds"), [("1 == 1", True), ("x is defined", False), ("not false", True)]
)
def test_conditions_are_expressions(condition: str, holds: bool) -> None:
    assert RENDERER.condition(source(condition), scope()) is holds


@pytest.mark.parametrize("condition", ["'yes'", "1", "none", "[1]", "{}"])
def test_conditions_that_are_not_boolean_are_refused(condition: str) -> None:
    with pytest.raises(ConditionError, match="not true or false"):
        RENDERER.condition(source(condition), scope())


def test_a_template_as_a_condition_is_rendered_first() -> None:
    variables = scope("flag: true\nrule: 1 == 2")
    assert RENDERER.condition(Template("{{ flag }}", Origin("p", 1, 1)), variables) is True
    assert RENDERER.condition(Template("{{ rule }}", Origin("p", 1, 1)), variables) is False


def test_a_condition_never_evaluates_what_a_host_said() -> None:
    variables = scope(output="lookup('pipe', 'id') == ''")
    with pytest.raises(ConditionError):
        RENDERER.condition(source("output"), variables)


def test_omitted_values_disappear() -> None:
    assert finalize({"a": OMIT, "b": [1, OMIT], "c": {"d": OMIT}}) == {"b": [1], "c": {}}


def test_a_template_file_may_include_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("part {{ name }}")
    text = "{% include 'part.j2' %}\n{% for i in range(2) %}\n{{ i }}\n{% endfor %}\n"
    shown = RENDERER.file(text, "main.j2", scope("name: n"), {"trim_blocks": True}, [str(tmp_path)])
    assert shown == "part n0\n1\n"


def test_an_error_in_a_template_file_names_its_line() -> None:
    with pytest.raises(TaskError) as caught:
        RENDERER.file("one\ntwo {{ nothing }}\n", "main.j2", scope(), {}, [])
    assert str(caught.value.origin) == "main.j2:2:1"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ [1, 2] | map('string') }}", ["1", "2"]),
        ("{{ [1] | zip(['a']) }}", [[1, "a"]]),
        ("{{ {'a': 1}.items() }}", [["a", 1]]),
        ("{{ {'a': 1}.keys() }}", ["a"]),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ (1, (2, 3)) }}", [1, [2, 3]]),
        ("x{{ [1, 2] | select('odd') }}", "x[1]"),
        ("{% for pair in [1] | zip([2]) %}{{ '%s-%s' % pair }}{% endfor %}", "1-2"),
    ],
)
def test_what_has_items_in_order_ends_as_a_list(text: str, value: Any) -> None:
    assert render(text, scope()) == value


def test_filters_and_tests_have_their_full_names_too() -> None:
    assert render("{{ x | ansible.builtin.default(7) | ansible.builtin.string }}", scope()) == "7"
    assert render("{{ 'a' is ansible.builtin.match('a') and 1 is ansible.builtin.odd }}", scope()) is True
    assert render("{{ '::1' | ansible.utils.ipwrap }}", scope()) == "[::1]"


def test_lookups_are_joined_unless_a_list_is_wanted() -> None:
    variables = scope("a: 1\nb: 2\nc: [3]")
    assert render("{{ lookup('varnames', '^[ab]$') }}", variables) == "a,b"
    assert render("{{ lookup('varnames', '^[ab]$', wantlist=true) }}", variables) == ["a", "b"]
    assert render("{{ query('vars', 'a', 'c') }}", variables) == [1, [3]]
    assert render("{{ lookup('ansible.builtin.vars', 'c') }}", variables) == [3]
    assert render("{{ lookup('varnames', 'zzz') }}", variables) == []
    assert render("{{ lookup('file', '/nope', errors='ignore') }}", variables) is None
    assert render("{{ query('file', '/nope', errors='ignore') }}", variables) == []
    with pytest.raises(TaskError, match="there is no lookup named 'fil'"):
        render("{{ lookup('fil', 'x') }}", variables)


def test_lookups_inside_a_loop_see_all_variables_and_those_set_there() -> None:
    text = "{% for x in [1, 2] %}{% set y = x * 2 %}{{ query('vars', 'y', 'other') | join }} {% endfor %}"
    assert render(text, scope("other: o")) == "2o 4o "


def test_a_looked_up_template_sees_its_own_variables_over_the_host_s(tmp_path: Path) -> None:
    (tmp_path / "x.j2").write_text("{{ a }} {{ b }}\n")
    variables = scope("a: 1\nb: '{{ a + 1 }}'", ansible_search_path=[str(tmp_path)])
    assert render("{{ lookup('template', 'x.j2') }}", variables) == "1 2\n"
    assert render("{{ lookup('template', 'x.j2', template_vars={'a': 5}) }}", variables) == "5 2\n"


def test_an_included_template_inside_a_loop_sees_all_variables(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("{{ item }}{{ other }}")
    text = "{% for item in [1, 2] %}{% include 'part.j2' %}{% endfor %}"
    assert RENDERER.file(text, "x.j2", scope("other: o"), {}, [str(tmp_path)]) == "1o2o"


def test_what_a_host_said_is_never_an_expression_however_it_gets_there(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    said = f"lookup('pipe', 'touch {mark}') == ''"
    with pytest.raises(ConditionError):
        RENDERER.condition(Template("{{ output }}", Origin("p", 1, 1)), scope(output=said))
    with pytest.raises(TaskError, match="never an expression"):
        RENDERER.evaluate(said, scope())
    assert not mark.exists()
