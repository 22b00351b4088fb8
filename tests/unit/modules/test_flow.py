"""debug, set_fact, assert, fail and include_vars: what happens on the control node only."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from opsflow.core.errors import TaskError
from opsflow.core.origin import Origin
from opsflow.modules.base.module import find_module
from opsflow.source.values import Str, Template
from opsflow.templating.render import UndefinedError
from tests.support.local import Run


def source(text: str) -> Str:
    return Str(text, Origin("play.yml", 1, 1))


async def test_debug_shows_a_message_of_any_type(run: Run) -> None:
    assert await run("debug", msg=[1, "two"]) == {"changed": False, "msg": [1, "two"]}
    assert (await run("debug"))["msg"] == "Hello world!"


async def test_debug_shows_the_value_of_an_expression_under_its_name(run: Run) -> None:
    run.task.vars = {"x": {"y": [1, 2]}}
    assert await run("debug", var=source("x.y")) == {"changed": False, "x.y": [1, 2]}


async def test_debug_tells_of_an_undefined_variable_without_failing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(expression: str) -> object:
        raise UndefinedError(f"'{expression}' is undefined")

    monkeypatch.setattr(run.task, "evaluate", evaluate)
    result = await run("debug", var=source("nope"))
    assert result["nope"] == "<< error 1 - 'nope' is undefined >>"


async def test_debug_does_not_hide_a_broken_expression(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def evaluate(expression: str) -> object:
        raise TaskError(f"division by zero in '{expression}'")

    monkeypatch.setattr(run.task, "evaluate", evaluate)
    with pytest.raises(TaskError, match="division by zero"):
        await run("debug", var=source("1/0"))


async def test_debug_is_skipped_below_its_verbosity(run: Run) -> None:
    assert (await run("debug", msg="x", verbosity=2))["skipped"] is True
    run.task.vars = {"ansible_verbosity": 2}
    assert (await run("debug", msg="x", verbosity=2))["msg"] == "x"


async def test_debug_refuses_msg_with_var(run: Run) -> None:
    with pytest.raises(ValidationError, match="together"):
        await run("debug", msg="x", var="y")


async def test_set_fact_returns_its_names_as_facts(run: Run) -> None:
    result = await run("set_fact", a=[1], b="x", cacheable=True)
    assert result["ansible_facts"] == {"a": [1], "b": "x"}
    assert result["changed"] is False
    assert result["_ansible_facts_cacheable"] is True


@pytest.mark.parametrize("name", ["a-b", "1a", "a b", "é"])
async def test_set_fact_refuses_what_cannot_be_a_name(run: Run, name: str) -> None:
    with pytest.raises(ValidationError, match="must be a variable's name"):
        await run("set_fact", **{name: 1})


async def test_set_fact_needs_a_variable(run: Run) -> None:
    with pytest.raises(ValidationError, match="at least one"):
        await run("set_fact")


async def test_assert_fails_with_the_first_false_condition(run: Run) -> None:
    run.task.vars = {"x": 2}
    with pytest.raises(TaskError, match="Assertion failed") as caught:
        await run("assert", that=["x == 2", "x > 5", "x > 6"])
    assert caught.value.data == {"changed": False, "assertion": "x > 5", "evaluated_to": False}


async def test_assert_passes_with_a_message(run: Run) -> None:
    assert await run("assert", that="1 == 1") == {"changed": False, "msg": "All assertions passed"}
    assert (await run("assert", that=True, success_msg="fine", quiet=True))["msg"] == "fine"


async def test_assert_says_what_its_author_wants_said(run: Run) -> None:
    with pytest.raises(TaskError, match="no good"):
        await run("assert", that="1 == 2", msg="no good")


async def test_assert_refuses_a_condition_that_is_neither_true_nor_false(run: Run) -> None:
    run.task.vars = {"names": ["a"]}
    with pytest.raises(TaskError, match="is a list, not true or false"):
        await run("assert", that="names")


async def test_fail_fails(run: Run) -> None:
    with pytest.raises(TaskError, match="because"):
        await run("fail", msg="because")
    with pytest.raises(TaskError, match="Failed as requested from task"):
        await run("fail")


@pytest.mark.parametrize("name", ["debug", "set_fact", "assert", "fail", "include_vars"])
def test_none_of_them_needs_a_connection(name: str) -> None:
    assert find_module(name).remote is False


def _write(base: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = base / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def test_include_vars_keeps_templates_unrendered(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, vars__v_yml='a: 1\nb: "{{ a }}"\n')
    result = await run("include_vars", file="v.yml")
    assert result["ansible_facts"] == {"a": 1, "b": "{{ a }}"}
    assert isinstance(result["ansible_facts"]["b"], Template)
    assert result["ansible_included_var_files"] == [str(tmp_path / "vars" / "v.yml")]


async def test_include_vars_under_a_name(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, v_json='{"a": 1}')
    assert (await run("include_vars", file="v.json", name="n"))["ansible_facts"] == {"n": {"a": 1}}


async def test_include_vars_reads_a_directory_in_order(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, d__b_yml="x: b\ny: 1", d__a_yml="x: a", d__sub__c_yml="z: 1")
    result = await run("include_vars", dir="d")
    assert result["ansible_facts"] == {"x": "b", "y": 1, "z": 1}
    assert [Path(p).name for p in result["ansible_included_var_files"]] == ["a.yml", "b.yml", "c.yml"]
    assert "z" not in (await run("include_vars", dir="d", depth=1))["ansible_facts"]
    assert (await run("include_vars", dir="d", files_matching="^a"))["ansible_facts"] == {"x": "a"}
    assert (await run("include_vars", dir="d", ignore_files="b.yml,c.yml"))["ansible_facts"] == {"x": "a"}


async def test_include_vars_tells_of_an_unknown_extension(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, d__a_yml="x: a", d__b_txt="text")
    with pytest.raises(TaskError, match="valid extension"):
        await run("include_vars", dir="d")
    result = await run("include_vars", dir="d", ignore_unknown_extensions=True)
    assert result["ansible_facts"] == {"x": "a"}


async def test_include_vars_merges_where_asked(run: Run, tmp_path: Path) -> None:
    _write(tmp_path, v_yml="m: {b: {d: 2}}")
    run.task.vars = {"m": {"a": 1, "b": {"c": 1}}}
    merged = await run("include_vars", file="v.yml", hash_behaviour="merge")
    assert merged["ansible_facts"] == {"m": {"a": 1, "b": {"c": 1, "d": 2}}}
    replaced = await run("include_vars", file="v.yml")
    assert replaced["ansible_facts"] == {"m": {"b": {"d": 2}}}


@pytest.mark.parametrize(
    ("text", "message"), [("- 1", "mapping of variable names"), ("a: [", "invalid YAML")]
)
async def test_include_vars_explains_a_bad_file(run: Run, tmp_path: Path, text: str, message: str) -> None:
    _write(tmp_path, v_yml=text)
    with pytest.raises(TaskError, match=message):
        await run("include_vars", file="v.yml")
