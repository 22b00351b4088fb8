"""Roles: where they are, what they hold, and their tasks and handlers in a play."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from opsflow.core.origin import Origin
from opsflow.source.values import Map, Seq, is_templated, origin_of

from .collections import names_of, roles_of
from .keywords import BLOCK, ROLE_KEYWORDS, TASK
from .model import Around, Block, Node, Role, RoleUse, Task
from .tasks import TaskReader

_ENDINGS = (".yml", ".yaml", ".json", "")
_SYSTEM_PATHS = ("~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles")


class Wanted(NamedTuple):
    """Which role to use and which of its files: an entry of `roles:`, a dependency, or a task's options.

    A task has `asked` for it, with the variables that it gives to it, and `again`, whatever was done before;
    else the same use is done once.
    """

    name: str
    origin: Origin
    tasks_from: str = "main"
    vars_from: str = "main"
    defaults_from: str = "main"
    handlers_from: str = "main"
    asked: str = ""
    again: bool = False
    validate: bool = True


@dataclass(slots=True)
class RolesOfPlay:
    """What the roles of a play add to it. `keys` holds those of uses that a host does once."""

    handlers: list[Task] = field(default_factory=list[Task])
    public: list[RoleUse] = field(default_factory=list[RoleUse])
    names: list[str] = field(default_factory=list[str])
    keys: set[str] = field(default_factory=set[str])


class RoleReader(TaskReader):
    """Reads roles. `of_play` collects what those of the current play add to it."""

    of_play: RolesOfPlay

    def role_entries(self, entries: Sequence[Any], around: Around) -> list[Node]:
        """Return the tasks of a play's `roles:`, each role's dependencies before its own."""
        found: list[Node] = []
        for entry in entries:
            found += self.role_entry(entry, around, None)
        return found

    def role_entry(
        self, entry: Any, around: Around, parent: RoleUse | None, dependency: bool = False
    ) -> list[Node]:
        """Return the tasks of one entry: a name, or a mapping with keywords and parameters."""
        if isinstance(entry, str):
            named = Map(_place(entry))
            named["role"] = entry
            entry = named
        if not isinstance(entry, Map):
            self.problem(self.place(entry), "a role is a name, or a mapping with 'role'")
            return []
        key = "role" if "role" in entry else "name"
        origin = entry.origin_of_value(key)
        name = self.early(entry.get(key), origin, around, "an entry of 'roles' names a role")
        return self.role(Wanted(name, origin), entry, around, parent, dependency) if name else []

    def role(
        self, wanted: Wanted, entry: Map, around: Around, parent: RoleUse | None, dependency: bool = False
    ) -> list[Node]:
        """Return a role's tasks, its dependencies' first."""
        own, params = _split(entry)
        keywords = self.keywords(own, BLOCK)
        role = self.load_role(wanted, around, parent, dependency)
        if role is None or not self.stays_inside(wanted, role):
            return []
        inner = self.around(around, keywords)
        own_vars: Mapping[str, Any] = keywords.get("vars") or {}
        same = (wanted.asked, str(role.path), wanted.tasks_from, own_vars, params, inner.when, inner.tags)
        key = "" if wanted.again or role.allow_duplicates else repr(same)
        use = RoleUse(role, own_vars, params, parent, dependency, wanted.origin, key)
        inner = replace(inner, vars=around.vars, role=use)
        if dependency and parent:
            parent.needs.append(use)
        else:
            self.of_play.names.append(role.name)
        found: list[Node] = []
        self.files.append((role.path / "meta" / "main.yml", wanted.origin))
        for entry in role.dependencies:
            found += self.role_entry(entry, inner, use, True)
        self.files.pop()
        if key not in self.of_play.keys:
            self.of_play.public.append(use)
        self.of_play.keys.update([key] if key else [])
        self.of_play.handlers += self.role_handlers(role, wanted, inner)
        specs: Mapping[str, Any] = role.argument_specs if wanted.validate else {}
        validation = self.validation(specs, wanted.tasks_from, inner)
        return [*found, *validation, *self.role_tasks(role, wanted, inner)]

    def validation(self, specs: Mapping[str, Any], name: str, around: Around) -> list[Task]:
        """Return the task that checks arguments by the specification `name`, none where there is no such."""
        spec = specs.get(name)
        if not isinstance(spec, Map):
            return []
        options, task = Map(spec.origin), Map(spec.origin)
        options["argument_spec"] = spec.get("options") or Map(spec.origin)
        about = spec.get("short_description")
        title = f"Validating arguments against arg spec '{name}'"
        task.update(name=f"{title} - {about}" if about else title, validate_argument_spec=options)
        return self.task(task, replace(around, tags=around.tags | {"always"}), "tasks", TASK)

    # what a role holds

    def load_role(
        self, wanted: Wanted, around: Around, parent: RoleUse | None, dependency: bool
    ) -> Role | None:
        """Return a role, or None when it isn't there or is a dependency that depends on itself."""
        path = self.find_role(wanted, around.keywords.get("collections") or (), parent)
        if path is None:
            return None
        above = [use for use in parent.chain if use.role.path == path] if parent and dependency else []
        if parent and above:
            circle = parent.chain[parent.chain.index(above[0]) :: -1]
            names = " → ".join([*(f"{use.role.name} ({use.origin})" for use in circle), path.name])
            self.problem(wanted.origin, f"the role depends on itself: {names}")
            return None
        self.know(path)
        meta = self.mapping(path / "meta", "main")
        dependencies = meta.get("dependencies")
        if dependencies is not None and not isinstance(dependencies, Seq):
            self.problem(meta.origin_of_value("dependencies"), "'dependencies' must be a list of roles")
        name, short_name = names_of(wanted.name, path)
        return Role(
            name=name,
            short_name=short_name,
            path=path,
            defaults=self.mapping(path / "defaults", wanted.defaults_from),
            vars=self.mapping(path / "vars", wanted.vars_from),
            dependencies=dependencies if isinstance(dependencies, Seq) else (),
            allow_duplicates=meta.get("allow_duplicates") is True,
            argument_specs=self.argument_specs(path, meta),
        )

    def argument_specs(self, path: Path, meta: Map) -> Mapping[str, Any]:
        """Return what a role's files expect as arguments, by the file's name."""
        found = self.mapping(path / "meta", "argument_specs").get("argument_specs")
        found = meta.get("argument_specs") if found is None else found
        if found is not None and not isinstance(found, Map):
            self.problem(origin_of(found) or meta.origin, "'argument_specs' must be a mapping")
        return found if isinstance(found, Map) else {}

    def stays_inside(self, wanted: Wanted, role: Role) -> bool:
        """Tell whether the files to be used are the role's own; report those that are not."""
        inside = True
        for kind in _KINDS:
            folder = role.path / kind.removesuffix("_from")
            name = getattr(wanted, kind)
            if not Path(os.path.normpath(folder / name)).is_relative_to(folder):
                self.problem(wanted.origin, f"'{kind}' must be a file in {folder}, which '{name}' is not")
                inside = False
        return inside

    def find_role(self, wanted: Wanted, collections: Iterable[str], parent: RoleUse | None) -> Path | None:
        """Return a role's directory by Ansible's search path; report it with the places when it is absent."""
        candidates = self.role_places(wanted.name, collections, parent)
        for path in candidates:
            if os.path.isdir(path):
                return path.resolve()
        self.whole = False
        looked = ", ".join(str(path.parent) for path in candidates)
        self.problem(wanted.origin, f"there is no role '{wanted.name}'", f"looked in {looked}")
        return None

    def role_places(self, name: str, collections: Iterable[str], parent: RoleUse | None) -> list[Path]:
        """Return where a role may be, the first place first."""
        base = self.base
        candidates = [*roles_of(name, collections, base)]
        places = [base / "roles", *self.roles_path]
        places += [Path(path).expanduser() for path in _SYSTEM_PATHS]
        places += [parent.role.path.parent] if parent else []
        places.append(base)
        return [*candidates, *(place / name for place in places)]

    def know_roles(self, entries: Sequence[Any], around: Around) -> None:
        """Know the modules of a play's roles before its first task is read: all of its tasks may use them."""
        for entry in entries:
            name = entry.get("role", entry.get("name")) if isinstance(entry, Map) else entry
            if isinstance(name, str) and not is_templated(name):
                places = self.role_places(str(name), around.keywords.get("collections") or (), None)
                if path := next(filter(os.path.isdir, places), None):
                    self.know(path)

    def mapping(self, directory: Path, name: str) -> Map:
        """Return the variables of a role's file `name`, or of all files of its directory of that name."""
        merged = Map(Origin(str(directory / name), 1, 1))
        for path in _files(directory, name):
            value = self.load(path, None)
            if value is not None and not isinstance(value, Map):
                self.problem(origin_of(value) or Origin(str(path), 1, 1), "must be a mapping")
            elif value is not None:
                merged.update(value)
                merged.key_origins.update(value.key_origins)
                merged.templated = merged.templated or value.templated
        return merged

    def role_tasks(self, role: Role, wanted: Wanted, around: Around) -> list[Node]:
        """Return the tasks of a role's file; a role may have none, but a file that is named must exist."""
        files = list(_files(role.path / "tasks", wanted.tasks_from))
        if not files and wanted.tasks_from != "main":
            self.problem(wanted.origin, f"the role '{role.name}' has no tasks/{wanted.tasks_from}")
        return [
            node for path in files[:1] for node in self.file_of_tasks(path, wanted.origin, around, "tasks")
        ]

    def role_handlers(self, role: Role, wanted: Wanted, around: Around) -> list[Task]:
        """Return a role's handlers; their topics are known by `role : topic` as well."""
        known = {handler.origin for handler in self.of_play.handlers}
        around = replace(around, when=(), notify=())
        found: list[Task] = []
        for path in list(_files(role.path / "handlers", wanted.handlers_from))[:1]:
            tasks = self.load(path, wanted.origin)
            self.files.append((path, wanted.origin))
            found += self.handlers(tasks if isinstance(tasks, Seq) else [], around)
            self.files.pop()
        for handler in found:
            own = [f"{name} : {topic}" for name in handler.role_names for topic in handler.listen]
            handler.listen = (*handler.listen, *own)
        return [handler for handler in found if handler.origin not in known]

    def import_role(self, value: Map, key: Any, around: Around) -> list[Node]:
        """Return the tasks of a role that a task `import_role` names, with the task's keywords on each."""
        own = [value["vars"]] if isinstance(value.get("vars"), Map) else []
        options = self.options(value, key)
        wanted = self.wanted(options, value.origin, replace(around, vars=(*around.vars, *own)), own)
        if wanted is None:
            return []
        public = options.get("public", True)
        known = list(self.of_play.public)
        block = Block(value.origin, self.role(wanted, value, around, around.role))
        if public is False:
            self.of_play.public[:] = known
        return [block]

    def wanted(
        self, options: Mapping[str, Any], origin: Origin, around: Around, own: Sequence[Any]
    ) -> Wanted | None:
        """Return which role and files the options of `import_role` or `include_role` mean.

        `own` are the variables of the task.
        """
        given = {"name": options.get("name", options.get("role"))}
        given |= {kind: options[kind] for kind in _KINDS if kind in options}
        names: dict[str, Any] = {
            kind: self.early(
                written, origin_of(written) or origin, around, f"'{kind}' of a role must be text"
            )
            for kind, written in given.items()
        }
        if None in names.values():
            return None
        validate = options.get("rolespec_validate", True) is not False
        again = options.get("allow_duplicates", True) is not False
        place = origin_of(given["name"]) or origin
        return Wanted(origin=place, asked=f"by a task {own}", again=again, validate=validate, **names)


_KINDS = ("tasks_from", "vars_from", "defaults_from", "handlers_from")
_NOT_PARAMS = {*ROLE_KEYWORDS, "role", "name", "import_role", "include_role"}


def _place(text: Any) -> Origin:
    return origin_of(text) or Origin("", 1, 1)


def _split(entry: Map) -> tuple[Map, Map]:
    """Return the keywords of a role's entry and its parameters."""
    own, params = Map(entry.origin), Map(entry.origin)
    for key, item in entry.items():
        into = own if key in ROLE_KEYWORDS else params
        if key not in _NOT_PARAMS or key in ROLE_KEYWORDS:
            into[key], into.key_origins[key] = item, entry.origin_of(key)
    params.templated = own.templated = entry.templated
    return own, params


def _files(directory: Path, name: str) -> Iterator[Path]:
    """Yield the file called `name`, whatever its ending, or all files of the directory of that name."""
    if os.path.isdir(directory / name):
        yield from sorted(path for path in (directory / name).rglob("*") if path.suffix in _ENDINGS[:3])
        return
    for ending in _ENDINGS:
        path = directory / f"{name}{ending}"
        if os.path.isfile(path):
            yield path
            return
