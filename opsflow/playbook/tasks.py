"""Tasks and blocks: YAML to typed nodes, with static imports in their place."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from opsflow.core.errors import Problem, did_you_mean
from opsflow.core.events import TaskInfo
from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, Template, as_source, origin_of
from opsflow.templating.search import find

from . import actions
from .keywords import BLOCK, HANDLER, INCLUDE, LOOP_CONTROL, TASK
from .model import META, Around, Block, Choose, Loop, Node, RoleUse, Task, task_keys
from .reader import Reader
from .templates import check_templates


class TaskReader(Reader):
    """Reads lists of tasks."""

    def flush(self, origin: Origin, section: str) -> Task:
        """Return the task that runs notified handlers at the end of a section."""
        info = TaskInfo(next(task_keys), "flush_handlers", "meta", origin, section=section)
        tags = frozenset({"always"})
        return Task(info, origin, None, Map(origin), {}, tags, meta="flush_handlers", implicit=True)

    def handlers(self, value: list[Any], around: Around) -> list[Task]:
        found: list[Task] = []
        for node in self.nodes(value, replace(around, when=(), notify=()), "handlers", HANDLER):
            if isinstance(node, Block):
                self.problem(node.origin, "a handler can't be a block", "make each of its tasks a handler")
            else:
                found.append(node)
        return found

    def nodes(self, value: list[Any], around: Around, section: str, where: str = TASK) -> list[Node]:
        found: list[Node] = []
        places = value.item_origins if isinstance(value, Seq) else []
        for item, at in zip_longest(value, places):
            if not isinstance(item, Map):
                self.problem(self.place(item, at), "a task is a mapping with a module's name")
            elif "block" in item:
                found.append(self.block(item, around, section, where))
            elif imported := next((key for key in item if short(key) == "import_tasks"), None):
                found += self.import_tasks(item, imported, around, section, where)
            elif imported := next((key for key in item if short(key) == "import_role"), None):
                found += self.import_role(item, imported, around)
            elif "rescue" in item or "always" in item:
                self.problem(item.origin, "'rescue' and 'always' belong to a 'block'")
            else:
                found += self.task(item, around, section, where)
        return found

    def block(self, value: Map, around: Around, section: str, where: str) -> Block:
        keywords = self.keywords(value, BLOCK)
        inner = self.around(around, keywords)
        tried = replace(inner, rescued=True) if keywords.get("rescue") else inner
        body = self.nodes(keywords.get("block", []), tried, section, where)
        rescue, always = (self.nodes(keywords.get(p, []), inner, section, where) for p in _PARTS)
        return Block(value.origin, body, rescue, always)

    def import_tasks(self, value: Map, key: Any, around: Around, section: str, where: str) -> list[Node]:
        own = Map(value.origin)
        for name, item in value.items():
            if name != key:
                own[name], own.key_origins[name] = item, value.origin_of(name)
        inner = self.around(around, self.keywords(own, BLOCK))
        at = value.origin_of_value(key)
        options = self.options(value, key, "file")
        target = self.early(options.get("file"), at, inner, "import_tasks needs the name of a file")
        if target is None:
            return []
        search = [str(self.directory), *(str(use.role.path / "tasks") for use in _chain(around))]
        path = find(target, "tasks", [*search, str(self.base)]) or self.directory / target
        return self.file_of_tasks(path, at, inner, section, where)

    def options(self, value: Map, key: Any, free_form: str | None = None) -> Map:
        """Return the options of an import, whether written as a mapping or in a line."""
        try:
            return actions.options_of(value[key], value.origin_of_value(key), free_form, (free_form or "",))
        except ValueError as error:
            self.problem(value.origin_of_value(key), f"{key}: {error}")
            return Map(value.origin)

    def file_of_tasks(
        self, path: Path, origin: Origin | None, around: Around, section: str, where: str = TASK
    ) -> list[Node]:
        """Return the tasks of a file."""
        tasks = self.load(path, origin)
        if tasks is not None and not isinstance(tasks, Seq):
            self.problem(origin_of(tasks) or Origin(str(path), 1, 1), "a file of tasks is a list of tasks")
        self.files.append((path, origin))
        found = self.nodes(tasks if isinstance(tasks, Seq) else [], around, section, where)
        self.files.pop()
        return found

    def import_role(self, value: Map, key: Any, around: Around) -> list[Node]:
        """Return the tasks of a role. Reading roles is for a subclass: they are made of tasks."""
        raise TypeError("this reader reads no roles")

    def task(self, value: Map, around: Around, section: str, where: str) -> list[Task]:
        written = value
        value, loop = self.loop(value)
        before = len(self.problems)
        keywords = self.keywords(value, where)
        self.read_only(value, keywords)
        action = actions.find_action(value, keywords, where, self.modules, self.problem)
        if action is None:
            self.lost.update(_set_by(written))
            if len(self.problems) == before:
                self.problem(value.origin, "a task names a module", "such as `apt:` or `command:`")
            return []
        if short(action.name) in ("include_tasks", "include_role"):
            for key in keywords.keys() - INCLUDE:
                hint = "put it below `apply:` if it is for the included tasks"
                self.problem(value.origin_of(key), f"'{key}' does not belong to {action.name}", hint)
        inner = self.around(around, keywords)
        name = keywords.get("name") or action.name
        title = as_source(f"{around.role.role.name} : {name}", value.origin) if around.role else name
        handler = where == HANDLER
        key = next(task_keys)
        info = TaskInfo(key, str(title), action.name, value.origin, handler, section, self.trail)
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
            wholes=action.wholes,
            choose=Choose(action.chosen, self.modules.find) if action.chosen else None,
            written=written,
            title=title if isinstance(title, Template) else None,
            role=around.role,
            directory=self.directory,
            outer=around if short(action.name) in ("include_tasks", "include_role") else None,
        )
        task.names = frozenset({str(name), *(f"{role} : {name}" for role in task.role_names)})
        if action.delegate_to is not None:
            task.keywords = {**inner.keywords, "delegate_to": action.delegate_to}
        tolerated = around.rescued or inner.keywords.get("ignore_errors") is True or "failed_when" in keywords
        report = self.foreseen if tolerated else self.problem
        if action.module is None:
            self.meta(task)
        else:
            task.flaw = action.flaw
            if keywords.get("async") and not action.module.can_detach():
                message = f"'async': the module '{action.name}' can't be detached"
                task.flaw = Problem(message, value.origin_of("async"))
            if task.flaw:
                report(task.flaw.origin, task.flaw.message)
            if action.flaw is None:
                defaults = inner.keywords.get("module_defaults") or ()
                task.static_args = actions.check_args(action, report, defaults)
        for whole in action.wholes:
            self.warnings.append((f"{action.name}: {_OPEN}", whole.origin))
        check_templates(task, self.renderer, report)
        return [task]

    def foreseen(self, origin: Origin | None, message: str, hint: str | None = None) -> None:
        """Warn of a problem that fails a task whose failure the playbook provides for."""
        self.warnings.append((f"{message}{f' ({hint})' if hint else ''}", origin or Origin("", 1, 1)))

    def read_only(self, value: Map, keywords: dict[str, Any]) -> None:
        """Put in place of `read_only` what it means: the task runs in check mode too, and changes nothing."""
        if not keywords.pop("read_only", False):
            return
        for name in {"changed_when", "check_mode"} & keywords.keys():
            self.problem(value.origin_of(name), f"'read_only' decides '{name}' already", "remove one of them")
        keywords |= {"changed_when": [False], "check_mode": False}

    def meta(self, task: Task) -> None:
        name = next(iter(task.args.values()), "")
        task.meta = str(name)
        if task.meta not in META:
            hint = did_you_mean(task.meta, META) or f"one of {', '.join(META)}"
            self.problem(origin_of(name) or task.origin, f"there is no meta action '{task.meta}'", hint)
        elif task.meta == "flush_handlers" and task.info.handler:
            self.problem(task.origin, "a handler can't flush handlers")

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


_PARTS = ("rescue", "always")
_OPEN = "a template gives all options: if its variable can come from a host, the host decides what is done"


def _set_by(task: Map) -> set[str]:
    """Return the variables that a task may set whose module is not known."""
    options = {str(name) for value in task.values() if isinstance(value, Map) for name in value}
    return {*options, str(task.get("register"))}


def _chain(around: Around) -> list[RoleUse]:
    return around.role.chain if around.role else []


def short(key: Any) -> str:
    """Return a key without the collection of Ansible's own modules."""
    return str(key).removeprefix("ansible.builtin.").removeprefix("ansible.legacy.")
