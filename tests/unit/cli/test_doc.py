"""`opsflow doc`: what there is to write, found by its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsflow.playbook.keywords import KEYWORDS
from opsflow.reference.keywords import keyword_doc
from tests.support.cli import Opsflow


@pytest.fixture
def opsflow(tmp_path: Path) -> Opsflow:
    return Opsflow(tmp_path)


def test_a_module_as_text(opsflow: Opsflow) -> None:
    out = opsflow("doc", "ansible.builtin.copy").out
    assert out.startswith("copy\n\nPut a file, a tree of files, or the text of `content` on the host")
    assert "  * dest  (text)\n" in out
    assert "    validate  (text)\n" in out
    assert "\nreturns:\n" in out
    assert "    - name: Write a text\n      copy:\n" in out


def test_a_module_as_markdown(opsflow: Opsflow) -> None:
    out = opsflow("doc", "apt", "--format", "md").out
    assert "| `name`, `package`, `pkg` | list of text |  | Names, also" in out
    assert "```yaml\n- name: Install nginx" in out


def test_a_module_as_json(opsflow: Opsflow) -> None:
    found = json.loads(opsflow("doc", "user", "--output", "json").out)
    assert found["options"]["password"]["secret"] is True
    assert found["options"]["state"]["choices"] == ["present", "absent"]
    assert found["options"]["name"]["required"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serial"], "keyword of: play\n"),
        (["combine"], "value | combine(recursive=False, list_merge='replace')\n"),
        (["fileglob", "-t", "lookup"], "lookup('fileglob', …)\n"),
        (["match"], "value is match("),
        (["ansible.builtin.meta"], "flush_handlers"),
    ],
)
def test_other_words(opsflow: Opsflow, arguments: list[str], said: str) -> None:
    assert said in opsflow("doc", *arguments).out


@pytest.mark.parametrize(("kind", "known"), [("module", "copy"), ("keyword", "when"), ("test", "match")])
def test_lists(opsflow: Opsflow, kind: str, known: str) -> None:
    lines = opsflow("doc", "--list", "--type", kind).out.splitlines()
    assert any(line.startswith(f"{known} ") for line in lines)
    assert lines == sorted(lines, key=lambda line: line.split()[0])


def test_a_typing_error(opsflow: Opsflow) -> None:
    done = opsflow("doc", "coppy")
    assert (done.code, "did you mean 'copy'?" in done.err) == (1, True)


@pytest.mark.parametrize("arguments", [[], ["copy", "--type", "verb"], ["copy", "--format", "pdf"]])
def test_a_wrong_command_line(opsflow: Opsflow, arguments: list[str]) -> None:
    assert opsflow("doc", *arguments).code == 5


@pytest.mark.parametrize("name", KEYWORDS)
def test_every_keyword_is_explained(name: str) -> None:
    assert keyword_doc(name).about, f"say in opsflow/reference/keywords.py what '{name}' is for"
