"""YAML with positions to typed plays. All problems of all files are found and raised at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from opsflow.core.errors import InputError, Problem, did_you_mean
from opsflow.core.events import TaskInfo
from opsflow.core.origin import COMMAND_LINE, Origin
from opsflow.source.loader import load_file
from opsflow.source.values import Map, Seq, Template, as_source, is_templated, origin_of
from opsflow.templating.render import Renderer

from . import actions
from .keywords import BLOCK, HANDLER, KEYWORDS, LOOP_CONTROL, PLAY, TASK, UNSUPPORTED, keywords_at, to_texts
from .model import META, Block, Loop, Node, Play, Playbook, Task
from .templates import check_templates


@dataclass(frozen=True, slots=True)
class _Around:
    """What a task takes over from the play and blocks around it."""

    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tags: frozenset[str] = frozenset()
    vars: tuple[Map, ...] = ()
    when: tuple[Any, ...] = ()
    notify: tuple[Any, ...] = ()
    environment: tuple[Any, ...] = ()


def parse_playbook(path: str | Path, renderer: Renderer) -> Playbook:
    """Return the plays of a playbook file.

    Args:
        path: the file; positions name it as given.
        renderer: templates are compiled in it, which finds their errors now.

    Raises:
        InputError: with every problem that was found, in all files that it imports.
    """
    parser = _Parser(renderer)
    plays = parser.playbook(Path(path))
    if parser.problems:
        raise InputError(sorted(parser.problems, key=lambda p: p.origin or Origin("", 0, 0)))
    return Playbook(str(path), plays, parser.warnings)


def single_task(pattern: str, module: str, arguments: str, renderer: Renderer) -> Playbook:
    """Return a playbook of one task, as `opsflow exec` runs it. Raises InputError."""
    origin = Origin(COMMAND_LINE, 1, 1)
    task, play = Map(origin), Map(origin)
    task[module] = as_source(arguments, origin) if arguments else None
    tasks = Seq(origin)
    tasks.append(task)
    play.update(hosts=as_source(pattern, origin), gather_facts=False, tasks=tasks)
    parser = _Parser(renderer)
    parser.files.append((Path(COMMAND_LINE), None))
    plays = parser.play(play)
    if parser.problems:
        raise InputError(parser.problems)
    return Playbook(COMMAND_LINE, plays)


class _Parser:
    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self.problems: list[Problem] = []
        self.warnings: list[tuple[str, Origin]] = []
        self.files: list[tuple[Path, Origin | None]] = []
        self.count = 0

    def problem(self, origin: Origin | None, message: str, hint: str | None = None) -> None:
        trail = tuple(place for _, place in self.files[1:] if place)
        self.problems.append(Problem(message, origin, hint, trail))

    def load(self, path: Path, origin: Origin | None) -> Any:
        """Return a file's value, or None when it can't be read or is being read already."""
        if any(path.resolve() == known.resolve() for known, _ in self.files):
            self.problem(origin, f"'{path}' imports itself")
            return None
        try:
            return load_file(path, lambda message, at: self.warnings.append((message, at)))
        except InputError as error:
            for found in error.problems:
                self.problem(found.origin or origin, found.message, found.hint)
            return None

    # plays

    def playbook(self, path: Path, origin: Origin | None = None) -> list[Play]:
        before = len(self.problems)
        value = self.load(path, origin)
        if not isinstance(value, Seq) or not value:
            if len(self.problems) == before:
                self.problem(origin_of(value) or Origin(str(path), 1, 1), "a playbook is a list of plays")
            return []
        self.files.append((path, origin))
        plays: list[Play] = []
        for item, at in zip(value, value.item_origins, strict=True):
            if not isinstance(item, Map):
                self.problem(at, "a play is a mapping with 'hosts'")
            elif imported := next((key for key in item if _short(key) == "import_playbook"), None):
                target = path.parent / str(item[imported])
                plays += self.playbook(target, item.origin_of_value(imported))
            else:
                plays += self.play(item)
        self.files.pop()
        return plays

    def play(self, value: Map) -> list[Play]:
        if "user" in value and "remote_user" not in value:
            value["remote_user"] = value.pop("user")
        keywords = self.keywords(value, PLAY)
        if "hosts" not in keywords:
            self.problem(value.origin, "a play needs 'hosts'", did_you_mean("hosts", map(str, value)))
            return []
        around = self.around(_Around(), keywords)
        around = replace(around, vars=())  # a play's variables are weaker than its blocks': `Play.vars`
        handlers = self.handlers(keywords.get("handlers", []), around)
        body: list[Node] = []
        for section in ("pre_tasks", "tasks", "post_tasks"):
            body += self.nodes(keywords.get(section, []), around, section)
            body.append(self.flush(value.origin, section))
        play = Play(
            name=str(keywords.get("name") or ", ".join(str(host) for host in keywords["hosts"])),
            origin=value.origin,
            hosts=keywords["hosts"],
            keywords=keywords,
            vars=keywords.get("vars"),
            vars_files=keywords.get("vars_files", []),
            body=body,
            handlers=handlers,
            prompts=keywords.get("vars_prompt", []),
            notifiers=keywords.get("notifiers", []),
        )
        for position, task in enumerate(play.tasks()):
            task.position = position
        self.check_notified(play)
        return [play]

    def flush(self, origin: Origin, section: str) -> Task:
        """Return the task that runs notified handlers at the end of a section."""
        return self.task_of("flush_handlers", origin, _Around(tags=frozenset({"always"})), section)

    def task_of(self, meta: str, origin: Origin, around: _Around, section: str) -> Task:
        self.count += 1
        info = TaskInfo(self.count, meta, "meta", origin, section=section)
        return Task(info, origin, None, Map(origin), {}, around.tags, meta=meta)

    def handlers(self, value: list[Any], around: _Around) -> list[Task]:
        found: list[Task] = []
        for node in self.nodes(value, replace(around, when=(), notify=()), "handlers", HANDLER):
            if isinstance(node, Block):
                self.problem(node.origin, "a handler can't be a block", "make each of its tasks a handler")
            else:
                found.append(node)
        return found

    def check_notified(self, play: Play) -> None:
        known = {name for handler in play.handlers for name in (handler.name, *handler.listen)}
        for task in [*play.tasks(), *play.handlers]:
            for name in task.notify:
                if not isinstance(name, Template) and name not in known:
                    message = f"there is no handler named '{name}' and none listens to it"
                    self.problem(origin_of(name) or task.origin, message, did_you_mean(str(name), known))

    # blocks and tasks

    def nodes(self, value: list[Any], around: _Around, section: str, where: str = TASK) -> list[Node]:
        found: list[Node] = []
        places = value.item_origins if isinstance(value, Seq) else []
        for item, at in zip_longest(value, places):
            if not isinstance(item, Map):
                self.problem(at, "a task is a mapping with a module's name")
            elif "block" in item:
                found.append(self.block(item, around, section, where))
            elif imported := next((key for key in item if _short(key) == "import_tasks"), None):
                found += self.import_tasks(item, imported, around, section, where)
            elif "rescue" in item or "always" in item:
                self.problem(item.origin, "'rescue' and 'always' belong to a 'block'")
            else:
                found += self.task(item, around, section, where)
        return found

    def block(self, value: Map, around: _Around, section: str, where: str) -> Block:
        keywords = self.keywords(value, BLOCK)
        inner = self.around(around, keywords)
        parts = [self.nodes(keywords.get(part, []), inner, section, where) for part in _PARTS]
        return Block(value.origin, *parts)

    def import_tasks(self, value: Map, key: Any, around: _Around, section: str, where: str) -> list[Node]:
        own = Map(value.origin)
        for name, item in value.items():
            if name != key:
                own[name], own.key_origins[name] = item, value.origin_of(name)
        inner = self.around(around, self.keywords(own, BLOCK))
        target = value[key]["file"] if isinstance(value[key], Map) and "file" in value[key] else value[key]
        at = value.origin_of_value(key)
        if not isinstance(target, str) or isinstance(target, Template):
            self.problem(at, "import_tasks takes the name of a file, without templates")
            return []
        path = self.files[-1][0].parent / target
        tasks = self.load(path, at)
        if tasks is not None and not isinstance(tasks, Seq):
            self.problem(origin_of(tasks), "a file of tasks is a list of tasks")
        self.files.append((path, at))
        found = self.nodes(tasks if isinstance(tasks, Seq) else [], inner, section, where)
        self.files.pop()
        return found

    def task(self, value: Map, around: _Around, section: str, where: str) -> list[Task]:
        value, loop = self.loop(value)
        before = len(self.problems)
        keywords = self.keywords(value, where)
        action = actions.find_action(value, keywords, where, self.problem)
        if action is None:
            if len(self.problems) == before:
                self.problem(value.origin, "a task names a module", "such as `apt:` or `command:`")
            return []
        inner = self.around(around, keywords)
        self.count += 1
        name = keywords.get("name") or action.name
        handler = where == HANDLER
        info = TaskInfo(self.count, str(name), action.name, value.origin, handler, section)
        task = Task(
            info=info,
            origin=value.origin,
            module=action.module,
            args=action.args,
            keywords=inner.keywords,
            tags=inner.tags,
            vars=inner.vars,
            when=inner.when,
            loop=loop,
            notify=inner.notify,
            listen=tuple(keywords.get("listen", ())),
            environment=inner.environment,
            register=keywords.get("register"),
            title=name if isinstance(name, Template) else None,
        )
        if action.delegate_to is not None:
            task.keywords = {**inner.keywords, "delegate_to": action.delegate_to}
        if action.module is None:
            self.meta(task)
        else:
            task.static_args = actions.check_args(action, self.problem)
        check_templates(task, self.renderer, self.problem)
        return [task]

    def meta(self, task: Task) -> None:
        name = next(iter(task.args.values()), "")
        task.meta = str(name)
        if task.meta not in META:
            hint = did_you_mean(task.meta, META) or f"one of {', '.join(META)}"
            self.problem(origin_of(name) or task.origin, f"there is no meta action '{task.meta}'", hint)

    def loop(self, value: Map) -> tuple[Map, Loop | None]:
        """Return a task without its loop, and the loop."""
        names = [key for key in value if key == "loop" or str(key).startswith("with_")]
        if not names:
            return value, None
        if len(names) > 1:
            self.problem(value.origin_of(names[1]), f"'{names[0]}' and '{names[1]}' exclude each other")
        name = str(names[0])
        lookup = None if name == "loop" else name.removeprefix("with_")
        if lookup and not self.renderer.has_lookup(lookup):
            hint = did_you_mean(lookup, self.renderer.lookups)
            self.problem(value.origin_of(name), f"there is no loop 'with_{lookup}'", hint)
        control = value.get("loop_control")
        if isinstance(control, Map):
            for key, item in control.items():
                self.convert(f"loop_control.{key}", LOOP_CONTROL.get(key), item, control, LOOP_CONTROL, key)
        rest = Map(value.origin)
        for key, item in value.items():
            if key not in names:
                rest[key], rest.key_origins[key] = item, value.origin_of(key)
        rest.templated = value.templated
        return rest, Loop(value[name], lookup, control if isinstance(control, Map) else None)

    # keywords

    def around(self, outer: _Around, keywords: Mapping[str, Any]) -> _Around:
        inherited = {name: item for name, item in keywords.items() if KEYWORDS[name].inherited}
        kept = {
            name: item for name, item in outer.keywords.items() if KEYWORDS[name].inherited or name in _DOWN
        }
        own = {name: keywords[name] for name in keywords if name not in _STRUCTURE}
        return _Around(
            keywords={**kept, **inherited, **own},
            tags=outer.tags | self.tags(keywords.get("tags")),
            vars=(*outer.vars, keywords["vars"]) if keywords.get("vars") else outer.vars,
            when=(*outer.when, *keywords.get("when", ())),
            notify=(*outer.notify, *keywords.get("notify", ())),
            environment=(*outer.environment, *keywords.get("environment", ())),
        )

    def tags(self, value: Any) -> frozenset[str]:
        if is_templated(value):
            self.problem(
                origin_of(value), "tags can't be templates: they are needed before any host is known"
            )
            return frozenset()
        return frozenset(to_texts(",".join(to_texts(value)))) if value else frozenset()

    def keywords(self, value: Map, where: str) -> dict[str, Any]:
        """Return a mapping's keywords, converted where no template has to be rendered first."""
        found: dict[str, Any] = {}
        for key, item in value.items():
            if key in UNSUPPORTED and (where == PLAY or key not in ("roles", "validate_argspec")):
                self.problem(value.origin_of(key), f"'{key}': {UNSUPPORTED[key]}")
                continue
            keyword = KEYWORDS.get(key)
            if keyword is None or where not in keyword.where:
                if where in (PLAY, BLOCK):
                    self.unknown(value, key, where)
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
              "post_tasks", "handlers", "hosts", "vars_files", "vars_prompt", "notifiers"}  # fmt: skip
_DOWN = {"delegate_to", "delegate_facts"}
"""Keywords that a block hands to its tasks although a play does not know them."""


def _is_list_of(name: str) -> bool:
    """Tell whether a keyword's value becomes a list whose items are rendered one by one."""
    return name in _LISTS


_LISTS = {
    "when", "changed_when", "failed_when", "until", "break_when", "notify", "environment", "hosts",
    "vars_files", "module_defaults",
}  # fmt: skip


def _short(key: Any) -> str:
    return str(key).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
