"""Arguments of a module against their specification, as Ansible's modules are used to it."""

from __future__ import annotations

from typing import Any

import pytest

from opsflow.target.compat.common import parameters
from opsflow.target.compat.common.arg_spec import ArgumentSpecValidator

B = {"b": {"required": True}}


def check(spec: dict[str, Any], given: dict[str, Any], **rules: Any) -> Any:
    return ArgumentSpecValidator(spec, **rules).validate(given)


@pytest.mark.parametrize(
    ("kind", "given", "typed"),
    [
        ("str", 5, "5"), ("str", True, "True"), ("str", {"a": 1}, "{'a': 1}"),
        ("int", "7", 7), ("int", 7.0, 7), ("int", True, True),
        ("float", "1.5", 1.5), ("bool", "off", False), ("bool", 1, True),
        ("list", "a,b", ["a", "b"]), ("list", 5, ["5"]), ("list", "", [""]),
        ("dict", '{"x": 1}', {"x": 1}), ("dict", "{'x': False}", {"x": False}),
        ("dict", 'x=1, y="a b"', {"x": "1", "y": "a b"}),
        ("path", "/a/$NOTHING", "/a/$NOTHING"), ("raw", [1], [1]),
        ("jsonarg", {"b": 1}, '{"b": 1}'), ("json", [1], "[1]"), ("json", " x ", "x"),
        ("bytes", "1.5M", 1572864), ("bits", "1Kb", 1024), ("sid", "S-1-5-18", "S-1-5-18"),
        (lambda value: value * 2, "x", "xx"), (None, 1, "1"),
    ],
)  # fmt: skip
def test_a_value_gets_its_type(kind: Any, given: Any, typed: Any) -> None:
    result = check({"a": {"type": kind}}, {"a": given})
    assert (result.error_messages, result.validated_parameters) == ([], {"a": typed})


@pytest.mark.parametrize(
    ("kind", "given", "why"),
    [
        ("int", "x", "\"'x'\" cannot be converted to an int"),
        ("int", 1.5, '"1.5" cannot be converted to an int'),
        ("list", {}, "<class 'dict'> cannot be converted to a list"),
        ("dict", "x", "dictionary requested, could not parse JSON or key=value"),
        ("dict", [1], "<class 'list'> cannot be converted to a dict"),
        ("bytes", "x", "<class 'str'> cannot be converted to a Byte value"),
        ("bits", "1KB", "<class 'str'> cannot be converted to a Bit value"),
        ("json", 1, "<class 'int'> cannot be converted to a json string"),
    ],
)  # fmt: skip
def test_a_value_that_has_another_type_is_told(kind: str, given: Any, why: str) -> None:
    (message,) = check({"a": {"type": kind}}, {"a": given}).error_messages
    name = type(given).__name__
    assert message == f"argument 'a' is of type {name} and we were unable to convert to {kind}: {why}"


@pytest.mark.parametrize(
    ("spec", "given", "rules", "message"),
    [
        ({"a": B["b"], "b": B["b"]}, {}, {}, "missing required arguments: a, b"),
        ({"a": {}}, {"c": 1}, {}, "c. Supported parameters include: a."),
        ({"a": {"choices": ["x", "y"]}}, {"a": "z"}, {}, "value of a must be one of: x, y, got: z"),
        ({"a": {"type": "list", "choices": ["x"]}}, {"a": ["x", "z"]}, {},
         "value of a must be one or more of: x. Got no match for: z"),
        ({"a": {}, "b": {}}, {"a": 1, "b": 2}, {"mutually_exclusive": [["a", "b"]]},
         "parameters are mutually exclusive: a|b"),
        ({"a": {}, "b": {}}, {}, {"required_one_of": [["a", "b"]]},
         "one of the following is required: a, b"),
        ({"a": {}, "b": {}}, {"a": 1}, {"required_together": [["a", "b"]]},
         "parameters are required together: a, b"),
        ({"a": {}, "b": {}}, {"a": 1}, {"required_by": {"a": "b"}},
         "missing parameter(s) required by 'a': b"),
        ({"a": {}, "b": {}, "c": {}}, {"a": "1"}, {"required_if": [["a", "1", ["b", "c"]]]},
         "a is 1 but all of the following are missing: b, c"),
        ({"a": {}, "b": {}, "c": {}}, {"a": "1"}, {"required_if": [("a", "1", ("b", "c"), True)]},
         "a is 1 but any of the following are missing: b, c"),
        ({"a": {"type": "dict", "options": B}}, {"a": {}}, {}, "missing required arguments: b found in a"),
        ({"a": {"type": "list", "elements": "dict", "options": {"b": {"type": "int"}}}},
         {"a": [{"b": "x"}]}, {},
         "argument 'b' is of type str found in 'a'. and we were unable to convert to int: "
         "\"'x'\" cannot be converted to an int"),
        ({"a": {"type": "dict", "options": {"b": {"type": "dict", "options": B}}}}, {"a": {"b": {}}}, {},
         "missing required arguments: b found in a -> b"),
        ({"a": {"type": "dict", "options": {}}}, {"a": {"c": 1}}, {}, "a.c. Supported parameters include: ."),
        ({"a": {"type": "list", "elements": "int"}}, {"a": "1,x"}, {},
         "Elements value for option 'a' is of type str and we were unable to convert to int: "
         "\"'x'\" cannot be converted to an int"),
        ({"a": {"required": True, "default": 1}}, {}, {},
         "internal error: required and default are mutually exclusive for a"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    spec: dict[str, Any], given: dict[str, Any], rules: dict[str, Any], message: str
) -> None:
    assert message in check(spec, given, **rules).error_messages


def test_rules_hold_below_options_as_well() -> None:
    spec = {"a": {"type": "dict", "options": {"b": {}, "c": {}}, "required_together": [["b", "c"]]}}
    assert check(spec, {"a": {"b": 1}}).error_messages == [
        "parameters are required together: b, c found in a"
    ]
    assert check(spec, {"a": {"b": 1, "c": 2}}).error_messages == []


def test_defaults_come_where_nothing_is_given() -> None:
    inner = {"foo": {}, "bar": {"default": 3, "type": "int"}}
    spec = {"a": {"type": "dict", "apply_defaults": True, "options": inner}, "b": {}, "c": {"default": "5"}}
    for given in ({}, {"a": None}, {"a": {}}):
        result = check(spec, given).validated_parameters
        assert result == {"a": {"foo": None, "bar": 3}, "b": None, "c": "5"}
    without = check({"a": {"type": "dict", "options": inner}}, {})
    assert without.validated_parameters == {"a": None}


def test_aliases_stand_for_the_proper_name_and_stay() -> None:
    result = check({"a": {"aliases": ["x"], "required": True}}, {"x": 2})
    assert (result.error_messages, result.validated_parameters) == ([], {"x": 2, "a": "2"})
    both = check({"a": {"aliases": ["x"]}}, {"a": 1, "x": 2})
    assert both.doubles == [{"option": "a", "alias": "x"}]


def test_what_is_deprecated_is_told_with_the_way_to_it() -> None:
    inner = {"b": {"removed_in_version": "3"}, "c": {"aliases": ["d"]}}
    inner["c"]["deprecated_aliases"] = [{"name": "d", "date": "2030-01-01"}]
    spec = {"a": {"type": "list", "elements": "dict", "options": inner}}
    found = check(spec, {"a": [{"b": 1, "d": 2}]}).deprecations
    assert [(one["msg"].split("'")[1], one["version"], one["date"]) for one in found] == [
        ("a[0].d", None, "2030-01-01"),
        ('a["b"]', "3", None),
    ]


def test_choices_that_yaml_takes_for_booleans_are_words_again() -> None:
    for given, word in ((True, "on"), (False, "off"), ("on", "on")):
        assert check({"a": {"choices": ["on", "off"]}}, {"a": given}).validated_parameters == {"a": word}
    assert check({"a": {"choices": ["yes", "on"]}}, {"a": True}).error_messages


def test_fallbacks_are_asked_for_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_TEST", "from env")
    fallback = (parameters.env_fallback, ["NOT_SET_AT_ALL", "SECRET_OF_TEST"])
    spec = {"a": {"fallback": fallback, "no_log": True}, "b": {"fallback": (parameters.env_fallback, ["NO"])}}
    result = check(spec, {})
    assert result.validated_parameters == {"a": "from env", "b": None}
    assert result.no_log_values == {"from env"}


def test_secrets_are_found_at_every_depth() -> None:
    inner = {"type": "list", "elements": "dict", "options": {"p": {"no_log": True}, "q": {}}}
    spec = {"a": inner, "b": {"no_log": True, "type": "dict"}, "c": {"no_log": True, "type": "bool"}}
    given = {"a": [{"p": "one", "q": "x"}, {"p": "two"}], "b": {"k": ["three", 4]}, "c": True}
    assert check(spec, given).no_log_values == {"one", "two", "three", "4"}


def test_secrets_are_masked_in_whole_and_in_part() -> None:
    value = {"a": "pw", "b": ["xpwx", 5, None, True, ("pw",)], "pw": {"c": b"pw"}, "d": 12345}
    assert parameters.remove_values(value, {"pw", "234"}) == {
        "a": parameters.HIDDEN,
        "b": ["x********x", 5, None, True, (parameters.HIDDEN,)],
        "pw": {"c": parameters.HIDDEN},
        "d": parameters.HIDDEN,
    }
    assert parameters.sanitize_keys({"xpw": [{"pw": 1}], "ok": 2}, {"pw"}, {"ok"}) == {
        "x********": [{parameters.HIDDEN: 1}],
        "ok": 2,
    }
