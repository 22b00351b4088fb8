"""YAML with positions to typed plays. All problems of all files are found and raised at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.origin import COMMAND_LINE, Origin
from opsflow.modules.own.known import KnownModules
from opsflow.source.values import Map, Seq, Template, as_source, origin_of, sourced
from opsflow.templating.render import Renderer

from .include import Includer
from .keywords import BLOCK, PLAY
from .model import Around, Node, Play, Task
from .roles import RoleReader, RolesOfPlay
from .tasks import short


@dataclass(slots=True)
class Playbook:
    """A playbook file: its plays, and what reads the files that they include while they run.

    Where `problems` were found, `plays` holds what could be read nevertheless, `lost` the variables that
    tasks would set which could not, and `whole` tells whether every file was read.
    """

    path: str
    plays: list[Play]
    includer: Includer
    warnings: list[tuple[str, Origin]] = field(default_factory=list[tuple[str, Origin]])
    problems: list[Problem] = field(default_factory=list[Problem])
    lost: set[str] = field(default_factory=set[str])
    whole: bool = True


def parse_playbook(
    path: str | Path,
    renderer: Renderer,
    roles_path: Sequence[str] = (),
    extra_vars: Mapping[str, Any] | None = None,
    modules: KnownModules | None = None,
    play_defaults: Mapping[str, Any] | None = None,
) -> Playbook:
    """Return a playbook file without problems; arguments as of `read_playbook`.

    Raises:
        InputError: with every problem that was found, in all files that it imports.
    """
    book = read_playbook(path, renderer, roles_path, extra_vars, modules, play_defaults)
    if book.problems:
        raise InputError(book.problems)
    return book


def read_playbook(
    path: str | Path,
    renderer: Renderer,
    roles_path: Sequence[str] = (),
    extra_vars: Mapping[str, Any] | None = None,
    modules: KnownModules | None = None,
    play_defaults: Mapping[str, Any] | None = None,
) -> Playbook:
    """Return the plays of a playbook file, as far as they can be read, and what is wrong with them.

    Args:
        path: the file; positions name it as given.
        renderer: templates are compiled in it, which finds their errors now.
        roles_path: directories with roles, behind `roles/` beside the playbook.
        extra_vars: the command line's variables, for names of what is imported.
        modules: those that tasks may name; by default ours and those beside the playbook and in its roles.
        play_defaults: keywords for plays that do not set them.
    """
    parser = _Parser(renderer, roles_path, extra_vars, modules)
    parser.play_defaults = play_defaults or {}
    parser.base = Path(path).parent
    return _book(path, parser.playbook(Path(path)), parser)


def read_play(
    place: str | Path,
    renderer: Renderer,
    roles_path: Sequence[str] = (),
    modules: KnownModules | None = None,
    **keywords: Any,
) -> Playbook:
    """Return a playbook of one play on all hosts that uses a file or role which is none by itself.

    Args:
        place: the file or role, beside which the play is said to be.
        renderer: as of `read_playbook`.
        roles_path: as of `read_playbook`.
        modules: as of `read_playbook`.
        keywords: of the play: `roles` or `tasks`, as plain values.
    """
    origin = Origin(str(place), 1, 1)
    parser = _Parser(renderer, roles_path, modules=modules)
    parser.base = Path(place).parent
    parser.know(parser.base)
    parser.files.append((parser.base / COMMAND_LINE, None))
    play = sourced({"hosts": "all", "gather_facts": False, **keywords}, origin)
    return _book(place, parser.play(play, Around()), parser)


def _book(path: str | Path, plays: list[Play], parser: _Parser) -> Playbook:
    problems = sorted(parser.problems, key=lambda problem: problem.origin or Origin("", 0, 0))
    book = Playbook(str(path), plays, Includer(parser), parser.warnings, problems)
    book.lost, book.whole = parser.lost, parser.whole
    return book


def single_task(
    pattern: str,
    module: str,
    arguments: str,
    renderer: Renderer,
    modules: KnownModules | None = None,
    play_defaults: Mapping[str, Any] | None = None,
) -> Playbook:
    """Return a playbook of one task, as `opsflow exec` runs it. Raises InputError."""
    origin = Origin(COMMAND_LINE, 1, 1)
    task, play = Map(origin), Map(origin)
    task[module] = as_source(arguments, origin) if arguments else None
    tasks = Seq(origin)
    tasks.append(task)
    play.update(hosts=as_source(pattern, origin), gather_facts=False, tasks=tasks)
    parser = _Parser(renderer, modules=modules)
    parser.play_defaults = play_defaults or {}
    parser.files.append((Path(COMMAND_LINE), None))
    plays = parser.play(play, Around())
    if parser.problems:
        raise InputError(parser.problems)
    return Playbook(COMMAND_LINE, plays, Includer(parser))


class _Parser(RoleReader):
    """Reads playbooks and their plays."""

    play_defaults: Mapping[str, Any] = MappingProxyType({})

    def playbook(self, path: Path, origin: Origin | None = None, outer: Around | None = None) -> list[Play]:
        """Return the plays of a file; `outer` is what its import hands to each of them."""
        before = len(self.problems)
        value = self.load(path, origin)
        if not isinstance(value, Seq) or not value:
            if len(self.problems) == before:
                self.problem(origin_of(value) or Origin(str(path), 1, 1), "a playbook is a list of plays")
            return []
        self.files.append((path, origin))
        plays: list[Play] = []
        outer = outer or Around()
        self.know(path.parent)
        above, self.base = self.base, path.parent  # roles beside an imported playbook are its own
        for item, at in zip(value, value.item_origins, strict=True):
            if not isinstance(item, Map):
                self.problem(at, "a play is a mapping with 'hosts'")
            elif imported := next((key for key in item if short(key) == "import_playbook"), None):
                plays += self.import_playbook(path, item, imported, outer)
            else:
                read = self.play(item, outer)
                for play in read:
                    self.check_notified(play)
                plays += read
        self.base = above
        self.files.pop()
        return plays

    def import_playbook(self, path: Path, value: Map, key: str, outer: Around) -> list[Play]:
        own = Map(value.origin)
        for name, item in value.items():
            if name != key:
                own[name], own.key_origins[name] = item, value.origin_of(name)
        around = self.around(outer, self.keywords(own, BLOCK))
        origin = value.origin_of_value(key)
        name = self.early(value[key], origin, around, "import_playbook needs the name of a file")
        return self.playbook(path.parent / name, origin, around) if name else []

    def play(self, value: Map, outer: Around) -> list[Play]:
        if "user" in value and "remote_user" not in value:
            value["remote_user"] = value.pop("user")
        keywords = {**self.play_defaults, **self.keywords(value, PLAY)}
        if "hosts" not in keywords:
            self.problem(value.origin, "a play needs 'hosts'", did_you_mean("hosts", map(str, value)))
            return []
        around = self.around(replace(outer, vars=()), keywords)
        around = replace(around, vars=())  # a play's variables are weaker than its blocks': `Play.vars`
        play_vars = _merged(value.origin, keywords.get("vars"), *outer.vars)
        self.play_vars = [play_vars] if play_vars else []
        self.of_play = RolesOfPlay()
        self.know_roles(keywords.get("roles", []), around)
        handlers = self.handlers(keywords.get("handlers", []), around)
        body: list[Node] = [*self.argument_check(value, keywords, around)]
        of_roles = slice(0, 0)
        for section in ("pre_tasks", "tasks", "post_tasks"):
            if section == "tasks":
                before = len(self.of_play.handlers)
                body += self.role_entries(keywords.get("roles", []), around)
                of_roles = slice(before, len(self.of_play.handlers))
            body += self.nodes(keywords.get(section, []), around, section)
            body.append(self.flush(value.origin, section))
        play = Play(
            name=str(keywords.get("name") or ", ".join(str(host) for host in keywords["hosts"])),
            origin=value.origin,
            hosts=keywords["hosts"],
            keywords=keywords,
            vars=play_vars,
            vars_files=keywords.get("vars_files", []),
            body=body,
            handlers=self.in_order(of_roles, handlers),
            roles=self.of_play.public,
            role_names=self.of_play.names,
            prompts=keywords.get("vars_prompt", []),
            notifiers=keywords.get("notifiers", []),
            routes=keywords.get("routes", []),
        )
        return [play]

    def argument_check(self, value: Map, keywords: Mapping[str, Any], around: Around) -> list[Task]:
        """Return the task for `validate_argspec`: the specification stands in `<playbook>.meta.yml`."""
        wanted = keywords.get("validate_argspec", False)
        if wanted is False:
            return []
        at = value.origin_of("validate_argspec")
        name = str(keywords.get("name", "")) if wanted is True else str(wanted)
        path = self.files[-1][0].with_suffix(".meta.yml")
        specs = self.load(path, at) if path.exists() else None
        specs = specs.get("argument_specs") if isinstance(specs, Map) else None
        if not isinstance(specs, Map) or name not in specs:
            hint = did_you_mean(name, map(str, specs or ()))
            self.problem(at, f"'validate_argspec': {path} has no argument_specs for '{name}'", hint)
            return []
        return self.validation(specs, name, around)

    def in_order(self, of_roles: slice, own: list[Task]) -> list[Task]:
        """Return all handlers: those of `roles:`, the play's own, those of roles that tasks import."""
        found = self.of_play.handlers
        return [*found[of_roles], *own, *found[: of_roles.start], *found[of_roles.stop :]]

    def check_notified(self, play: Play) -> None:
        if any(short(task.info.module) == "include_role" for task in play.tasks()):
            return  # a role that is included later may bring handlers
        known = {name for handler in play.handlers for name in (*handler.names, *handler.listen)}
        if any(handler.title is not None for handler in play.handlers):
            return  # names that are known when the host is
        for task in [*play.tasks(), *play.handlers]:
            for name in task.notify:
                if not isinstance(name, Template) and name not in known:
                    message = f"there is no handler named '{name}' and none listens to it"
                    self.problem(origin_of(name) or task.origin, message, did_you_mean(str(name), known))


def _merged(origin: Origin, *layers: Map | None) -> Map | None:
    """Return a play's variables and those of its imports, which are stronger."""
    found = [layer for layer in layers if layer]
    if len(found) < 2:
        return found[0] if found else None
    merged = Map(origin)
    for layer in found:
        merged.update(layer)
        merged.key_origins.update(layer.key_origins)
        merged.templated = merged.templated or layer.templated
    return merged
