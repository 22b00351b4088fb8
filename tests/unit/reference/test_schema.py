"""The schemas for editors accept what the program accepts and refuse what it refuses."""

from __future__ import annotations

import datetime
import functools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from opsflow.playbook.parse import read_playbook
from opsflow.reference.modules import module_doc, module_names
from opsflow.reference.schema import SCHEMAS
from opsflow.source.loader import load_file, load_text
from opsflow.source.values import VaultText
from opsflow.templating.render import Renderer
from tests.conformance.case import find_cases

ROOT = Path(__file__).parents[3]
PLAYBOOKS = [*ROOT.glob("playbooks/*.yml"), *ROOT.glob("examples/*.yml")]
WRONG_ON_PURPOSE = {"failure/expected_failures_of_options_and_templates"}
"""Cases whose tasks are expected to fail for their options: an editor is right to tell."""
OWN = {path.stem for path in ROOT.glob("tests/conformance/cases/**/library/*")}


@functools.cache
def schema(kind: str) -> dict[str, Any]:
    return SCHEMAS[kind](OWN)


@functools.cache
def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema(kind))


def plain(value: Any) -> Any:
    """Return a value as an editor sees it; what is encrypted may be anything, as a template may."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, VaultText):
        return "{{ vault }}"
    return str(value) if isinstance(value, str | datetime.date) else value


def problems(kind: str, value: Any) -> list[str]:
    found: list[str] = []
    for error in validator(kind).iter_errors(plain(value)):
        deepest = error
        while deepest.context:
            deepest = max(deepest.context, key=lambda inner: len(inner.absolute_path))
        found.append(f"{'/'.join(map(str, deepest.absolute_path))}: {deepest.message[:200]}")
    return found


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schemas_are_schemas(kind: str) -> None:
    Draft202012Validator.check_schema({**schema(kind), "$defs": {}})


def test_the_parts_of_the_schemas_are_schemas() -> None:
    parts = {json.dumps(part) for kind in SCHEMAS for part in schema(kind)["$defs"].values()}
    assert len(parts) > 100
    for part in parts:
        Draft202012Validator.check_schema(json.loads(part))


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.name)
def test_our_playbooks_are_accepted(path: Path) -> None:
    kind = "config" if path.name == "demo.yml" else "playbook"
    assert problems(kind, load_file(path)) == []


def test_all_playbooks_of_the_conformance_cases_that_we_accept_are_accepted() -> None:
    found: dict[str, list[str]] = {}
    accepted = 0
    for case in find_cases():
        if case.name in WRONG_ON_PURPOSE or read_playbook(case.playbook, Renderer()).problems:
            continue
        accepted += 1
        wrong = problems("playbook", load_file(case.playbook))
        if "module_defaults" in case.playbook.read_text():  # a schema can't know what they give
            wrong = [problem for problem in wrong if not problem.endswith("is a required property")]
        if wrong:
            found[case.name] = wrong
    assert found == {}
    assert accepted > 150


@pytest.mark.parametrize("name", module_names())
def test_the_examples_of_all_modules_are_accepted(name: str) -> None:
    assert problems("tasks", load_text(module_doc(name).examples, name)) == []


def test_inventories_are_accepted() -> None:
    paths = [*ROOT.glob("inventory/*.yml"), *ROOT.glob("tests/conformance/**/hosts.yml")]
    assert {str(path): wrong for path in paths if (wrong := problems("inventory", load_file(path)))} == {}
    assert len(paths) > 2


def play(task: str) -> str:
    return f"[{{hosts: all, tasks: [{{{task}}}]}}]"


@pytest.mark.parametrize(
    "text",
    [
        "[{host: all}]",
        "[{tasks: []}]",
        "[{hosts: all, task: []}]",
        "[{hosts: all, gather_facts: perhaps}]",
        "[{hosts: all, strategy: liberal}]",
        "[{hosts: all, become: [yes]}]",
        "[{hosts: all, roles: [{vars: {}}]}]",
        "[{hosts: all, vars_prompt: [{prompt: x}]}]",
        "{hosts: all}",
        "[]",
        play("coppy: {src: a, dest: b}"),
        play("name: nothing to do"),
        play("copy: {src: a, dest: b, color: red}"),
        play("copy: {src: a}"),
        play("copy: [a, b]"),
        play("copy: null"),
        play("file: {path: /x, state: gone}"),
        play("apt: {name: x, cache_valid_time: long}"),
        play("apt: {name: x, update_cache: perhaps}"),
        play("ansible.builtin.copy: {src: a}"),
        play("ping: {}, loops: [1]"),
        play("ping: {}, retries: many"),
        play("ping: {}, loop: [1], loop_control: {loopvar: x}"),
        play("ping: {}, register: my-result"),
        play("meta: sleep"),
        play("block: [{coppy: {}}]"),
        play("block: [], loop: [1]"),
    ],
)
def test_bad_playbooks_are_refused(text: str, tmp_path: Path) -> None:
    assert problems("playbook", load_text(text, "bad.yml")) != []
    path = tmp_path / "bad.yml"
    path.write_text(text)
    assert read_playbook(path, Renderer()).problems != [], "play would take it: the schema is too strict"


@pytest.mark.parametrize(
    "text",
    [
        play("copy: {src: a, dest: b, mode: 0644, backup: yes}"),
        play("copy: {content: '{{ x }}', dest: b, backup: '{{ wanted }}'}"),
        play("apt: name=nginx state=present"),
        play("copy: '{{ options }}'"),
        play("apt: {pkg: [a, b], cache_valid_time: '{{ hours }}', upgrade: no}"),
        play("community.general.ini_file: {path: /x, section: a, option: b, value: c}"),
        play("dnf: {name: x}"),
        play("command: {argv: [a]}, with_items: [1]"),
        play("include_tasks: x.yml, loop: '{{ y }}', when: [a, b]"),
        play("action: ping"),
    ],
)
def test_other_forms_are_accepted(text: str) -> None:
    assert problems("playbook", load_text(text, "good.yml")) == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("config", "fork: 3"),
        ("config", "forks: many"),
        ("config", "become_method: perhaps"),
        ("config", "lint: {skipp: []}"),
        ("inventory", "all: {host: {a: }}"),
        ("inventory", "all: {children: {web: {var: {}}}}"),
        ("inventory", "[a, b]"),
        ("tasks", "{ping: }"),
        ("tasks", "[{pinng: }]"),
    ],
)
def test_other_bad_files_are_refused(kind: str, text: str) -> None:
    assert problems(kind, yaml.safe_load(text)) != []


def test_editors_are_told_what_options_are_for() -> None:
    name = schema("playbook")["$defs"]["module.apt"]["properties"]["pkg"]
    assert name["description"].startswith("Names, also")
