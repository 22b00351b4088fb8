"""Reads keywords out of mappings, and collects what is wrong with them instead of stopping at the first."""

from __future__ import annotations

import os.path
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem, TaskError, did_you_mean
from opsflow.core.origin import Origin
from opsflow.modules.own.known import KnownModules
from opsflow.modules.own.places import Places
from opsflow.source.loader import load_file
from opsflow.source.values import Map, Template, is_templated, origin_of
from opsflow.templating.render import Renderer, finalize
from opsflow.templating.scope import Scope

from .keywords import BLOCK, KEYWORDS, PLAY, keywords_at, to_texts
from .model import Around


class Reader:
    """What all parts of a playbook's parser share: problems, warnings, the files being read."""

    def __init__(
        self,
        renderer: Renderer,
        roles_path: Sequence[str] = (),
        extra_vars: Mapping[str, Any] | None = None,
        modules: KnownModules | None = None,
    ) -> None:
        self.renderer = renderer
        self.extra_vars = extra_vars or {}
        self.play_vars: list[Mapping[str, Any]] = []
        self.modules = modules or KnownModules(Places())
        self.roles_path = [Path(path).expanduser() for path in roles_path]
        self.problems: list[Problem] = []
        self.warnings: list[tuple[str, Origin]] = []
        self.files: list[tuple[Path, Origin | None]] = []
        self.above: tuple[Origin, ...] = ()
        self.base = Path()
        self.whole = True
        self.lost: set[str] = set()

    @property
    def directory(self) -> Path:
        """The directory of the file that is being read."""
        return self.files[-1][0].parent if self.files else self.base

    @property
    def trail(self) -> tuple[Origin, ...]:
        """The places that led to the file that is being read, the outermost first."""
        return (*self.above, *(place for _, place in self.files if place))

    def place(self, value: Any, origin: Origin | None = None) -> Origin | None:
        """Return where a value was written, or at least the file that is being read."""
        return origin or origin_of(value) or (Origin(str(self.files[-1][0]), 1, 1) if self.files else None)

    def problem(self, origin: Origin | None, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(message, origin, hint, self.trail))

    def early(self, written: Any, origin: Origin, around: Around, what: str) -> str | None:
        """Return the name that an import gives, rendered with what is known before any host is.

        These are the variables of the command line, the play, the task and the role, but no facts. Returns
        None when there is none or it can't be rendered: a problem that says what `what` needs.
        """
        try:
            name = finalize(self.early_scope(around).value(written)) if is_templated(written) else written
        except TaskError as error:
            hint = "before any host is known only variables of the command line, the play and the role are"
            self.problem(origin_of(written) or origin, f"{what}: {error.message}", hint)
            return None
        if isinstance(name, str) and name:
            return str(name)
        self.problem(origin, what)
        return None

    def early_scope(self, around: Around) -> Scope:
        role = around.role
        own = {"playbook_dir": str(self.base.resolve())}
        own |= {"role_path": str(role.role.path), "role_name": role.role.name} if role else {}
        layers = [own, self.extra_vars, *(role.params if role else ()), *reversed(around.vars)]
        layers += [*(role.strong if role else ()), *self.play_vars, *(role.weak if role else ())]
        return Scope(self.renderer, layers)

    def load(self, path: Path, origin: Origin | None) -> Any:
        """Return a file's value, or None when it can't be read or is being read already."""
        if circle := self.circle(path):
            self.problem(origin, f"'{path.name}' imports itself: {circle}")
            return None
        try:
            return load_file(
                path, lambda message, at: self.warnings.append((message, at)), self.renderer.vault
            )
        except InputError as error:
            self.whole = False
            self.files.append((path, origin))
            for found in error.problems:
                self.problem(found.origin or origin, found.message, found.hint)
            self.files.pop()
            return None

    def circle(self, path: Path) -> str:
        """Return the files that lead from a file to itself, empty where none do."""
        known = [os.path.realpath(file) for file, _ in self.files]
        try:
            own = os.path.realpath(path)
        except ValueError:  # its name holds a NUL: reading it fails
            return ""
        return (
            " → ".join(Path(file).name for file in [*known[known.index(own) :], own]) if own in known else ""
        )

    def know(self, directory: Path) -> None:
        """Let the modules beside a playbook or in a role be found; warn of plugins that have no meaning."""
        for path in self.modules.places.add(directory):
            message = f"{path.name} are not supported: what they would do is not done"
            self.warnings.append((message, Origin(str(path), 1, 1)))
        self.renderer.own.know(directory, self.renderer.settings, self.warn)

    def warn(self, message: str, origin: Origin) -> None:
        """Keep a warning for the start of the run."""
        self.warnings.append((message, origin))

    def around(self, outer: Around, keywords: Mapping[str, Any]) -> Around:
        inherited = {name: item for name, item in keywords.items() if KEYWORDS[name].inherited}
        kept = {
            name: item for name, item in outer.keywords.items() if KEYWORDS[name].inherited or name in _DOWN
        }
        own = {name: keywords[name] for name in keywords if name not in _STRUCTURE}
        return Around(
            keywords={**kept, **inherited, **own},
            tags=outer.tags | self.tags(keywords.get("tags")),
            vars=(*outer.vars, keywords["vars"]) if keywords.get("vars") else outer.vars,
            when=(*outer.when, *keywords.get("when", ())),
            notify=(*outer.notify, *keywords.get("notify", ())),
            environment=(*outer.environment, *keywords.get("environment", ())),
            role=outer.role,
            rescued=outer.rescued,
        )

    def tags(self, value: Any) -> frozenset[str]:
        """Return tags; those that are templates stay so until variables are known."""
        return frozenset(tag for text in to_texts(value) for tag in to_texts(text))

    def keywords(self, value: Map, where: str) -> dict[str, Any]:
        """Return a mapping's keywords, converted where no template has to be rendered first."""
        found: dict[str, Any] = {}
        for key, item in value.items():
            keyword = KEYWORDS.get(key)
            if keyword is None or where not in keyword.where:
                if where in (PLAY, BLOCK):
                    self.unknown(value, key, where)
                continue
            if item is None and key != "hosts":  # as if it were not there
                continue
            if not (is_templated(item) and keyword.templated and not _is_list_of(keyword.name)):
                item = self.convert(key, keyword.convert, item, value, KEYWORDS, key)
            if item is not None:
                found[keyword.name] = item
        return found

    def unknown(self, value: Map, key: Any, where: str) -> None:
        article = "an" if where[0] in "aeiou" else "a"
        hint = did_you_mean(str(key), keywords_at(where))
        if key in KEYWORDS:
            hint = f"it belongs to a {sorted(KEYWORDS[key].where)[0]}"
        self.problem(value.origin_of(key), f"unknown keyword '{key}' of {article} {where}", hint)

    def convert(self, name: str, convert: Any, item: Any, within: Map, known: Any, key: Any) -> Any:
        if convert is None:
            self.problem(within.origin_of(key), f"unknown keyword '{name}'", did_you_mean(str(key), known))
            return None
        if isinstance(item, Template) and not _is_list_of(str(key)):
            return item
        try:
            return convert(item)
        except ValueError as error:
            self.problem(within.origin_of_value(key), f"'{name}' {error}")
            return None


_PARTS = ("block", "rescue", "always")
_STRUCTURE = {*_PARTS, "name", "vars", "tags", "when", "notify", "environment", "pre_tasks", "tasks",
              "post_tasks", "handlers", "hosts", "vars_files", "vars_prompt", "notifiers",
              "routes"}  # fmt: skip
_DOWN = {"delegate_to", "delegate_facts"}
"""Keywords that a block hands to its tasks although a play does not know them."""


def _is_list_of(name: str) -> bool:
    """Tell whether a keyword's value becomes a list whose items are rendered one by one."""
    return name in _LISTS


_LISTS = {
    "when", "changed_when", "failed_when", "until", "break_when", "notify", "environment", "hosts",
    "vars_files", "module_defaults",
}  # fmt: skip
