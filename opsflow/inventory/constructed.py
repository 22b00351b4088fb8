"""`plugin: constructed`: variables and groups computed from what the sources before it say of each host."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.source.validate import Written, validate
from opsflow.source.values import Map, origin_of

from .draft import Draft, Templates
from .model import Group, Host, merge_vars
from .variables import InventoryVariables

_UNSAFE = re.compile(r"^\d|\W", re.ASCII)


class KeyedGroup(BaseModel):
    """Groups named after a value: text, each item of a list, or each key and value of a mapping."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    key: str
    prefix: str = ""
    separator: str = "_"
    parent_group: Written | None = None
    default_value: str | None = None
    trailing_separator: bool | None = None


class Constructed(BaseModel):
    """The options of a source.

    `compose`: expressions of variables; `groups`: conditions of groups; `keyed_groups`: groups named after
    values; `strict`: what can't be evaluated is an error, else it is passed over; `leading_separator`: a
    name without a prefix begins with the separator; `use_vars_plugins`: expressions see `group_vars/` and
    `host_vars/`; `use_extra_vars`: and those of the command line.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugin: str
    compose: dict[str, Any] = Field(default_factory=dict[str, Any])
    groups: dict[str, Any] = Field(default_factory=dict[str, Any])
    keyed_groups: list[KeyedGroup] = Field(default_factory=list[KeyedGroup])
    strict: bool = False
    leading_separator: bool = True
    use_vars_plugins: bool = False
    use_extra_vars: bool = False


def parse(draft: Draft, document: Map, templates: Templates) -> None:
    """Add what a `constructed` source computes to `draft`. Raises InputError for a wrong option."""
    config = validate(Constructed, document, document.origin)
    for number, keyed in enumerate(config.keyed_groups):
        if keyed.default_value is not None and keyed.trailing_separator is not None:
            place = document["keyed_groups"].item_origins[number]
            raise InputError.at(place, "'default_value' and 'trailing_separator' exclude each other")
    draft.inventory.rank()
    builder = _Builder(draft, config, document, templates)
    for host in list(draft.inventory.hosts.values()):
        builder.compose(host)
        builder.place(host)


class _Builder:
    """Computes variables and groups, host by host."""

    def __init__(self, draft: Draft, config: Constructed, document: Map, templates: Templates) -> None:
        self.draft = draft
        self.config = config
        self.document = document
        self.templates = templates
        self.variables = InventoryVariables(draft.inventory)
        self.told: set[Origin] = set()

    def compose(self, host: Host) -> None:
        """Set the composed variables of a host; each sees what is known before this source."""
        known = self.known(host)
        if self.config.use_extra_vars:
            known |= self.templates.extra_vars
        for name, expression in self.config.compose.items():
            origin = self.origin("compose", name)
            try:
                value = self.templates.evaluate(_expression(expression), known)
            except TaskError as error:
                self.skipped(f"'{name}' of host '{host.name}': {error.message}", origin)
                continue
            composed = Map(origin)
            composed[name] = value
            merge_vars(host.vars, composed)

    def place(self, host: Host) -> None:
        """Put a host into the groups whose conditions it meets, and into those named after its values."""
        known = self.known(host)
        for name, condition in self.config.groups.items():
            origin = self.origin("groups", name)
            try:
                if self.templates.condition(condition, known):
                    self.group(name, origin, host)
            except TaskError as error:
                self.skipped(f"group '{name}' of host '{host.name}': {error.message}", origin)
        for number, keyed in enumerate(self.config.keyed_groups):
            origin = self.document["keyed_groups"].item_origins[number]
            try:
                self.keyed(keyed, host, known, origin)
            except TaskError as error:
                self.skipped(f"groups by '{keyed.key}' of host '{host.name}': {error.message}", origin)

    def keyed(self, keyed: KeyedGroup, host: Host, known: Mapping[str, Any], origin: Origin) -> None:
        if self.config.use_extra_vars:
            known = {**known, **self.templates.extra_vars}
        value = self.templates.evaluate(keyed.key, known)
        names = _names(value, keyed)
        if names is None:
            message = f"'{keyed.key}' must be text, a list or a mapping, not {value!r} (host '{host.name}')"
            raise InputError.at(origin, message, hint=f"make it text: {keyed.key} | string")
        if not names:
            return
        parent = keyed.parent_group and self.templates.render(keyed.parent_group, known)
        separator = keyed.separator if keyed.prefix or self.config.leading_separator else ""
        for name in names:
            group = self.group(f"{keyed.prefix}{separator}{name}", origin, host)
            above = self.named(str(parent), origin) if parent else None
            if group and above:
                self.draft.child(above, group, origin)

    def group(self, name: str, origin: Origin, host: Host) -> Group | None:
        """Put a host into the group called `name`."""
        group = self.named(name, origin)
        if group:
            self.draft.host(host.name, group, origin)
        return group

    def named(self, name: str, origin: Origin) -> Group | None:
        """Return a group; what can't be in the name of a variable becomes an underscore in its name."""
        return self.draft.group(_UNSAFE.sub("_", name), origin)

    def known(self, host: Host) -> dict[str, Any]:
        """Return what expressions see of a host."""
        inventory = self.draft.inventory
        if self.config.use_vars_plugins:
            values = self.variables.for_host(host.name)
        else:
            values = {k: v for group in inventory.groups_of(host) for k, v in group.vars.items()} | host.vars
        return values | {
            "inventory_hostname": host.name,
            "inventory_hostname_short": host.name.split(".")[0],
            "group_names": inventory.group_names(host),
            **host.place,
        }

    def origin(self, section: str, name: str) -> Origin:
        return self.document[section].origin_of(name)

    def skipped(self, message: str, origin: Origin) -> None:
        if self.config.strict and origin not in self.told:  # the other hosts would say the same
            self.told.add(origin)
            self.draft.problem(message, origin)


def _expression(written: Any) -> str:
    if isinstance(written, str):
        return written
    raise TaskError(f"an expression is text, not {written!r}", origin=origin_of(written))


def _names(value: Any, keyed: KeyedGroup) -> list[str] | None:
    """Return the names that a value gives, without prefix; None for a value that can't give any.

    An empty value has the default's name, if there is one.
    """
    default = keyed.default_value
    if value is None or value == "":
        return [] if default is None else [default]
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [default if item in (None, "") and default is not None else str(item) for item in items]
    if isinstance(value, Mapping):
        pairs: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return [_pair(str(name), item, keyed) for name, item in pairs.items()]
    return None if value else []


def _pair(name: str, value: Any, keyed: KeyedGroup) -> str:
    if value in (None, ""):
        if keyed.default_value is not None:
            value = keyed.default_value
        elif keyed.trailing_separator is False:
            return name
    return f"{name}{keyed.separator}{value}"
