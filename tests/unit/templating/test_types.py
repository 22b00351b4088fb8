"""Types are kept, text stays text, and data is never a template: for any value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.core.errors import TaskError
from opsflow.core.origin import Origin
from opsflow.source.values import Str, as_source
from opsflow.templating.render import Renderer, finalize
from opsflow.templating.scope import Scope

RENDERER = Renderer()
HERE = Origin("play.yml", 1, 1)

_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=20)
_MARKED = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", " 1 + 1 ", "x", "'", "lookup('pipe', 'id')", "\n", "1_000"]
    )
).map("".join)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT | _MARKED
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)
bounded = settings(max_examples=150, deadline=None)


def render(template: str, **variables: Any) -> Any:
    return finalize(RENDERER.render(as_source(template, HERE), Scope(RENDERER, [variables])))


def shape(value: Any) -> Any:
    """Return a value with the types of all its parts: True is not 1."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value), value


@bounded
@given(VALUES)
def test_a_single_expression_keeps_its_type(value: Any) -> None:
    assert shape(render("{{ x }}", x=value)) == shape(value)
    assert shape(render("{{ x | default(1) }}", x=value)) == shape(value)
    assert shape(render("{{ [x][0] }}", x=value)) == shape(value)


@bounded
@given(VALUES)
def test_more_than_one_expression_is_text(value: Any) -> None:
    text = "" if value is None else str(value)
    assert render("a{{ x }}b", x=value) == f"a{text}b"
    assert render("{{ x }}{{ x }}", x=value) == text + text


@bounded
@given(st.integers() | st.booleans() | _TEXT.filter(lambda text: "\\" not in text))
def test_a_constant_in_a_template_is_what_it_says(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)
    if isinstance(value, str) and written != f'"{value}"':  # what JSON escapes is written otherwise in Jinja2
        return
    assert shape(render("{{ " + written + " }}")) == shape(value)


@bounded
@given(_MARKED)
def test_data_is_never_a_template(text: str) -> None:
    held = {"x": text, "deep": {"list": [text]}}
    assert render("{{ x }}", **held) == text
    assert render("{{ deep }}", **held) == {"list": [text]}
    assert render("<{{ deep.list | first }}>", **held) == f"<{text}>"
    assert render("{{ x ~ '' }}", **held) == text
    assert render("{{ (deep | to_json | from_json).list[0] }}", **held) == text
    assert render("{{ lookup('vars', 'x') }}", **held) == text


@bounded
@given(_MARKED)
def test_data_is_never_an_expression(text: str) -> None:
    with pytest.raises(TaskError, match="never an expression"):
        RENDERER.evaluate(text, Scope(RENDERER, [{}]))


@bounded
@given(_MARKED)
def test_unsafe_text_of_a_file_is_data(text: str) -> None:
    assert render("{{ x }}", x=Str(text, HERE)) == text
