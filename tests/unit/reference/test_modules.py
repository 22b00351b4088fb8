"""Every module says what it does, what it returns, and shows examples that the playbook reader accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from opsflow.core.errors import Problem
from opsflow.modules.base.module import find_module
from opsflow.playbook.parse import read_play
from opsflow.reference.modules import module_doc, module_names
from opsflow.reference.options import Option, options_of
from opsflow.source.excerpt import describe
from opsflow.templating.render import Renderer

NAMES = module_names()
HOW = "write it in the docstring of the module's class, as opsflow/reference/modules.py shows"


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_documented(name: str) -> None:
    doc = module_doc(name)
    assert doc.about, f"{name} does not say what it does: {HOW}"
    assert doc.returns, f"{name} does not say what it returns (`Returns:`): {HOW}"
    assert doc.examples.strip(), f"{name} has no examples (`Examples:`): {HOW}"


@pytest.mark.parametrize("name", NAMES)
def test_every_option_of_a_module_has_a_sentence(name: str) -> None:
    silent = [
        option for option, about in _sentences(module_doc(name).options) if not about.endswith((".", "…"))
    ]
    assert silent == [], f"write a text behind each of these options of {name}, as the others have"


def _sentences(options: Iterable[Option]) -> Iterator[tuple[str, str]]:
    """Yield each option with what is said about it, also the options of options."""
    for option in options:
        yield option.name, option.about
        model = option.type.model or (option.type.items and option.type.items.model)
        if model:
            for name, about in _sentences(options_of(model)):
                yield f"{option.name}.{name}", about


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_module_are_right(name: str, tmp_path: Path) -> None:
    examples = tmp_path / f"{name}.yml"
    examples.write_text(module_doc(name).examples)
    book = read_play(examples, Renderer(), tasks=[{"import_tasks": str(examples)}])
    assert not book.problems, _shown(name, book.problems)
    (play,) = book.plays
    tasks = [task for task in play.tasks() if not task.implicit]
    assert find_module(name) in {task.module for task in tasks}, f"no example of {name} uses it"
    assert all(task.written.get("name") for task in tasks), f"an example of {name} has no name"


def _shown(name: str, problems: list[Problem]) -> str:
    return f"the examples of {name} are wrong:\n" + "\n\n".join(map(describe, problems))


def test_options_are_read_out_of_the_model() -> None:
    options = {option.name: option for option in module_doc("ansible.builtin.apt").options}
    assert options["name"].aliases == ("package", "pkg")
    assert str(options["name"].type) == "list of text"
    assert options["state"].type.choices == ("absent", "build-dep", "fixed", "latest", "present")
    assert options["state"].default == "present"
    assert options["lock_timeout"].about == "Seconds to wait for another package manager."
    assert {option.name for option in module_doc("copy").options if option.required} == {"dest"}
    assert {option.name for option in module_doc("user").options if option.secret} == {
        "password", "ssh_key_passphrase",
    }  # fmt: skip
