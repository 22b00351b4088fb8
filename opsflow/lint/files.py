"""Files of this machine that tasks take: are they there, and are templates valid?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.origin import Origin
from opsflow.modules.base.module import short_name
from opsflow.playbook.model import Play, Task
from opsflow.source.loader import read_text
from opsflow.source.values import Str, Template, is_templated, origin_of
from opsflow.templating.render import Renderer
from opsflow.templating.search import find
from opsflow.templating.syntax import Names

from .expand import Expanded
from .model import Finding, Severity, rule

MISSING = rule("missing-file", Severity.WARNING, "a file of the role or playbook that is not there")
INVALID = rule("template-file", Severity.ERROR, "a template file that is no valid Jinja2")

_FOLDERS = {
    "template": "templates",
    "copy": "files",
    "unarchive": "files",
    "patch": "files",
    "script": "files",
}
_OTHER_SYNTAX = ("block_start_string", "variable_start_string", "comment_start_string")


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """A template that a task renders, and the variables in it."""

    task: Task
    path: Path
    text: str
    names: Names

    def place(self, name: str) -> Origin:
        """Return where a variable is used first."""
        match = re.search(rf"\b{re.escape(name)}\b", self.text)
        before = self.text[: match.start()] if match else ""
        return Origin(str(self.path), before.count("\n") + 1, len(before) - before.rfind("\n"))


def check_files(expanded: Expanded, renderer: Renderer) -> tuple[list[Finding], list[TemplateFile]]:
    """Return what is wrong with the files that a play's tasks name, and the templates among them."""
    findings: list[Finding] = []
    templates: list[TemplateFile] = []
    for task in expanded.tasks:
        name = _source(task)
        if name is None or Path(name).is_absolute():  # which a task before may make
            continue
        kind = short_name(task.info.module)
        search = list(_search(task, expanded.play))
        path = find(name, _FOLDERS[kind], search)
        if path is None:
            known = [file.name for base in search for file in Path(base, _FOLDERS[kind]).glob("*")]
            message = f"there is no file '{name}' in the {_FOLDERS[kind]} of the role or playbook"
            origin = origin_of(name) or task.origin
            findings.append(Finding(MISSING, Problem(message, origin, did_you_mean(name, known))))
        elif kind == "template" and not any(option in task.args for option in _OTHER_SYNTAX):
            findings += _read(task, path, renderer, templates)
    return findings, templates


def _read(task: Task, path: Path, renderer: Renderer, into: list[TemplateFile]) -> Iterator[Finding]:
    try:
        text = read_text(path, renderer.vault)
        if text.startswith("#jinja2:"):
            return
        names = renderer.check(Template(text, Origin(str(path), 1, 1)))
        into.append(TemplateFile(task, path, text, names))
    except InputError as error:
        for problem in error.problems:
            yield Finding(INVALID, problem)


def _search(task: Task, play: Play) -> Iterator[str]:
    yield from (str(use.role.path) for use in (task.role.chain if task.role else []))
    yield str(task.directory)
    yield str(Path(play.origin.file).parent)


def _source(task: Task) -> str | None:
    """Return the name of the file that a task takes from this machine, as far as it is known."""
    kind = short_name(task.info.module)
    options: dict[str, Any] = task.args
    elsewhere = options.get("remote_src", False) is not False or options.get("copy", True) is not True
    if kind not in _FOLDERS or elsewhere:
        return None
    name = options.get("src", options.get("cmd", options.get("_raw_params")))
    if not isinstance(name, str) or is_templated(name) or "://" in name or not name.strip():
        return None
    if kind == "script":
        return Str(name.split()[0], origin_of(name) or task.origin)
    return name
