"""`plugin: generator`: a host for each combination of the items of several layers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from opsflow.core.errors import InputError, TaskError
from opsflow.core.origin import Origin
from opsflow.source.validate import Written, validate
from opsflow.source.values import Map, origin_of

from .draft import Draft, Templates
from .model import Group


class Parent(BaseModel):
    """A group of what stands below it; its name and variables are templates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Written
    vars: dict[str, Any] = Field(default_factory=dict[str, Any])
    parents: list[Parent] = Field(default_factory=lambda: list[Parent]())


class Hosts(BaseModel):
    """The hosts: the template of their names, and the groups that each is in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Written
    parents: list[Parent] = Field(default_factory=list[Parent])


class Generator(BaseModel):
    """The options of a source. `layers` are lists by the name that templates use for an item."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plugin: str
    hosts: Hosts
    layers: dict[str, list[Any]]


def parse(draft: Draft, document: Map, templates: Templates) -> None:
    """Add the hosts and groups of a `generator` source to `draft`. Raises InputError for what is wrong."""
    config = validate(Generator, document, document.origin)
    origin = document["hosts"].origin
    for items in product(*config.layers.values()):
        layers = dict(zip(config.layers, items, strict=True))
        host = draft.host(_text(templates, config.hosts.name, layers), draft.inventory.ungrouped, origin)
        for parent in config.hosts.parents:
            if group := _group(draft, templates, parent, layers, origin):
                draft.host(host.name, group, origin)


def _group(
    draft: Draft, templates: Templates, written: Parent, layers: Mapping[str, Any], origin: Origin
) -> Group | None:
    """Return the group that `written` means for these layers, with all that is above it."""
    at = origin_of(written.name) or origin
    group = draft.group(_text(templates, written.name, layers), at)
    if group is None:
        return None
    values = Map(at)
    values.update({name: _rendered(templates, value, layers) for name, value in written.vars.items()})
    draft.group_vars(group, values)
    for parent in written.parents:
        if above := _group(draft, templates, parent, layers, at):
            draft.child(above, group, at)
    return group


def _text(templates: Templates, template: str, layers: Mapping[str, Any]) -> str:
    return str(_rendered(templates, template, layers))


def _rendered(templates: Templates, value: Any, layers: Mapping[str, Any]) -> Any:
    try:
        return templates.render(value, layers) if isinstance(value, str) else value
    except TaskError as error:
        raise InputError.at(error.origin or origin_of(value), error.message, hint=error.hint) from error
